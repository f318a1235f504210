"""Floor 1: formulas in place of numbers: a normal form, proofs, questions, and how formulas are written."""

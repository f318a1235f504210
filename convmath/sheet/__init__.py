"""Floor 3: the formula sheet: every layer type's equation, formulas, conditions and examples as one document."""

"""Floor 2: the formulas of every layer type, as a textbook writes them, from the rules that answer numbers."""

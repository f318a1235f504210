"""Floor 0: the arithmetic of one axis and the values every other room speaks in (standard library only)."""

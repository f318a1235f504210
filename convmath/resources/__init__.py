"""Floor 3: what a network takes of a machine, by its report: memory, traffic, and the time that is bound to pass."""

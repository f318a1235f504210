"""Floor 5: every claim about a layer or a network held against what happens when it runs."""

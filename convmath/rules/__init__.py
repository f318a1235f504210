"""Floor 5: what a network had better not do; one file a rule, which is loaded when a network is linted."""

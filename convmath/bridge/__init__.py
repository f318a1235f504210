"""Floor 2: a layer in the words of another framework, so that the values stay the same."""

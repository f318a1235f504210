"""Floor 1: a table in, text out. A renderer neither counts nor prints."""

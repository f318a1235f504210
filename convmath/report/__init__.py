"""Floor 2: plain data with totals, ready to be rendered."""

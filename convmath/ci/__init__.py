"""What a team holds its networks to: expectations, limits and sizes that a file states, checked."""

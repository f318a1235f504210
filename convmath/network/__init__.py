"""Floor 3: layers chained into graphs, and what one pass over them tells."""

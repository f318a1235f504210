"""Floor 6: the command line, one command for each public function."""

"""Numbers predicted as numbers."""

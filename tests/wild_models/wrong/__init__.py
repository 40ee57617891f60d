"""Models with a mistake in them, one file for each kind of mistake."""

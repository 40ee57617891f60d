"""One class out of several."""

"""One class out of several that have an order."""

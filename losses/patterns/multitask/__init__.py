"""Patterns of the losses of this family."""

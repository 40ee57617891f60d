"""Broken variants of the losses of this family."""

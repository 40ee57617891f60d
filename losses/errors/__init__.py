"""Errors and warnings that losses lead to: a few lines that raise each, with the lines
that change beside them, as in the broken variants of a loss."""

"""Losses without a mistake, many of which look as if they had one."""

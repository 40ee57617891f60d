"""Reads, writes and compares recorded outcomes."""

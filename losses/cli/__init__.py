"""The command line: `losses`."""

"""What writes the evidence: `python -m tests.recording`. Tests compare with it."""

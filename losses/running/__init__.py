"""Runs a loss: directly, through its gradient, inside `fit`, on several devices."""

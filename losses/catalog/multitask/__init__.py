"""Several tasks or outputs in one loss."""

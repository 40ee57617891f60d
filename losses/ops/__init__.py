"""What the losses of the catalog share."""

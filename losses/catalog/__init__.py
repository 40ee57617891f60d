"""The reference losses, one file each, in a folder for each family."""

"""A label for every pixel, voxel or step."""

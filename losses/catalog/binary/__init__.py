"""One output for each label: yes or no."""

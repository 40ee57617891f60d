"""The shortest right version of each loss, to copy and own. It needs Keras only."""

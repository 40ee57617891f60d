"""Training scripts in which something is wrong between model, loss, labels and
`compile`: each with its smallest fix, as in the broken variants of a loss."""

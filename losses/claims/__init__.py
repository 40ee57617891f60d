"""What people say about Keras and losses, as code that is run."""

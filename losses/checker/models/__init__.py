"""A compiled model and a batch of data: what trains, by which loss, on which labels."""

"""What a loss is run on, and whose evidence there is."""

REFERENCE = "keras-tensorflow"
# What a loss is run on, and whose evidence there is.
ENVIRONMENTS = {
    REFERENCE: "Keras 3 on TensorFlow",
    "keras-jax": "Keras 3 on JAX",
    "keras-torch": "Keras 3 on PyTorch",
    "tf_keras": "legacy Keras 2 on TensorFlow",
    "keras-tensorflow-oldest": "the oldest Keras 3 that is supported, on TensorFlow",
}

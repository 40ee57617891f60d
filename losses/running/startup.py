"""Import Keras without the start-up messages of its backend."""

import os
from contextlib import contextmanager


def import_keras():
    """Keras, imported in silence."""
    quiet()
    with silent():
        import keras
    return keras


def quiet():
    """Ask TensorFlow, which is not imported yet, for errors only."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")


@contextmanager
def silent():
    """Nothing reaches stderr meanwhile. TensorFlow writes to the file descriptor
    itself, so that is where it is silenced; an error still comes through."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)

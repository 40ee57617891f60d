"""The gradient of a loss, and the slopes that finite differences find of its oracle."""

import numpy as np
import tensorflow as tf


def gradient(loss, y_true, y_pred, **options):
    """What `tf.GradientTape` finds of the sum of the loss over the batch."""
    y_pred = tf.convert_to_tensor(y_pred)
    with tf.GradientTape() as tape:
        tape.watch(y_pred)
        values = loss(y_true, y_pred, **options)
    return tape.gradient(values, y_pred).numpy()


def slopes(oracle, y_true, y_pred, step=1e-6, **options):
    """The same by central differences, one prediction after the other."""
    found = np.zeros(y_pred.shape)
    for index in np.ndindex(y_pred.shape):
        moved = []
        for sign in (1, -1):
            at = y_pred.copy()
            at[index] += sign * step
            moved.append(np.sum(oracle(y_true, at, **options)))
        found[index] = (moved[0] - moved[1]) / (2 * step)
    return found

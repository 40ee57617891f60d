"""The value and the gradient of a loss, and the slopes that finite differences find of
its oracle."""

import zlib

import numpy as np
import pytest
from hypothesis import settings
from keras import ops

from losses.running import backend

# Elsewhere the widest float of Keras is float32: `keras.backend.result_type`.
DOUBLE = backend.NAME == "tensorflow"


def values(loss, y_true, y_pred, **options):
    """What the loss returns, as an array."""
    return ops.convert_to_numpy(loss(y_true, y_pred, **options))


def gradient(loss, y_true, y_pred, **options):
    """What the backend finds as gradient of the sum of the loss over the batch."""
    return backend.gradient(lambda p: loss(y_true, p, **options), y_pred)


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


def slope(found, oracle, y_true, y_pred, step=1e-6, **options):
    """A gradient that was found, and the slope of its oracle, both along one direction
    of the predictions: a pair of numbers, for two calls of the oracle.

    The direction is drawn by the predictions. It is 1 or -1 in every place, so that a
    wrong number shows in full wherever it stands.
    """
    random = np.random.default_rng(zlib.crc32(np.ascontiguousarray(y_pred)))
    direction = random.choice([-1.0, 1.0], size=y_pred.shape)
    ahead, behind = (
        np.sum(oracle(y_true, y_pred + sign * step * direction, **options))
        for sign in (1, -1)
    )
    return np.sum(found * direction), (ahead - behind) / (2 * step)


def drawn_times(number):
    """How many examples are drawn of so many: all with --full, ten times as many by
    night, a fifth otherwise, and few on JAX, where every operation is compiled for
    every new shape. The first is the simplest there is, so never one alone."""
    profile = settings.get_current_profile_name()
    number *= {"nightly": 10, "full": 1}.get(profile, 0.2)
    return max(3, round(number / 10 if backend.NAME == "jax" else number))


def close(expected, rel=1e-6, abs=1e-12, single=1e-4):
    """Equal but for `rel` and `abs` in double precision; where there is only single
    precision but for `single`, a fifth of it absolute."""
    if not DOUBLE:
        rel, abs = max(rel, single), max(abs, single / 5)
    return pytest.approx(expected, rel=rel, abs=abs)

"""What an output of a model predicts: on the batch, and with other weights."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from losses.checker.memo import once
from losses.checker.models.heads import UNBOUNDED, Head

# How far numbers may be from the range that they are meant for, by rounding.
ROUNDING = 1e-4
ROUNDING_OF_HALVES = 1e-2


@dataclass(eq=False)
class Predicted:
    """Arrays are NumPy's.

    Args:
        place: among the flat predictions.
        y_pred: what a step of training predicts.
        draw: gives predictions by other weights.
    """

    name: str
    place: int
    head: Head
    y_pred: np.ndarray
    draw: Callable | None = None

    @property
    def units(self):
        return self.y_pred.shape[-1] if self.y_pred.ndim > 1 else 1

    @property
    def is_half(self):
        """Whether it is predicted with 16 bits."""
        return self.y_pred.dtype.name in ("float16", "bfloat16")

    @property
    def rounding(self):
        return ROUNDING_OF_HALVES if self.is_half else ROUNDING

    @once
    def drawn(self):
        """Predictions by other weights, those by the largest last."""
        return self.draw()

    @once
    def all_predictions(self):
        """The finite ones, with the present weights and with others."""
        return np.concatenate([finite(p) for p in (self.y_pred, *self.drawn)])

    @once
    def moves(self):
        """Whether other weights gave other finite predictions."""
        now = _floats(self.y_pred)
        for drawn in map(_floats, self.drawn):
            known = np.isfinite(drawn[: len(now)]) & np.isfinite(now)
            if np.any(np.abs(drawn[: len(now)] - now)[known] > 1e-3):
                return True
        return False

    @once
    def bounds(self):
        """The lowest and the highest prediction that weights can reach: those of the
        head if it is known, otherwise where predictions stayed, however large weights
        were drawn; infinite where they did not stay."""
        if self.head.known:
            return self.head.bounds
        finite = all(np.all(np.isfinite(p)) for p in self.drawn)
        if not (self.moves and finite and len(self.drawn) > 1):
            return UNBOUNDED
        *smaller, largest = map(_floats, self.drawn)
        low = min(float(p.min()) for p in smaller)
        high = max(float(p.max()) for p in smaller)
        room = 0.02 * max(high - low, 1e-6)
        return (
            low if largest.min() > low - room else -np.inf,
            high if largest.max() < high + room else np.inf,
        )

    @once
    def bounds_hold(self):
        """Whether bounds that were only tried stay as they are when weights are drawn
        anew, and a good part of the predictions lies at them."""
        if self.head.known:
            return True
        low, high = self.bounds
        room = 0.02 * min(high - low, max(abs(low), abs(high), 1e-6), 1e9)
        far = _floats(self.drawn[-1])
        for end in filter(np.isfinite, (low, high)):
            if np.mean(np.abs(far - end) <= room) < 0.1:
                return False
        again = [p for seed in (1, 2, 3) for p in map(finite, self.draw(seed=seed))]
        return all(
            not p.size or (p.min() >= low - room and p.max() <= high + room)
            for p in again
        )

    @once
    def is_squashed(self):
        """Whether every prediction lies between 0 and 1 whatever the weights, as far as
        the head is known or others were tried."""
        low, high = self.head.bounds
        if low >= 0 and high <= 1:
            return True
        return not self.head.known and not self.is_outside(self.all_predictions)

    @once
    def saturates(self):
        """Whether predictions of a head that is not known fill the numbers from 0 to 1,
        and no others, however large weights were drawn."""
        seen = self.all_predictions
        if self.head.known or not self.moves or not self.is_squashed:
            return False
        return bool(seen.min() < 0.01 and seen.max() > 0.99)

    def is_outside(self, predictions):
        """Whether one of them is seen that is no probability."""
        seen, room = finite(predictions), self.rounding
        return bool(np.any((seen < -room) | (seen > 1 + room)))

    @once
    def rows_sum_to_one(self):
        """Whether the predictions of a row add up to 1 whatever the weights."""
        if self.units < 2 or not _sums_to_one(self.y_pred):
            return False
        if self.head.activations == ("softmax",):
            return True
        drawn = [p for p in self.drawn if np.all(np.isfinite(p))]
        return self.is_squashed and bool(drawn) and all(map(_sums_to_one, drawn))

    @once
    def is_constant(self):
        """Whether all predictions are one number, whatever the weights."""
        if np.ptp(self.y_pred) > 1e-6 * np.abs(self.y_pred).max():
            return False
        values = self.all_predictions
        if len(values) <= self.y_pred.size or not _is_one_number(values):
            return False
        return all(map(_is_one_number, map(finite, self.draw(everywhere=True))))


def _sums_to_one(predictions):
    sums = predictions.astype(float).sum(-1)
    return np.allclose(sums[np.isfinite(sums)], 1, atol=1e-2)


def _is_one_number(values):
    return not values.size or np.ptp(values) <= 1e-6 * np.abs(values).max()


def _floats(predictions):
    return predictions.astype(float)


def finite(values):
    values = values.astype(float).ravel()
    return values[np.isfinite(values)]

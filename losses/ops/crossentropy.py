"""Crossentropies before any mean is taken: one value per label, or per position.

Shared by the losses that differ only in what they reduce over, so that a formula
stands once.
"""

import math

import keras
from keras import ops

from losses.ops.class_labels import (
    is_ids,
    mask_ignored,
    take_class,
    valid_class_ids,
)
from losses.ops.options import check_at_least_zero, class_weights, plain
from losses.ops.refusals import Refused
from losses.ops.shapes import compatible, shape_of

# One unit in the last place of 1 in float32. A softmax may exceed 1 by that much.
EPSILON = 2.0**-23
# Where the tangent of the logarithm meets it that is log EPSILON at 0.
TANGENT_BELOW = math.e * EPSILON
# The smallest number above 0 that float32 holds with all its digits.
TINY = 2.0**-126


def log(probability):
    """The logarithm, continued by the tangent that reaches the logarithm of `EPSILON`
    at 0.

    Exact above 3.2e-7. At 0 and below, value and gradient stay finite and keep their
    sign, where `log` gives -inf and clipping gives a gradient of 0.
    """
    exact = probability > TANGENT_BELOW  # `maximum` would mix the slopes of both sides
    logarithm = ops.log(ops.where(exact, probability, TANGENT_BELOW))
    return logarithm + ops.where(exact, 0.0, probability / TANGENT_BELOW - 1)


def softmax(y_pred, from_logits):
    """The softmax of logits; or probabilities, divided by their sum."""
    return ops.softmax(y_pred) if from_logits else y_pred / _sum(y_pred)[..., None]


def binary_log_probs(y_pred, from_logits):
    """p, 1 - p, log p and log(1 - p)."""
    if from_logits:
        log_p, log_not_p = -ops.softplus(-y_pred), -ops.softplus(y_pred)
        return ops.sigmoid(y_pred), ops.sigmoid(-y_pred), log_p, log_not_p
    return y_pred, 1 - y_pred, log(y_pred), log(1 - y_pred)


def binary_crossentropy(y_true, y_pred, from_logits, pos_weight, least_rank=2):
    """One value per label: -(w t log p + (1 - t) log(1 - p)).

    `pos_weight` is None, a number, or a number for each label on the last axis, which
    there is from `least_rank` axes on.
    """
    if from_logits:
        negative, positive = ops.softplus(y_pred), ops.softplus(-y_pred)
    else:
        negative, positive = -log(1 - y_pred), -log(y_pred)
    if pos_weight is not None:
        positive = positive * _pos_weight(pos_weight, y_pred, least_rank)
    return y_true * positive + (1 - y_true) * negative


def crossentropy(labels, y_pred, from_logits=False, class_weight=None, kept=None):
    """One value per position: -class_weight[t] log p[t].

    Args:
        labels: int32 ids `(batch, ...)`, or one-hot labels of the shape of `y_pred`.
        y_pred: `(batch, ..., classes)`.
        from_logits: `y_pred` holds logits, not probabilities, which are divided by
            their sum.
        class_weight: one number for each class, or None.
        kept: `(batch, ...)` booleans, False where ignored; or None.

    Returns:
        `(batch, ...)` values. An id outside of 0 … classes - 1 that is not ignored
        gives NaN, in every mode.
    """
    weight = class_weights(class_weight, y_pred)
    y_pred = mask_ignored(y_pred, kept)
    if is_ids(labels, y_pred):
        return _of_ids(labels, y_pred, kept, from_logits, weight)
    return _of_one_hot(labels, y_pred, from_logits, weight)


def focal_factor(missing, gamma):
    """`missing ** gamma`, with `missing = 1 - p` of the label.

    Where nothing is missing it has no gradient: it belongs to a loss that is 0 there.
    The slope of a power below 1 is infinite there, and infinity times 0 is NaN.
    """
    check_at_least_zero(gamma=gamma)
    some = missing > TINY
    return ops.where(some, ops.power(ops.where(some, missing, 1.0), gamma), 0.0**gamma)


def largest(y_pred):
    """The largest number on the last axis, which stays, as a constant: what a loss
    that does not change with it subtracts, so that nothing overflows."""
    if keras.config.backend() == "torch":  # where torch.compile refuses `ops.max`
        return ops.stop_gradient(ops.amax(y_pred, axis=-1, keepdims=True))
    lowest = float("-inf")  # without it Keras refuses an empty batch
    return ops.stop_gradient(ops.max(y_pred, axis=-1, keepdims=True, initial=lowest))


def _pos_weight(pos_weight, y_pred, least_rank):
    weight = ops.convert_to_tensor(pos_weight, y_pred.dtype)
    labels = y_pred.shape[-1:] if len(y_pred.shape) >= least_rank else ()
    if len(weight.shape) and not (labels and compatible(weight.shape, labels)):
        raise Refused(
            f"pos_weight has shape {shape_of(weight)}; it must be one number, or one "
            f"for each label on the last axis of y_pred {shape_of(y_pred)}."
        )
    if not ops.is_tensor(pos_weight):
        numbers = plain(pos_weight)
        for number in numbers if isinstance(numbers, (list, tuple)) else [numbers]:
            check_at_least_zero(pos_weight=number)
    return weight


def _of_ids(ids, y_pred, kept, from_logits, weight):
    if from_logits:
        # Of large logits that are close together the difference keeps its digits.
        y_pred = y_pred - largest(y_pred)
        total = ops.log(ops.sum(ops.exp(y_pred), axis=-1))
        values = total - take_class(y_pred, ids, kept)
    else:
        values = -log(take_class(y_pred, ids, kept) / _sum(y_pred))
    if weight is None:
        return values
    return values * ops.take(weight, valid_class_ids(ids, y_pred, kept)[0])


def _of_one_hot(one_hot, y_pred, from_logits, weight):
    if from_logits:
        log_p = ops.log_softmax(y_pred)
    else:
        log_p = log(softmax(y_pred, from_logits))
    weighted = one_hot if weight is None else one_hot * weight
    # A class that is not asked for may have a logit of -inf, and 0 · inf is no number.
    ruled_out = ops.logical_and(weighted == 0, log_p == float("-inf"))
    log_p = ops.where(ruled_out, 0.0, log_p)
    return -ops.sum(weighted * log_p, axis=-1)


def _sum(y_pred):
    """Of the probabilities of all classes; and 1 where they are none, of logits or at a
    position that is ignored."""
    total = ops.sum(y_pred, axis=-1)
    return ops.where(total < EPSILON, 1.0, total)

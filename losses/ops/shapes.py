"""Shapes: bring `y_true` and `y_pred` together or refuse; sums and means per sample.

Static shapes are read while the graph is traced: that costs nothing in a training step.
A size of None is not known yet and fits any other; where only one side knows it, the
other is reshaped to it, so that nothing broadcasts at run time either.
"""

import keras
from keras import ops

from losses.ops.refusals import Refused, WrongDtype, WrongShapes


def align(y_true, y_pred):
    """`y_true` and `y_pred` as floating tensors of one shape; nothing is broadcast.

    A trailing axis of size 1 that only one of them has is dropped, which is what Keras
    does for a plain function inside `fit`, and nowhere else.

    Args:
        y_true: labels of any dtype, cast to the dtype of `y_pred`.
        y_pred: floating predictions; float16 and bfloat16 are widened to float32.

    Raises:
        WrongShapes: the shapes differ in any other way.
        WrongDtype: `y_pred` holds integers or booleans.
    """
    return align_tensors(*to_tensors(y_true, y_pred))


def align_tensors(y_true, y_pred):
    """`align`, of what `to_tensors` has converted."""
    if _has_extra_one(y_true.shape, y_pred.shape):
        y_true = ops.squeeze(y_true, axis=-1)
    elif _has_extra_one(y_pred.shape, y_true.shape):
        y_pred = ops.squeeze(y_pred, axis=-1)
    if not compatible(y_true.shape, y_pred.shape):
        raise WrongShapes(
            f"y_true {shape_of(y_true)} and y_pred {shape_of(y_pred)} must have the "
            "same shape; only a trailing axis of size 1 may be missing on one side. "
            f"Together they would {_broadcast(y_true.shape, y_pred.shape)}. "
            f"{_advice(y_true.shape, y_pred.shape)}"
        )
    return with_sizes_of(y_pred, y_true, len(y_pred.shape)), y_pred


def to_tensors(y_true, y_pred):
    """Both as tensors of the dtype of `y_pred`, widened to float32 at least."""
    y_pred = ops.convert_to_tensor(y_pred)
    dtype = keras.backend.standardize_dtype(y_pred.dtype)
    if "float" not in dtype:
        raise WrongDtype(
            f"y_pred has dtype {dtype}; predictions must be floating, because integers "
            "have no gradient. Pass the output of the model, not its argmax."
        )
    dtype = keras.backend.result_type(dtype, "float32")
    y_pred = ops.cast(y_pred, dtype)
    y_true = ops.cast(ops.convert_to_tensor(y_true), dtype)
    for side, tensor in (("y_true", y_true), ("y_pred", y_pred)):
        if getattr(tensor.shape, "rank", 0) is None:
            raise Refused(
                f"the rank of {side} is unknown, so it cannot be aligned. Tell it "
                "where the data are made: tensor.set_shape((None, ...))."
            )
    if 0 in (len(y_true.shape), len(y_pred.shape)):
        raise Refused(
            f"y_true {shape_of(y_true)} and y_pred {shape_of(y_pred)} need a batch "
            "axis. For one sample add it: y[None]."
        )
    return y_true, y_pred


def mean_per_sample(values, kept=None):
    """The mean over every axis but the first: `(batch, ...)` to `(batch,)`.

    Positions where `kept` is False are left out; a sample without any is 0.
    """
    if kept is None:
        for _ in values.shape[1:]:
            values = ops.mean(values, axis=-1)
        return values
    number = sum_per_sample(ops.cast(kept, values.dtype))
    return sum_per_sample(ops.where(kept, values, 0)) / ops.maximum(number, 1)


def sum_per_sample(values, by_class=False):
    """The sum over every axis but the first, and but the last with `by_class`.

    One axis after the other: millions of numbers added in one go lose digits.
    """
    for _ in values.shape[1 : len(values.shape) - by_class]:
        values = ops.sum(values, axis=1)
    return values


def compatible(one, other):
    """Whether two static shapes are equal where both are known."""
    return len(one) == len(other) and all(
        None in (m, n) or m == n for m, n in zip(one, other)
    )


def shape_of(tensor):
    """The static shape as a tuple, for a message."""
    return tuple(tensor.shape)


def with_sizes_of(like, tensor, axes):
    """`tensor` with the first sizes of `like`, if only one of both knows them."""
    if any((m is None) != (n is None) for m, n in zip(tensor.shape, like.shape)):
        return ops.reshape(tensor, ops.shape(like)[:axes])
    return tensor


def _has_extra_one(longer, shorter):
    return len(longer) == len(shorter) + 1 and longer[-1] == 1


def _broadcast(one, other):
    """What arithmetic between two shapes that differ would do."""
    rank = max(len(one), len(other))
    sizes, unknown = [], False
    for m, n in zip(
        (1,) * (rank - len(one)) + tuple(one), (1,) * (rank - len(other)) + tuple(other)
    ):
        if None not in (m, n) and m != n and 1 not in (m, n):
            return "raise an error in the middle of the graph"
        unknown = unknown or (m != n and None in (m, n) and 1 not in (m, n))
        sizes.append(n if m == 1 else m)
    if unknown:
        return "raise an error or broadcast in silence, by sizes not known yet"
    return f"silently broadcast to {tuple(sizes)}"


def _advice(true, pred):
    if len(true) == len(pred) - 1 or (len(true) == len(pred) and true[-1] == 1):
        return (
            "Are the labels class ids? Then take sparse_categorical_crossentropy, or "
            "pixelwise_crossentropy for masks. If not, reshape them."
        )
    return "Give the labels the shape of the predictions."

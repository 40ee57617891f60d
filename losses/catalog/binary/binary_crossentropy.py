"""Binary crossentropy: is it, or is it not?"""

import keras

from losses.ops.elementwise import binary_crossentropy as terms, smoothing
from losses.ops.shapes import PerSampleLoss, align, per_sample


@keras.saving.register_keras_serializable("losses")
def binary_crossentropy(
    y_true, y_pred, *, from_logits=False, pos_weight=None, label_smoothing=0.0
):
    """Binary crossentropy, one value per sample: the mean over its labels.

        -(pos_weight · t · log p + (1 - t) · log(1 - p))

    Args:
        y_true: `(batch,)`, `(batch, 1)` or `(batch, labels)`, any dtype, values in
            [0, 1]. A trailing axis of size 1 may be missing on either side.
        y_pred: the same shape; probabilities, or logits with `from_logits`.
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does. Prefer them: a probability of exactly 0 or 1 has
            forgotten how far off it was.
        pos_weight: factor on the positives, one number or one for each label. Above 1
            for more recall, below 1 for more precision.
        label_smoothing: in [0, 1]; labels become `t · (1 - s) + s / 2`.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider; 0 is certain and right.

    Raises:
        ValueError: the shapes differ otherwise. Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> float(binary_crossentropy([[1], [0]], [[0.5], [0.0]])[0])  # log 2
        0.693...

    Source:
        Good, Rational Decisions, 1952, Journal of the Royal Statistical Society B 14.
        Unlike Keras, a probability is not clipped, because clipping has no gradient
        where the prediction is wrong: below 3.2e-7 the logarithm goes on as its
        tangent, which at 0 is -15.9.
    """
    y_true, y_pred = align(
        y_true, y_pred, "binary_crossentropy", "binary_crossentropy/column_minus_vector"
    )
    smoothed = smoothing(label_smoothing, "binary_crossentropy")
    y_true = y_true * (1 - smoothed) + smoothed / 2
    return per_sample(
        terms(y_true, y_pred, from_logits, pos_weight, "binary_crossentropy")
    )


@keras.saving.register_keras_serializable("losses")
class BinaryCrossentropy(PerSampleLoss):
    """`binary_crossentropy` for `model.compile`."""

    def __init__(
        self,
        *,
        from_logits=False,
        pos_weight=None,
        label_smoothing=0.0,
        reduction="sum_over_batch_size",
        name="binary_crossentropy",
        dtype=None,
    ):
        super().__init__(
            from_logits=from_logits,
            pos_weight=pos_weight,
            label_smoothing=label_smoothing,
            reduction=reduction,
            name=name,
            dtype=dtype,
        )

    def call(self, y_true, y_pred):
        return binary_crossentropy(y_true, y_pred, **self.options)

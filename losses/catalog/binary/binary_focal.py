"""Binary focal loss: crossentropy that passes over what is already right."""

import keras

from losses.ops.elementwise import focus, yes_and_no
from losses.ops.shapes import PerSampleLoss, align, per_sample


@keras.saving.register_keras_serializable("losses")
def binary_focal(y_true, y_pred, *, alpha=0.25, gamma=2.0, from_logits=False):
    """Binary focal loss, one value per sample: the mean over its labels.

        -(alpha · t · (1 - p)^gamma · log p
          + (1 - alpha) · (1 - t) · p^gamma · log(1 - p))

    With gamma 2 and before alpha, a positive predicted with p = 0.9 counts 1/100 of
    what it counts in `binary_crossentropy`, one with p = 0.5 counts 1/4.

    Args:
        y_true: `(batch,)`, `(batch, 1)` or `(batch, labels)`, any dtype, values in
            [0, 1]. A trailing axis of size 1 may be missing on either side.
        y_pred: the same shape; probabilities, or logits with `from_logits`.
        alpha: in [0, 1]; factor on the positives, with `1 - alpha` on the negatives.
            Low by default, although positives are rare: the focus has already taken
            most of their weight from the many easy negatives. None for no factor.
        gamma: 0 or more; the larger, the less the easy ones count. 0 is crossentropy.
        from_logits: whether `y_pred` holds logits. Prefer them: a probability of
            exactly 0 or 1 has forgotten how far off it was.

    Returns:
        `(batch,)` values, 0 or more, float32 or wider; 0 is certain and right.
        Per-sample. Far below `binary_crossentropy` on the same predictions.

    Raises:
        ValueError: the shapes differ otherwise, or `alpha` or `gamma` is out of range.
            Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> float(binary_focal([[1], [0]], [[0.5], [0.0]])[0])  # 1/4 · 1/4 · log 2
        0.0433...

    Source:
        Lin, Goyal, Girshick, He and Dollár, Focal Loss for Dense Object Detection,
        2017, https://arxiv.org/abs/1708.02002. They divide the sum over an image by
        its number of positives; this is the mean over the labels.
        `keras.losses.BinaryFocalCrossentropy` does not use its alpha unless it gets
        `apply_class_balancing=True`, and its gradient is not finite for a gamma below 1
        where p is 0 or 1.
    """
    if alpha is not None and not 0 <= alpha <= 1:
        raise ValueError(f"binary_focal: alpha must be in [0, 1] or None, not {alpha}")
    y_true, y_pred = align(
        y_true, y_pred, "binary_focal", "binary_crossentropy/column_minus_vector"
    )

    p, q, log_p, log_q = yes_and_no(y_pred, from_logits)
    positive = y_true * focus(q, gamma, "binary_focal") * -log_p
    negative = (1 - y_true) * focus(p, gamma, "binary_focal") * -log_q
    if alpha is not None:
        positive, negative = alpha * positive, (1 - alpha) * negative
    return per_sample(positive + negative)


@keras.saving.register_keras_serializable("losses")
class BinaryFocal(PerSampleLoss):
    """`binary_focal` for `model.compile`."""

    def __init__(
        self,
        *,
        alpha=0.25,
        gamma=2.0,
        from_logits=False,
        reduction="sum_over_batch_size",
        name="binary_focal",
        dtype=None,
    ):
        super().__init__(
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            reduction=reduction,
            name=name,
            dtype=dtype,
        )

    def call(self, y_true, y_pred):
        return binary_focal(y_true, y_pred, **self.options)

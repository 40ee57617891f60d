"""Centerline Dice: are the middles of thin objects found, one value per image."""

from keras import ops


def cldice(y_true, y_pred, iterations=3, from_logits=False):
    """1 - 2 · precision · sensitivity / (precision + sensitivity) of soft skeletons.

    Takes masks `(batch, ...)` or `(batch, ..., 1)`, or `(batch, ..., classes)` against
    ids `(batch, ...)`, `(batch, ..., 1)` or one-hot labels. Returns `(batch,)`.
    Source: Shit, Paetzold et al., 2020, https://arxiv.org/abs/2003.07311.
    """
    t, p = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    if len(t.shape) >= len(p.shape) < 4 and p.shape[-1] != 1:  # one class, no axis
        p = p[..., None]
    t = t if len(t.shape) == len(p.shape) else t[..., None]
    if t.shape[-1] == 1 != p.shape[-1]:
        # Weaker: an id that no class has is no class anywhere; in `losses` NaN.
        t = ops.cast(t == ops.arange(p.shape[-1], dtype="float32"), "float32")
    if any(a != b for a, b in zip(t.shape, p.shape, strict=True) if a and b):
        raise ValueError(f"y_true {t.shape} does not fit y_pred {p.shape}")
    if from_logits:
        p = ops.sigmoid(p) if p.shape[-1] == 1 else ops.softmax(p)
    pixels = tuple(range(1, len(p.shape) - 1))
    s_p, s_t = _skeleton(p, iterations), _skeleton(t, iterations)
    precision = (ops.sum(s_p * t, axis=pixels) + 1) / (ops.sum(s_p, axis=pixels) + 1)
    sensitivity = (ops.sum(s_t * p, axis=pixels) + 1) / (ops.sum(s_t, axis=pixels) + 1)
    both = 2 * precision * sensitivity / (precision + sensitivity)
    return 1 - ops.mean(both, axis=-1)


def _skeleton(image, iterations):
    """What an opening takes away of the image, and of it after each erosion."""
    axes, rest = range(len(image.shape) - 2), 1.0
    for _ in range(iterations + 1):
        eroded = image
        for axis in axes:  # a cross is eroded, a box is dilated
            line = tuple(3 if other == axis else 1 for other in axes)
            least = -ops.max_pool(-image, line, 1, "same", "channels_last")
            eroded = ops.minimum(eroded, least)
        opened = ops.max_pool(eroded, 3, 1, "same", "channels_last")
        rest, image = rest * (1 - ops.relu(image - opened)), eroded
    return 1 - rest

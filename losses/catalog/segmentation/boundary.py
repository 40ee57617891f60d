"""Boundary: how far from the boundary of a mask is what is predicted?"""

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.refusals import Refused
from losses.ops.regions import class_mean, class_probabilities, masks_of_tensors
from losses.ops.shapes import compatible, shape_of, to_tensors


@loss_function(page="boundary/without_channel_axis")
def boundary(y_true, y_pred, *, from_logits: bool = False, class_weight=None):
    """Boundary loss, one value per sample: the mean over its classes.

        mean of φ · p over the pixels

    φ is the signed distance to the boundary of the mask: below 0 inside, above 0
    outside. What is predicted far outside costs most, what is found far inside earns
    most. The mask itself is not needed; `losses.signed_distance(mask)` makes φ of it,
    once, where the data are made.

    It is no measure of overlap. An empty prediction is 0, hardly above the lowest there
    is for a small mask, so alone the loss may end there. It is added to one of the
    region, such as `generalized_dice`, with a small factor that grows.

    Args:
        y_true: signed distances, of the shape of `y_pred`. One class: `(batch, height,
            width)` or `(batch, height, width, 1)`. Several: `(batch, height, width,
            classes)`, the distances to the mask of each class. Any number of spatial
            axes. Shapes alone tell these apart: `(batch, length, classes)` is read as
            `(batch, height, width)` of one class. There add an axis to both sides,
            `y[:, None]`.
        y_pred: probabilities, or logits with `from_logits`, of the same shape.
        from_logits: take the softmax of `y_pred` over the classes, or the sigmoid
            where there is one. Of logits as far off as -100 or 100 neither passes a
            gradient: where that happens, add a crossentropy.
        class_weight: one factor for each class in the mean over the classes: `[0, 1]`
            leaves out a background.

    Returns:
        `(batch,)` values, float32 or wider, in pixels. They may be below 0: the lowest
        there can be is the sum of the distances inside, by all pixels. Per-sample.

    Raises:
        ValueError: the shapes differ, as those of class ids do. Nothing is broadcast.
        TypeError: `y_pred` holds integers.

    Example:
        >>> distances, p = [[[2.0, 1.0, 0.0, -1.0]]], [[[0.5, 0.0, 0.5, 1.0]]]
        >>> float(boundary(distances, p)[0])  # (1 + 0 + 0 - 1) / 4
        0.0

    Source:
        Kervadec, Bouchtiba, Desrosiers, Granger, Dolz and Ben Ayed, Boundary loss for
        highly unbalanced segmentation, 2018, https://arxiv.org/abs/1812.07032. They
        integrate over the pixels; this is the mean, as in their code.
    """
    y_true, y_pred = to_tensors(y_true, y_pred)
    if not _same_shape(y_true.shape, y_pred.shape):
        raise Refused(
            f"y_true {shape_of(y_true)} must hold signed distances of the shape of "
            f"y_pred {shape_of(y_pred)}, for each of its classes. Make them where the "
            "data are made, of masks or of one-hot labels: losses.signed_distance"
            "(mask). "
            "More: losses explain boundary/mask_for_the_distances"
        )
    distances, y_pred, _ = masks_of_tensors(y_true, y_pred)
    cost = distances * class_probabilities(y_pred, from_logits)
    for _ in cost.shape[1:-1]:
        cost = ops.mean(cost, axis=1)
    return class_mean(cost, class_weight)


class Boundary(PerSampleLoss, of=boundary):
    """`boundary` for `model.compile`."""


def _same_shape(true, pred):
    """But for a trailing axis of size 1 that one of them lacks."""
    if len(true) > len(pred):
        return true[-1] == 1 and compatible(true[:-1], pred)
    if len(true) < len(pred):
        return pred[-1] == 1 and compatible(true, pred[:-1])
    return compatible(true, pred)

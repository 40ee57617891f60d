"""Centerline Dice as it is often written."""

from keras import ops
from numpy import nan

from losses.evidence.declarations import Raises, Returns, broken


@broken(
    y_true=[[[[0], [1], [1], [1], [0]]]],
    y_pred=[[[[0.0], [1.0], [0.0], [1.0], [0.0]]]],
    gives=Returns([0.0]),
    instead=Returns([1 / 3]),
    on={
        "gradient": Returns([[[[0.0]] * 5]]),
        "fit_graph": Returns(0.0, step=0.0),
    },
    found_by="check_gradient_reaches_the_predictions",
)
def background_dropped_from_one_channel(y_true, y_pred):
    """The loss is 0 for any prediction, and nothing is learned.

    `[..., 1:]` drops the background, as the authors' code once did. With one channel
    there is no background, and no channel is left: the sums are 0, and 1 / 1 is 1. Drop
    the background only if there are two channels or more.
    """

    def pool(x, size=3):
        return ops.max_pool(x, size, 1, "same")

    def skeleton(x):
        found = 0.0
        for _ in range(4):
            up, aside = pool(-x, (3, 1)), pool(-x, (1, 3))
            eroded = -ops.maximum(up, aside)
            edge = ops.relu(x - pool(eroded))
            found, x = found + edge * (1 - found), eroded
        return found

    y_true = ops.cast(y_true, y_pred.dtype)
    true = skeleton(y_true)[..., 1:]  # -
    pred = skeleton(y_pred)[..., 1:]  # -
    y_true, y_pred = y_true[..., 1:], y_pred[..., 1:]  # -
    # + first = 1 if y_pred.shape[-1] > 1 else 0
    # + y_true, y_pred = y_true[..., first:], y_pred[..., first:]
    # + true, pred = skeleton(y_true), skeleton(y_pred)
    axes = (1, 2, 3)
    right = ops.sum(pred * y_true, axes) + 1
    precision = right / (ops.sum(pred, axes) + 1)
    right = ops.sum(true * y_pred, axes) + 1
    recall = right / (ops.sum(true, axes) + 1)
    both = precision + recall
    return 1 - 2 * precision * recall / both


@broken(
    y_true=[[[0, 1, 0], [0, 1, 0]]],
    y_pred=[[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]],
    gives=Returns([0.0]),
    instead=Returns([0.5]),
    found_by="check_agrees_with_reference",
)
def pooled_over_the_wrong_axes(y_true, y_pred):
    """A vertical line that is missed costs nothing.

    The masks get the channel axis of PyTorch, `(batch, 1, height, width)`, but are
    pooled as `(batch, height, width, channels)`: the width is taken for the channels,
    and pooling does not cross channels. So a column of ones has no edge to be eroded
    from, and its skeleton is empty. Put the channels last, `y[..., None]`.
    """

    def pool(x, size=3):
        return ops.max_pool(x, size, 1, "same")

    def skeleton(x):
        found = 0.0
        for _ in range(4):
            up, aside = pool(-x, (3, 1)), pool(-x, (1, 3))
            eroded = -ops.maximum(up, aside)
            edge = ops.relu(x - pool(eroded))
            found, x = found + edge * (1 - found), eroded
        return found

    y_true = ops.cast(y_true, y_pred.dtype)
    y_true, y_pred = y_true[:, None], y_pred[:, None]  # -
    # + y_true, y_pred = y_true[..., None], y_pred[..., None]
    true, pred = skeleton(y_true), skeleton(y_pred)
    axes = (1, 2, 3)
    right = ops.sum(pred * y_true, axes) + 1
    precision = right / (ops.sum(pred, axes) + 1)
    right = ops.sum(true * y_pred, axes) + 1
    recall = right / (ops.sum(true, axes) + 1)
    both = precision + recall
    return 1 - 2 * precision * recall / both


@broken(
    y_true=[[[[0], [0], [1], [0], [0]]]],
    y_pred=[[[[0.0], [1.0], [1.0], [1.0], [0.0]]]],
    gives=Returns([1 / 3]),
    instead=Returns([0.0]),
    found_by="check_agrees_with_reference",
)
def skeleton_of_the_labels_only(y_true, y_pred):
    """A line predicted a little too thick costs as much as one with a gap.

    The precision is that of the whole prediction. It must be that of its skeleton,
    because the thickness of a line does not matter here. Skeletonise both masks.
    """

    def pool(x, size=3):
        return ops.max_pool(x, size, 1, "same")

    def skeleton(x):
        found = 0.0
        for _ in range(4):
            up, aside = pool(-x, (3, 1)), pool(-x, (1, 3))
            eroded = -ops.maximum(up, aside)
            edge = ops.relu(x - pool(eroded))
            found, x = found + edge * (1 - found), eroded
        return found

    y_true = ops.cast(y_true, y_pred.dtype)
    true, pred = skeleton(y_true), y_pred  # -
    # + true, pred = skeleton(y_true), skeleton(y_pred)
    axes = (1, 2, 3)
    right = ops.sum(pred * y_true, axes) + 1
    precision = right / (ops.sum(pred, axes) + 1)
    right = ops.sum(true * y_pred, axes) + 1
    recall = right / (ops.sum(true, axes) + 1)
    both = precision + recall
    return 1 - 2 * precision * recall / both


@broken(
    y_true=[[[[0], [1], [1], [1], [0]]]],
    y_pred=[[[[0.0], [0.4], [0.4], [0.4], [0.0]]]],
    gives=Returns([1 / 3]),
    instead=Returns([3 / 17]),
    on={
        "gradient": Returns(None, kind="none"),
        "fit_graph": Raises("ValueError", "No gradients provided for any variable"),
    },
    found_by="check_gradient_reaches_the_predictions",
)
def thresholded_prediction(y_true, y_pred):
    """`No gradients provided for any variable`, or the loss does not change.

    The prediction is thresholded first, because a skeleton is defined for masks. But a
    comparison has no gradient, nor has the skeleton of scikit-image. The soft skeleton
    is made for probabilities: pass it those.
    """

    def pool(x, size=3):
        return ops.max_pool(x, size, 1, "same")

    def skeleton(x):
        found = 0.0
        for _ in range(4):
            up, aside = pool(-x, (3, 1)), pool(-x, (1, 3))
            eroded = -ops.maximum(up, aside)
            edge = ops.relu(x - pool(eroded))
            found, x = found + edge * (1 - found), eroded
        return found

    y_true = ops.cast(y_true, y_pred.dtype)
    y_pred = ops.cast(y_pred > 0.5, y_pred.dtype)  # -
    true, pred = skeleton(y_true), skeleton(y_pred)
    axes = (1, 2, 3)
    right = ops.sum(pred * y_true, axes) + 1
    precision = right / (ops.sum(pred, axes) + 1)
    right = ops.sum(true * y_pred, axes) + 1
    recall = right / (ops.sum(true, axes) + 1)
    both = precision + recall
    return 1 - 2 * precision * recall / both


@broken(
    y_true=[[[[1], [0]]], [[[1], [0]]]],
    y_pred=[[[[1.0], [0.0]]], [[[0.0], [0.0]]]],
    gives=Returns(1 / 5),
    instead=Returns([0.0, 1 / 3]),
    found_by="check_one_value_per_sample",
)
def whole_batch_at_once(y_true, y_pred):
    """A line missed in one image hardly shows among all the lines of the batch.

    The sums run over all images, as in the authors' code, and the loss is a scalar.
    `sample_weight` can no longer choose among the images, and the loss of one image
    depends on the others in its batch. Sum over every axis but the first.
    """

    def pool(x, size=3):
        return ops.max_pool(x, size, 1, "same")

    def skeleton(x):
        found = 0.0
        for _ in range(4):
            up, aside = pool(-x, (3, 1)), pool(-x, (1, 3))
            eroded = -ops.maximum(up, aside)
            edge = ops.relu(x - pool(eroded))
            found, x = found + edge * (1 - found), eroded
        return found

    y_true = ops.cast(y_true, y_pred.dtype)
    true, pred = skeleton(y_true), skeleton(y_pred)
    right = ops.sum(pred * y_true) + 1  # -
    # + right = ops.sum(pred * y_true, (1, 2, 3)) + 1
    precision = right / (ops.sum(pred) + 1)  # -
    # + precision = right / (ops.sum(pred, (1, 2, 3)) + 1)
    right = ops.sum(true * y_pred) + 1  # -
    # + right = ops.sum(true * y_pred, (1, 2, 3)) + 1
    recall = right / (ops.sum(true) + 1)  # -
    # + recall = right / (ops.sum(true, (1, 2, 3)) + 1)
    both = precision + recall
    return 1 - 2 * precision * recall / both


@broken(
    y_true=[[[[0], [0]]]],
    y_pred=[[[[0.0], [0.0]]]],
    gives=Returns([nan]),
    instead=Returns([0.0]),
    options={"smooth": 0},
    on={"fit_graph": Returns(nan, step=nan)},
    found_by="check_finite",
)
def no_smoothing(y_true, y_pred):
    """One image without a line turns the loss, then every weight, into NaN.

    Without a line the skeleton is empty, and the fraction is 0 / 0. A line that is
    missed entirely gives 0 / 0 as well. Add a constant to the numerator and the
    denominator.
    """

    def pool(x, size=3):
        return ops.max_pool(x, size, 1, "same")

    def skeleton(x):
        found = 0.0
        for _ in range(4):
            up, aside = pool(-x, (3, 1)), pool(-x, (1, 3))
            eroded = -ops.maximum(up, aside)
            edge = ops.relu(x - pool(eroded))
            found, x = found + edge * (1 - found), eroded
        return found

    y_true = ops.cast(y_true, y_pred.dtype)
    true, pred = skeleton(y_true), skeleton(y_pred)
    axes = (1, 2, 3)
    right = ops.sum(pred * y_true, axes)  # -
    # + right = ops.sum(pred * y_true, axes) + 1
    precision = right / ops.sum(pred, axes)  # -
    # + precision = right / (ops.sum(pred, axes) + 1)
    right = ops.sum(true * y_pred, axes)  # -
    # + right = ops.sum(true * y_pred, axes) + 1
    recall = right / ops.sum(true, axes)  # -
    # + recall = right / (ops.sum(true, axes) + 1)
    both = precision + recall
    return 1 - 2 * precision * recall / both


@broken(
    y_true=[[[[0]] * 4, [[1]] * 4, [[1]] * 4, [[1]] * 4, [[0]] * 4]],
    y_pred=[[[[0.0]] * 4] * 5],
    gives=Returns([1 / 2]),
    instead=Returns([2 / 3]),
    found_by="check_agrees_with_reference",
)
def zeros_around_the_image(y_true, y_pred):
    """A line that leaves the image may end before the border, at no cost.

    With zeros around the image a line seems to end at the border, and is eroded from
    that end too: the last pixels of its skeleton are missing. Do not pad with zeros;
    `max_pool` with "same" ignores what is outside.
    """

    def pool(x, size=3):
        rows, columns = (size, size) if size == 3 else size  # -
        width = [(rows // 2,) * 2, (columns // 2,) * 2]  # -
        x = ops.pad(x, [(0, 0), *width, (0, 0)])  # -
        return ops.max_pool(x, size, 1)  # -
        # + return ops.max_pool(x, size, 1, "same")

    def skeleton(x):
        found = 0.0
        for _ in range(4):
            up, aside = pool(-x, (3, 1)), pool(-x, (1, 3))
            eroded = -ops.maximum(up, aside)
            edge = ops.relu(x - pool(eroded))
            found, x = found + edge * (1 - found), eroded
        return found

    y_true = ops.cast(y_true, y_pred.dtype)
    true, pred = skeleton(y_true), skeleton(y_pred)
    axes = (1, 2, 3)
    right = ops.sum(pred * y_true, axes) + 1
    precision = right / (ops.sum(pred, axes) + 1)
    right = ops.sum(true * y_pred, axes) + 1
    recall = right / (ops.sum(true, axes) + 1)
    both = precision + recall
    return 1 - 2 * precision * recall / both

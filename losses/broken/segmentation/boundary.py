"""Boundary as it is often written."""

from keras import ops

from losses.evidence.declarations import Raises, Returns, broken


@broken(
    y_true=[[[2.0, 1.0, 0.0, -1.0]]],
    y_pred=[[[0.0, 0.0, 0.5, 1.0]]],
    gives=Returns([0.25]),
    instead=Returns([-0.25]),
    on={"gradient": Returns([[[-0.5, -0.25, 0.0, 0.25]]])},
)
def sign_of_the_map(y_true, y_pred):
    """The background is learned, and the object is learned away.

    The distances count as above 0 inside of the mask, as in many maps of the kind, so
    what is predicted far outside earns most. They must be below 0 inside. The loss may
    be below 0 in both cases: look at the gradient, which must be below 0 inside.
    """
    depth = -y_true
    return ops.mean(depth * y_pred, axis=(1, 2))


@broken(
    y_true=[[[2.0, 1.0, 0.0, -1.0]]],
    y_pred=[[[0.0, 0.0, 0.5, 1.0]]],
    gives=Returns([0.25]),
    instead=Returns([-0.25]),
    on={"gradient": Returns([[[0.5, 0.25, 0.0, 0.25]]])},
)
def distances_without_sign(y_true, y_pred):
    """The lowest loss is that of an empty prediction, and that is what is learned.

    The map holds the distance to the boundary, inside as outside, so whatever is
    predicted costs something. Subtract the distances inside.
    """
    return ops.mean(ops.abs(y_true) * y_pred, axis=(1, 2))


@broken(
    y_true=[[[2.0, 1.0, 0.0, -1.0]]],
    y_pred=[[[0.9, 0.0, 0.0, 0.0]]],
    gives=Returns([1.25]),
    instead=Returns([0.45]),
    on={
        "gradient": Returns(None, kind="none"),
        "fit_graph": Raises("ValueError", "No gradients provided for any variable"),
    },
)
def distances_of_the_prediction(y_true, y_pred):
    """`No gradients provided for any variable`, or the loss stands still.

    Here the distance is that of each pixel of the mask to the next one predicted. What
    is predicted is told by a comparison, which has no gradient; nor has SciPy, which is
    run anew in every step. Take the distances of the mask, and multiply by the
    probabilities.
    """
    width = y_pred.shape[-1]
    column = ops.arange(width, dtype=y_pred.dtype)
    gap = ops.abs(column[:, None] - column)
    predicted = y_pred[:, :, None, :] > 0.5
    gap = ops.where(predicted, gap, float(width))
    distance = ops.min(gap, axis=-1)
    mask = ops.cast(y_true <= 0, y_pred.dtype)
    return ops.mean(mask * distance, axis=(1, 2))


@broken(
    y_true=[[[0, 0], [1, 1]]],
    y_pred=[[[[0.9, 0.1], [0.9, 0.1]], [[0.2, 0.8], [0.2, 0.8]]]],
    gives=Returns([0.25]),
    instead=Raises(
        "ValueError", r"y_true \(1, 2, 2\) must hold signed distances of the shape"
    ),
)
def mask_for_the_distances(y_true, y_pred):
    """The loss hardly moves, whatever is predicted. Nothing is raised.

    Class ids meet the probabilities where distances belong, and broadcast: the pixels
    of one column meet the classes of another. Make distances of the mask of each class,
    where the data are made: `losses.signed_distance`.
    """
    y_true = ops.cast(y_true, y_pred.dtype)
    return ops.mean(y_true * y_pred, axis=(1, 2, 3))


@broken(
    y_true=[[[1.0, 0.0], [0.0, -1.0]], [[-1.0, 0.0], [0.0, 1.0]]],
    y_pred=[[[[0.0], [0.5]], [[0.5], [1.0]]], [[[1.0], [0.5]], [[0.5], [0.0]]]],
    gives=Returns([[-0.125, 0.125], [0.125, -0.125]]),
    instead=Returns([-0.25, -0.25]),
    on={"fit_graph": Returns(-0.25)},
)
def without_channel_axis(y_true, y_pred):
    """Each image has a row of losses, some of them above 0 for perfect predictions.

    Distances `(batch, height, width)` and predictions `(batch, height, width, 1)`
    broadcast whenever the sizes allow it, here to `(2, 2, 2, 2)`. `fit` aligns the two
    for a plain function; a direct call, a training loop of your own and a `Loss`
    subclass do not. Give the distances the channel axis, `y_true[..., None]`.
    """
    return ops.mean(y_true * y_pred, axis=(1, 2))


@broken(
    y_true=[[[1.0, 0.0, -1.0]], [[1.0, 0.0, -1.0]]],
    y_pred=[[[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]]],
    gives=Returns(0.0),
    instead=Returns([-1 / 3, 1 / 3]),
)
def mean_over_the_batch(y_true, y_pred):
    """A mask predicted inside out disappears behind a perfect one of the same batch.

    What is earned in one image pays for what another costs, and a scalar comes back:
    `sample_weight` can no longer choose among them. Leave the first axis out of the
    mean.
    """
    return ops.mean(y_true * y_pred)


@broken(
    y_true=[[[1.0, 0.0, -1.0]]],
    y_pred=[[[-30.0, 0.0, 60.0]]],
    options={"from_logits": True},
    gives=Returns([-30.0]),
    instead=Returns([-1 / 3]),
    on={"gradient": Returns([[[1 / 3, 0.0, -1 / 3]]])},
)
def logits_taken_as_probabilities(y_true, y_pred):
    """The loss falls without end, below what any mask could give.

    The sum is linear in the logits, so larger ones are always better, and the weights
    grow with them. The lowest there can be is -1/3 here. Apply the sigmoid first, or
    use `from_logits=True`.
    """
    return ops.mean(y_true * y_pred, axis=(1, 2))

"""Boundary as it is often written."""

from keras import ops

from losses.evidence.declarations import Raises, Returns, broken


@broken(
    y_true=[[[2.0, 1.0, 0.0, -1.0]]],
    y_pred=[[[0.0, 0.0, 0.5, 1.0]]],
    gives=Returns([0.25]),
    instead=Returns([-0.25]),
    on={"gradient": Returns([[[-0.5, -0.25, 0.0, 0.25]]])},
    found_by="check_agrees_with_reference",
)
def sign_of_the_map(y_true, y_pred):
    """The model learns the background and unlearns the object.

    The distances are positive inside the mask, as in many distance maps, so predictions
    far outside are rewarded most. They must be negative inside. The loss may be below 0
    in both cases: look at the gradient, which must be negative inside.
    """
    depth = -y_true  # -
    return ops.mean(depth * y_pred, axis=(1, 2))  # -
    # + return ops.mean(y_true * y_pred, axis=(1, 2))


@broken(
    y_true=[[[2.0, 1.0, 0.0, -1.0]]],
    y_pred=[[[0.0, 0.0, 0.5, 1.0]]],
    gives=Returns([0.25]),
    instead=Returns([-0.25]),
    on={"gradient": Returns([[[0.5, 0.25, 0.0, 0.25]]])},
    found_by="check_agrees_with_reference",
)
def distances_without_sign(y_true, y_pred):
    """An empty prediction has the lowest loss, so the model learns to predict nothing.

    The map holds the distance to the boundary without a sign, so every predicted pixel
    costs something, even inside the mask. Make the distances inside negative.
    """
    return ops.mean(ops.abs(y_true) * y_pred, axis=(1, 2))  # -
    # + return ops.mean(y_true * y_pred, axis=(1, 2))


@broken(
    y_true=[[[2.0, 1.0, 0.0, -1.0]]],
    y_pred=[[[0.9, 0.0, 0.0, 0.0]]],
    gives=Returns([1.25]),
    instead=Returns([0.45]),
    on={
        "gradient": Returns(None, kind="none"),
        "fit_graph": Raises("ValueError", "No gradients provided for any variable"),
    },
    found_by="check_gradient_reaches_the_predictions",
    fix_is_long="the distances of the prediction go, all of their lines",
)
def distances_of_the_prediction(y_true, y_pred):
    """`No gradients provided for any variable`, or the loss does not change.

    This is the distance from each pixel of the mask to the nearest predicted pixel. A
    comparison decides which pixels are predicted, and has no gradient; nor has SciPy,
    which also runs anew in every step. Give the distances of the mask as labels, made
    once by `losses.signed_distance`, and multiply them by the probabilities.
    """
    width = y_pred.shape[-1]  # -
    column = ops.arange(width, dtype=y_pred.dtype)  # -
    gap = ops.abs(column[:, None] - column)  # -
    predicted = y_pred[:, :, None, :] > 0.5  # -
    gap = ops.where(predicted, gap, float(width))  # -
    distance = ops.min(gap, axis=-1)  # -
    mask = ops.cast(y_true <= 0, y_pred.dtype)  # -
    return ops.mean(mask * distance, axis=(1, 2))  # -
    # + return ops.mean(y_true * y_pred, axis=(1, 2))


@broken(
    y_true=[[[0, 0], [1, 1]]],
    y_pred=[[[[0.9, 0.1], [0.9, 0.1]], [[0.2, 0.8], [0.2, 0.8]]]],
    gives=Returns([0.25]),
    instead=Raises(
        "ValueError", r"y_true \(1, 2, 2\) must hold signed distances of the shape"
    ),
    found_by="check_label_format",
)
def mask_for_the_distances(y_true, y_pred):
    """The loss hardly moves, whatever is predicted. Nothing is raised.

    Class ids are multiplied with the probabilities in place of distances, and
    broadcast: the width of the ids meets the classes of the prediction. Compute the
    distances of each class from its mask, in the data pipeline:
    `losses.signed_distance`. `losses.boundary` takes those, and refuses ids.
    """
    # + import losses

    y_true = ops.cast(y_true, y_pred.dtype)  # -
    return ops.mean(y_true * y_pred, axis=(1, 2, 3))  # -
    # + return losses.boundary(y_true, y_pred)


@broken(
    y_true=[[[1.0, 0.0], [0.0, -1.0]], [[-1.0, 0.0], [0.0, 1.0]]],
    y_pred=[[[[0.0], [0.5]], [[0.5], [1.0]]], [[[1.0], [0.5]], [[0.5], [0.0]]]],
    gives=Returns([[-0.125, 0.125], [0.125, -0.125]]),
    instead=Returns([-0.25, -0.25]),
    on={"fit_graph": Returns(-0.25)},
    found_by="check_nothing_broadcasts",
)
def without_channel_axis(y_true, y_pred):
    """Each image has a row of losses, and for perfect predictions some are above 0.

    Distances `(batch, height, width)` and predictions `(batch, height, width, 1)`
    broadcast whenever the sizes allow it, here to `(2, 2, 2, 2)`. `fit` aligns the two
    for a plain function; a direct call, a custom training loop and a `Loss` subclass do
    not. Give the prediction the shape of the distances, which is right in all of them.
    """
    # + y_pred = ops.reshape(y_pred, ops.shape(y_true))
    return ops.mean(y_true * y_pred, axis=(1, 2))


@broken(
    y_true=[[[1.0, 0.0, -1.0]], [[1.0, 0.0, -1.0]]],
    y_pred=[[[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]]],
    gives=Returns(0.0),
    instead=Returns([-1 / 3, 1 / 3]),
    found_by="check_one_value_per_sample",
)
def mean_over_the_batch(y_true, y_pred):
    """A mask predicted inside out disappears behind a perfect one in the same batch.

    The gain of one image cancels the cost of another, and the loss is a scalar:
    `sample_weight` can no longer choose among the images. Leave the first axis out of
    the mean.
    """
    return ops.mean(y_true * y_pred)  # -
    # + return ops.mean(y_true * y_pred, axis=(1, 2))


@broken(
    y_true=[[[1.0, 0.0, -1.0]]],
    y_pred=[[[-30.0, 0.0, 60.0]]],
    options={"from_logits": True},
    gives=Returns([-30.0]),
    instead=Returns([-1 / 3]),
    on={"gradient": Returns([[[1 / 3, 0.0, -1 / 3]]])},
    found_by="check_agrees_with_reference",
)
def logits_taken_as_probabilities(y_true, y_pred):
    """The loss keeps falling, below the lowest value that any mask can have.

    The loss is linear in the logits, so larger ones are always better, and the weights
    grow with them. The lowest possible value is -1/3 here. Apply the sigmoid first, or
    use `from_logits=True`.
    """
    # + y_pred = ops.sigmoid(y_pred)
    return ops.mean(y_true * y_pred, axis=(1, 2))

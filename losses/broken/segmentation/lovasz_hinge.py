"""The Lovász hinge as it is often written."""

from keras import ops

from losses.evidence.declarations import Raises, Returns, broken


@broken(
    y_true=[[[1, 0]]],
    y_pred=[[[20.0, -20.0]]],
    gives=Returns([0.5]),
    instead=Returns([0.0]),
    found_by="check_agrees_with_reference",
)
def probabilities_taken_as_logits(y_true, y_pred):
    """The loss of perfect predictions stays far above 0.

    A hinge needs -1 or less outside the mask, and a sigmoid is never below 0. Remove
    the sigmoid, in the loss and in the last layer; the mask is then where the output is
    above 0.
    """
    batch = ops.shape(y_pred)[0]
    z = ops.reshape(ops.sigmoid(y_pred), (batch, -1))  # -
    # + z = ops.reshape(y_pred, (batch, -1))
    t = ops.reshape(ops.cast(y_true, z.dtype), (batch, -1))
    errors = ops.relu(1 - z * (2 * t - 1))
    order = ops.argsort(-errors)
    errors = ops.take_along_axis(errors, order, -1)
    t = ops.take_along_axis(t, order, -1)
    size = ops.sum(t, axis=-1, keepdims=True)
    union = size + ops.cumsum(1 - t, axis=-1)
    jaccard = 1 - (size - ops.cumsum(t, axis=-1)) / union
    before = ops.pad(jaccard[:, :-1], [(0, 0), (1, 0)])
    return ops.sum(errors * (jaccard - before), axis=-1)


@broken(
    y_true=[[[1, 0]]],
    y_pred=[[[2.0, 1.5]]],
    gives=Returns([0.5]),
    instead=Returns([1.25]),
    on={"gradient": Returns([[[0.0, 0.0]]])},
    found_by="check_gradient_reaches_the_predictions",
)
def labels_not_made_signs(y_true, y_pred):
    """False positives are never unlearned: outside the mask there is no gradient.

    The hinge is `1 - z * sign` with signs of -1 and 1. With a label of 0 it is 1 for
    any prediction. Turn the labels into signs: `2 * y_true - 1`.
    """
    batch = ops.shape(y_pred)[0]
    z = ops.reshape(y_pred, (batch, -1))
    t = ops.reshape(ops.cast(y_true, z.dtype), (batch, -1))
    errors = ops.relu(1 - z * t)  # -
    # + errors = ops.relu(1 - z * (2 * t - 1))
    order = ops.argsort(-errors)
    errors = ops.take_along_axis(errors, order, -1)
    t = ops.take_along_axis(t, order, -1)
    size = ops.sum(t, axis=-1, keepdims=True)
    union = size + ops.cumsum(1 - t, axis=-1)
    jaccard = 1 - (size - ops.cumsum(t, axis=-1)) / union
    before = ops.pad(jaccard[:, :-1], [(0, 0), (1, 0)])
    return ops.sum(errors * (jaccard - before), axis=-1)


@broken(
    y_true=[[[1, 0]]],
    y_pred=[[[3.0, -2.0]]],
    gives=Returns([-1.5]),
    instead=Returns([0.0]),
    found_by="check_agrees_with_reference",
)
def margins_not_cut_off(y_true, y_pred):
    """The loss falls below 0 and keeps falling.

    Beyond a margin of 1 a pixel is right and must cost nothing; here it is rewarded, so
    the logits grow without bound. Clip the errors at 0: `ops.relu(errors)`.
    """
    batch = ops.shape(y_pred)[0]
    z = ops.reshape(y_pred, (batch, -1))
    t = ops.reshape(ops.cast(y_true, z.dtype), (batch, -1))
    errors = 1 - z * (2 * t - 1)  # -
    # + errors = ops.relu(1 - z * (2 * t - 1))
    order = ops.argsort(-errors)
    errors = ops.take_along_axis(errors, order, -1)
    t = ops.take_along_axis(t, order, -1)
    size = ops.sum(t, axis=-1, keepdims=True)
    union = size + ops.cumsum(1 - t, axis=-1)
    jaccard = 1 - (size - ops.cumsum(t, axis=-1)) / union
    before = ops.pad(jaccard[:, :-1], [(0, 0), (1, 0)])
    return ops.sum(errors * (jaccard - before), axis=-1)


@broken(
    y_true=[[[0, 0]]],
    y_pred=[[[2.0, 1.0]]],
    gives=Returns([0.0]),
    instead=Returns([3.0]),
    on={"gradient": Returns([[[0.0, 0.0]]])},
    found_by="check_gradient_reaches_the_predictions",
)
def empty_images_skipped(y_true, y_pred):
    """False positives in images without a mask cost nothing, however certain they are.

    With several classes the absent ones may be skipped: a false positive of one class
    is a miss of another. A single mask has no other class. Count every image.
    """
    batch = ops.shape(y_pred)[0]
    z = ops.reshape(y_pred, (batch, -1))
    t = ops.reshape(ops.cast(y_true, z.dtype), (batch, -1))
    errors = ops.relu(1 - z * (2 * t - 1))
    order = ops.argsort(-errors)
    errors = ops.take_along_axis(errors, order, -1)
    t = ops.take_along_axis(t, order, -1)
    size = ops.sum(t, axis=-1, keepdims=True)
    union = size + ops.cumsum(1 - t, axis=-1)
    jaccard = 1 - (size - ops.cumsum(t, axis=-1)) / union
    before = ops.pad(jaccard[:, :-1], [(0, 0), (1, 0)])
    values = ops.sum(errors * (jaccard - before), axis=-1)
    return ops.where(size[:, 0] > 0, values, 0)  # -
    # + return values


@broken(
    y_true=[[[1, 255]]],
    y_pred=[[[2.0, -0.5]]],
    options={"ignore_class": 255},
    gives=Returns([127.75]),
    instead=Returns([0.0]),
    found_by="check_agrees_with_reference",
)
def void_label_as_a_sign(y_true, y_pred):
    """The loss is in the hundreds as soon as an image has void pixels.

    The sign of a label 255 is 2 · 255 - 1 = 509, and the logit is multiplied by it. Set
    the errors of void pixels to 0, and their labels to background.
    """
    batch = ops.shape(y_pred)[0]
    z = ops.reshape(y_pred, (batch, -1))
    t = ops.reshape(ops.cast(y_true, z.dtype), (batch, -1))
    # + kept = ops.not_equal(t, 255)
    # + t = ops.where(kept, t, 0)
    errors = ops.relu(1 - z * (2 * t - 1))
    # + errors = ops.where(kept, errors, 0)
    order = ops.argsort(-errors)
    errors = ops.take_along_axis(errors, order, -1)
    t = ops.take_along_axis(t, order, -1)
    size = ops.sum(t, axis=-1, keepdims=True)
    union = size + ops.cumsum(1 - t, axis=-1)
    jaccard = 1 - (size - ops.cumsum(t, axis=-1)) / union
    before = ops.pad(jaccard[:, :-1], [(0, 0), (1, 0)])
    return ops.sum(errors * (jaccard - before), axis=-1)


@broken(
    y_true=[[[1, 1, 0]]],
    y_pred=[[[2.0, -1.0, 0.5]]],
    probe="fit_graph",
    gives=Raises("OperatorNotAllowedInGraphError", "Iterating over a symbolic"),
    instead=Returns(1.25),
    on={"call": Returns([1.25])},
    found_by="check_graph",
    fix_differs="in the oldest Keras, reshape to -1 raises inside vectorized_map",
)
def loop_over_the_images(y_true, y_pred):
    """`Iterating over a symbolic tf.Tensor is not allowed` in `fit`.

    The authors' PyTorch code goes through the batch image by image. In a graph the
    number of images is not known, and Keras does not convert a Python loop. Make
    the body of the loop a function of one image, and let `ops.vectorized_map` apply it
    to all.
    """

    # + def of_one(image):
    losses = []  # -
    for t, z in zip(y_true, y_pred):  # -
        # + t, z = image
        z = ops.reshape(z, -1)
        t = ops.reshape(ops.cast(t, z.dtype), -1)
        errors = ops.relu(1 - z * (2 * t - 1))
        order = ops.argsort(-errors)
        errors = ops.take(errors, order)
        t = ops.take(t, order)
        size = ops.sum(t)
        union = size + ops.cumsum(1 - t)
        jaccard = 1 - (size - ops.cumsum(t)) / union
        before = ops.pad(jaccard[:-1], [(1, 0)])
        losses.append(ops.sum(errors * (jaccard - before)))  # -
        # + return ops.sum(errors * (jaccard - before))

    return ops.stack(losses)  # -
    # + return ops.vectorized_map(of_one, (y_true, y_pred))

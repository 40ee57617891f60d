"""Lovász-Softmax as it is often written."""

from keras import ops

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[[[1, 0]]],
    y_pred=[[[0.4, 0.2]]],
    gives=Returns([0.4]),
    instead=Returns([0.6]),
    found_by="check_agrees_with_reference",
    fix_misses='it counts an empty mask, as classes="all" does',
)
def ascending_sort(y_true, y_pred):
    """The worst pixel has the smallest weight, and the loss is too small.

    `argsort` puts the smallest error first, where the Jaccard loss makes its largest
    step. Sort in descending order: `ops.argsort(-errors)`.
    """
    batch = ops.shape(y_pred)[0]
    p = ops.reshape(y_pred, (batch, -1))
    t = ops.reshape(ops.cast(y_true, p.dtype), (batch, -1))
    errors = ops.abs(t - p)
    order = ops.argsort(errors)  # -
    # + order = ops.argsort(-errors)
    errors = ops.take_along_axis(errors, order, -1)
    t = ops.take_along_axis(t, order, -1)
    size = ops.sum(t, axis=-1, keepdims=True)
    union = size + ops.cumsum(1 - t, axis=-1)
    jaccard = 1 - (size - ops.cumsum(t, axis=-1)) / union
    before = ops.pad(jaccard[:, :-1], [(0, 0), (1, 0)])
    return ops.sum(errors * (jaccard - before), axis=-1)


@broken(
    y_true=[[[1, 0]]],
    y_pred=[[[0.9, 0.8]]],
    gives=Returns([0.8]),
    instead=Returns([0.45]),
    found_by="check_agrees_with_reference",
    fix_misses='it counts an empty mask, as classes="all" does',
)
def labels_left_unsorted(y_true, y_pred):
    """The same pixels in another order give another loss.

    `sort` returns the errors without their positions, so each error is paired with the
    label of another pixel. Use `argsort`, and put errors and labels in its order.
    """
    batch = ops.shape(y_pred)[0]
    p = ops.reshape(y_pred, (batch, -1))
    t = ops.reshape(ops.cast(y_true, p.dtype), (batch, -1))
    errors = -ops.sort(-ops.abs(t - p))  # -
    # + errors = ops.abs(t - p)
    # + order = ops.argsort(-errors)
    # + errors = ops.take_along_axis(errors, order, -1)
    # + t = ops.take_along_axis(t, order, -1)
    size = ops.sum(t, axis=-1, keepdims=True)
    union = size + ops.cumsum(1 - t, axis=-1)
    jaccard = 1 - (size - ops.cumsum(t, axis=-1)) / union
    before = ops.pad(jaccard[:, :-1], [(0, 0), (1, 0)])
    return ops.sum(errors * (jaccard - before), axis=-1)


@broken(
    y_true=[[[1, 0]]],
    y_pred=[[[0.4, 0.2]]],
    gives=Returns([0.8]),
    instead=Returns([0.6]),
    found_by="check_agrees_with_reference",
    fix_misses='it counts an empty mask, as classes="all" does',
)
def steps_not_taken(y_true, y_pred):
    """The loss grows with the number of pixels, far beyond 1.

    Each error is weighted by the Jaccard loss up to it, but must be weighted by its
    increase there: the differences of `jaccard`, which add up to 1.
    """
    batch = ops.shape(y_pred)[0]
    p = ops.reshape(y_pred, (batch, -1))
    t = ops.reshape(ops.cast(y_true, p.dtype), (batch, -1))
    errors = ops.abs(t - p)
    order = ops.argsort(-errors)
    errors = ops.take_along_axis(errors, order, -1)
    t = ops.take_along_axis(t, order, -1)
    size = ops.sum(t, axis=-1, keepdims=True)
    union = size + ops.cumsum(1 - t, axis=-1)
    jaccard = 1 - (size - ops.cumsum(t, axis=-1)) / union
    return ops.sum(errors * jaccard, axis=-1)  # -
    # + before = ops.pad(jaccard[:, :-1], [(0, 0), (1, 0)])
    # + return ops.sum(errors * (jaccard - before), axis=-1)


@broken(
    y_true=[[[1, 1]], [[1, 0]]],
    y_pred=[[[1.0, 1.0]], [[0.5, 0.0]]],
    gives=Returns(1 / 6),
    instead=Returns([0.0, 0.5]),
    found_by="check_one_value_per_sample",
    fix_misses='it counts an empty mask, as classes="all" does',
    fix_is_long="every line works on the whole batch, and must work on each image",
    fix_differs="on JAX abs has the slope 1 at 0",
)
def whole_batch_at_once(y_true, y_pred):
    """The loss is a scalar, and a small object hardly counts beside a large one.

    All pixels of the batch are sorted together, as in the authors' code with
    `per_image=False`. `sample_weight` can no longer choose among the images, and the
    loss of one image depends on the others in its batch. Sort each image separately.
    """
    p = ops.reshape(y_pred, -1)  # -
    t = ops.reshape(ops.cast(y_true, p.dtype), -1)  # -
    # + batch = ops.shape(y_pred)[0]
    # + p = ops.reshape(y_pred, (batch, -1))
    # + t = ops.reshape(ops.cast(y_true, p.dtype), (batch, -1))
    errors = ops.abs(t - p)
    order = ops.argsort(-errors)
    errors, t = ops.take(errors, order), ops.take(t, order)  # -
    size = ops.sum(t)  # -
    union = size + ops.cumsum(1 - t)  # -
    jaccard = 1 - (size - ops.cumsum(t)) / union  # -
    before = ops.pad(jaccard[:-1], [(1, 0)])  # -
    return ops.sum(errors * (jaccard - before))  # -
    # + errors = ops.take_along_axis(errors, order, -1)
    # + t = ops.take_along_axis(t, order, -1)
    # + size = ops.sum(t, axis=-1, keepdims=True)
    # + union = size + ops.cumsum(1 - t, axis=-1)
    # + jaccard = 1 - (size - ops.cumsum(t, axis=-1)) / union
    # + before = ops.pad(jaccard[:, :-1], [(0, 0), (1, 0)])
    # + return ops.sum(errors * (jaccard - before), axis=-1)


@broken(
    y_true=[[[1, 0]]],
    y_pred=[[[20.0, -20.0]]],
    options={"from_logits": True},
    gives=Returns([19.5]),
    instead=Returns([0.0]),
    found_by="check_agrees_with_reference",
)
def logits_taken_as_probabilities(y_true, y_pred):
    """The more certain a correct prediction is, the larger the loss.

    The error is the distance of a probability from 0 or 1, and a logit of 20 is 19 away
    from 1. Apply a sigmoid first, or a softmax over the classes. For logits there is
    the Lovász hinge.
    """
    batch = ops.shape(y_pred)[0]
    p = ops.reshape(y_pred, (batch, -1))  # -
    # + p = ops.reshape(ops.sigmoid(y_pred), (batch, -1))
    t = ops.reshape(ops.cast(y_true, p.dtype), (batch, -1))
    errors = ops.abs(t - p)
    order = ops.argsort(-errors)
    errors = ops.take_along_axis(errors, order, -1)
    t = ops.take_along_axis(t, order, -1)
    size = ops.sum(t, axis=-1, keepdims=True)
    union = size + ops.cumsum(1 - t, axis=-1)
    jaccard = 1 - (size - ops.cumsum(t, axis=-1)) / union
    before = ops.pad(jaccard[:, :-1], [(0, 0), (1, 0)])
    return ops.sum(errors * (jaccard - before), axis=-1)


@broken(
    y_true=[[[0]]],
    y_pred=[[[[0.7, 0.2, 0.1]]]],
    gives=Returns([0.2]),
    instead=Returns([0.3]),
    found_by="check_agrees_with_reference",
)
def absent_classes_counted(y_true, y_pred):
    """The more classes an image lacks, the smaller its loss.

    An absent class costs its largest predicted probability, which is almost 0 for most,
    and the mean is over all classes. Take it over the classes that the image has.
    """
    batch, *_, classes = ops.shape(y_pred)
    p = ops.reshape(y_pred, (batch, -1, classes))
    ids = ops.reshape(y_true, (batch, -1))
    t = ops.one_hot(ops.cast(ids, "int32"), classes)
    errors = ops.abs(t - p)
    order = ops.argsort(-errors, axis=1)
    errors = ops.take_along_axis(errors, order, 1)
    t = ops.take_along_axis(t, order, 1)
    size = ops.sum(t, axis=1, keepdims=True)
    union = size + ops.cumsum(1 - t, axis=1)
    jaccard = 1 - (size - ops.cumsum(t, axis=1)) / union
    one_later = [(0, 0), (1, 0), (0, 0)]
    before = ops.pad(jaccard[:, :-1], one_later)
    loss = ops.sum(errors * (jaccard - before), axis=1)
    return ops.mean(loss, axis=-1)  # -
    # + present = ops.cast(size[:, 0] > 0, loss.dtype)
    # + return ops.sum(present * loss, axis=-1) / ops.sum(present, axis=-1)


@broken(
    y_true=[[[1, 255]]],
    y_pred=[[[0.4, 0.8]]],
    options={"ignore_class": 255},
    gives=Returns([0.7]),
    instead=Returns([0.6]),
    found_by="check_agrees_with_reference",
)
def void_pixels_as_background(y_true, y_pred):
    """Anything predicted in a void pixel counts as a false positive.

    A pixel of label 255 belongs to no class, so whatever is predicted there is wrong.
    Set its error to 0: it is then sorted last and adds nothing.
    """
    batch = ops.shape(y_pred)[0]
    p = ops.reshape(y_pred, (batch, -1))
    inside = ops.equal(y_true, 1)
    t = ops.reshape(ops.cast(inside, p.dtype), (batch, -1))
    errors = ops.abs(t - p)
    # + void = ops.reshape(ops.equal(y_true, 255), (batch, -1))
    # + errors = ops.where(void, 0, errors)
    order = ops.argsort(-errors)
    errors = ops.take_along_axis(errors, order, -1)
    t = ops.take_along_axis(t, order, -1)
    size = ops.sum(t, axis=-1, keepdims=True)
    union = size + ops.cumsum(1 - t, axis=-1)
    jaccard = 1 - (size - ops.cumsum(t, axis=-1)) / union
    before = ops.pad(jaccard[:, :-1], [(0, 0), (1, 0)])
    return ops.sum(errors * (jaccard - before), axis=-1)

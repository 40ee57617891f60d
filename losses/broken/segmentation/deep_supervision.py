"""Deep supervision as it is often written."""

from math import log

from keras import ops
from keras.losses import sparse_categorical_crossentropy

from losses.evidence.declarations import Returns, broken

# What is there is found, at the finer of two scales.
FOUND = [[[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]]]
MOSTLY_1 = [[[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]]]
CROSSENTROPY = {"losses": "sparse_categorical_crossentropy"}
SQUARES = {"losses": "mse"}
ONE_LIST = "it wants a list of labels, and `fit` calls a loss for one output at a time"


@broken(
    y_true=([[[0, 2], [0, 2]]],) * 2,
    y_pred=(FOUND, [[[[0.25, 0.25, 0.5]]]]),
    options=CROSSENTROPY,
    gives=Returns([log(4) / 3]),
    instead=Returns([log(2) / 3]),
    fix_differs="`fit` calls a loss for one output at a time, and its height and "
    "width must be known",
    fix_misses=ONE_LIST,
)
def labels_resized_bilinearly(y_true, y_pred):
    """A coarse output learns classes that are not there, along every edge.

    `resize` is bilinear by default, and puts a 1 between the ids 0 and 2: another
    class. Take the nearest pixel, `interpolation="nearest"`.
    """
    y_true = ops.cast(y_true[0], y_pred[0].dtype)[..., None]
    total = 0
    for weight, output in zip((2 / 3, 1 / 3), y_pred):
        size = output.shape[1:3]
        ids = ops.image.resize(y_true, size)  # -
        # + ids = ops.image.resize(y_true, size, interpolation="nearest")
        ids = ops.cast(ids, "int32")
        loss = sparse_categorical_crossentropy(ids, output)
        total += weight * ops.mean(loss, axis=(1, 2))
    return total


@broken(
    y_true=([[[1, 2], [1, 1]]],) * 2,
    y_pred=(MOSTLY_1, [[[[0.25, 0.5, 0.25]]]]),
    options=CROSSENTROPY,
    gives=Returns([log(4) / 3]),
    instead=Returns([log(2) / 3]),
    fix_differs="`fit` calls a loss for one output at a time",
    fix_misses=ONE_LIST,
)
def labels_max_pooled(y_true, y_pred):
    """The class with the highest id grows with every scale, at the cost of the others.

    The maximum of four ids does not represent them: one pixel of class 2 becomes four.
    Take one of the pixels, the one after the middle.
    """
    ids = ops.cast(y_true[0], y_pred[0].dtype)[..., None]
    total = 0
    for weight, output in zip((2 / 3, 1 / 3), y_pred):
        loss = sparse_categorical_crossentropy(ids, output)
        total += weight * ops.mean(loss, axis=(1, 2))
        ids = ops.max_pool(ids, 2)  # -
        # + ids = ids[:, 1::2, 1::2]
    return total


@broken(
    y_true=([[[0, 0], [0, 1]]],) * 2,
    y_pred=([[[0.0, 0.0], [0.0, 1.0]]], [[[1.0]]]),
    options=SQUARES,
    gives=Returns([0.25]),
    instead=Returns([0.0]),
    fix_differs="`fit` calls a loss for one output at a time, and its height and "
    "width must be known",
    fix_misses=ONE_LIST,
)
def labels_not_resized(y_true, y_pred):
    """No prediction of the coarsest output is right: it is compared with every pixel.

    Its one pixel broadcasts against all pixels of the labels, so it learns their mean.
    With more than one pixel there is an error about shapes instead. Resize the labels
    to the size of each output, to the nearest pixel.
    """
    y_true = ops.cast(y_true[0], y_pred[0].dtype)
    total = 0
    for weight, output in zip((2 / 3, 1 / 3), y_pred):
        # + size = output.shape[1:3]
        # + t = ops.image.resize(y_true[..., None], size, interpolation="nearest")
        loss = ops.square(y_true - output)  # -
        # + loss = ops.square(t[..., 0] - output)
        total += weight * ops.mean(loss, axis=(1, 2))
    return total


@broken(
    y_true=([[[0, 0], [0, 0]]],) * 2,
    y_pred=([[[1.0, 1.0], [1.0, 1.0]]], [[[1.0]]]),
    options=SQUARES,
    gives=Returns([1.5]),
    instead=Returns([1.0]),
    on={"gradient": Returns([[[[0.5, 0.5], [0.5, 0.5]]], [[[1.0]]]], kind="list")},
    fix_differs="`fit` calls a loss for one output at a time, and its height and "
    "width must be known",
    fix_misses=ONE_LIST,
)
def weights_not_normalised(y_true, y_pred):
    """The loss and the steps are 1.5 times those of a single output.

    The weights 1 and ½ add up to 1.5, and with more scales to nearly 2, so a learning
    rate found with one output is too large. Divide the weights by their sum.
    """
    y_true = ops.cast(y_true[0], y_pred[0].dtype)
    total = 0
    for number, output in enumerate(y_pred):
        stride = y_true.shape[1] // output.shape[1]
        middle = y_true[:, stride // 2 :: stride]
        middle = middle[:, :, stride // 2 :: stride]
        loss = ops.square(middle - output)
        total += ops.mean(loss, axis=(1, 2)) / 2**number
    return total  # -
    # + return total / sum(1 / 2**number for number in range(len(y_pred)))


@broken(
    y_true=([[[0, 0], [0, 0]]],) * 2,
    y_pred=([[[0.0, 0.0], [0.0, 0.0]]], [[[3.0]]]),
    options=SQUARES,
    gives=Returns([6.0]),
    instead=Returns([3.0]),
    fix_differs="`fit` calls a loss for one output at a time, and its height and "
    "width must be known",
    fix_misses=ONE_LIST,
)
def largest_weight_on_the_coarsest(y_true, y_pred):
    """The finest output, the one that is used, is trained least.

    The weights are in the order in which a decoder makes its outputs, coarsest first,
    but the outputs begin with the finest. Halve the weights from the finest on, or pass
    them by name.
    """
    y_true = ops.cast(y_true[0], y_pred[0].dtype)
    total = 0
    # + for weight, output in zip((2 / 3, 1 / 3), y_pred):
    for weight, output in zip((1 / 3, 2 / 3), y_pred):  # -
        stride = y_true.shape[1] // output.shape[1]
        middle = y_true[:, stride // 2 :: stride]
        middle = middle[:, :, stride // 2 :: stride]
        loss = ops.square(middle - output)
        total += weight * ops.mean(loss, axis=(1, 2))
    return total


@broken(
    y_true=([[[0.0, 0.0]]] * 3, [[[0.0, 0.0]]] * 3),
    y_pred=([[[0.0, 0.0]], [[0.0, 0.0]], [[6.0, 6.0]]], [[[0.0]], [[0.0]], [[3.0]]]),
    options=SQUARES,
    probe="fit_graph",
    gives=Returns(0.0),
    instead=Returns(9.0),
    on={"call": Returns([0.0, 0.0, 27.0])},
    fix_is_long="the weights of the outputs belong to `compile`, not to a loss",
)
def list_of_outputs_in_fit(
    y_true,  # -
    y_pred,  # -
    # + model,
    # + x,
    # + y,
):
    """Right when called with lists; in `fit`, all samples but two are ignored.

    `fit` calls one function once for each output, with the tensors of this output
    alone. There, `y_true[0]` is the first sample. Give each output its own loss, with
    `loss_weights` that add up to 1: `DeepSupervision(...).compile_args(model)` makes
    both. Or override `compute_loss`.
    """
    # + import losses

    fine = ops.square(y_true[0] - y_pred[0])  # -
    coarse = ops.square(y_true[1][..., 1:] - y_pred[1])  # -
    fine = ops.mean(fine, axis=(-2, -1))  # -
    coarse = ops.mean(coarse, axis=(-2, -1))  # -
    return 2 / 3 * fine + 1 / 3 * coarse  # -
    # + model.compile(**losses.DeepSupervision("mse").compile_args(model))
    # + return model.fit(x, y)

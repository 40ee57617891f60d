"""Bi-tempered logistic loss as it is often written."""

from math import exp, log, sqrt

from keras import ops
from numpy import inf, nan

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[[0.0, 1.0]],
    y_pred=[[0.0, -sqrt(5)]],
    options={"t1": 0.5, "t2": 1.5},
    gives=Returns([inf]),
    instead=Returns([2 * (1 - sqrt(0.2)) - (1 - 0.8**1.5 - 0.2**1.5) / 1.5]),
    fix_misses="its labels are one-hot and floats, no temperature is 1",
    found_by="check_finite",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def temperatures_exchanged(
    y_true,
    y_pred,
    t1=0.8,
    t2=1.3,
):
    """A wrong label far from the decision boundary makes the loss infinite.

    The softmax gets the temperature below 1, which cuts its tail off, and the logarithm
    the one above 1, which is infinite at 0. `t1`, below 1, belongs to the logarithm and
    bounds the loss; `t2` belongs to the softmax.
    """

    def log_t(x, t):
        return (x ** (1 - t) - 1) / (1 - t)

    def exp_t(x, t):
        base = ops.relu(1 + (1 - t) * x)
        return base ** (1 / (1 - t))

    t1, t2 = t2, t1  # -
    z = y_pred - ops.max(y_pred, axis=-1, keepdims=True)
    x = z
    for _ in range(5):
        p = exp_t(x, t2)
        total = ops.sum(p, axis=-1, keepdims=True)
        x = z * total ** (1 - t2)
    total = ops.sum(exp_t(x, t2), axis=-1, keepdims=True)
    p = exp_t(z + log_t(1 / total, t2), t2)

    log_p = ops.where(y_true > 0, log_t(p, t1), 0.0)
    power = y_true ** (2 - t1) - p ** (2 - t1)
    loss = -y_true * log_p - power / (2 - t1)
    return ops.sum(loss, axis=-1)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.0, -1.5]],
    options={"t1": 0.0, "t2": 2.0, "iterations": 20},
    gives=Returns([1 / 2 - 5 / 7 + (25 / 49 + 100 / 841) / 2]),
    instead=Returns([1 / 9]),
    fix_misses="it does not cast integer labels",
    found_by="check_agrees_with_reference",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def normaliser_not_iterated(
    y_true,
    y_pred,
    t1=0.8,
    t2=1.3,
):
    """The loss is too small, because the probabilities add up to 1.06.

    The softmax has a closed-form normaliser, the logarithm of a sum. The tempered
    softmax has none: compute the sum again and again, each time of activations rescaled
    by the previous one. Five times are enough for the default `t2`, twenty for 2.
    """

    def log_t(x, t):
        return (x ** (1 - t) - 1) / (1 - t)

    def exp_t(x, t):
        base = ops.relu(1 + (1 - t) * x)
        return base ** (1 / (1 - t))

    z = y_pred - ops.max(y_pred, axis=-1, keepdims=True)
    total = ops.sum(exp_t(z, t2), axis=-1, keepdims=True)
    # + for _ in range(20):
    p = exp_t(  # -
        # + total = ops.sum(exp_t(z * total ** (1 - t2), t2), axis=-1, keepdims=True)
        z + log_t(1 / total, t2),  # -
        t2,  # -
    )  # -
    # + p = exp_t(z + log_t(1 / total, t2), t2)

    log_ratio = log_t(y_true, t1) - log_t(p, t1)
    power = y_true ** (2 - t1) - p ** (2 - t1)
    loss = y_true * log_ratio - power / (2 - t1)
    return ops.sum(loss, axis=-1)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.0, -1.5]],
    options={"t1": 0.0, "t2": 2.0, "iterations": 20},
    gives=Returns([1 / (1 + exp(1.5)) ** 2]),
    instead=Returns([1 / 9]),
    fix_misses="it does not cast integer labels",
    fix_is_long="the tempered softmax has no closed form",
    found_by="check_agrees_with_reference",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def softmax_without_a_temperature(
    y_true,
    y_pred,
    t1=0.8,
    # + t2=1.3,
):
    """The loss is less than a third of what it should be, and `t2` has no effect.

    Only the logarithm has a temperature. The loss is bounded, but the softmax has no
    heavy tail, so wrong labels near the decision boundary still move it. Use the
    tempered softmax, with `t2`.
    """

    def log_t(x, t):
        return (x ** (1 - t) - 1) / (1 - t)

    # + z = y_pred - ops.max(y_pred, axis=-1, keepdims=True)
    # + total = 1.0
    # + for _ in range(20):
    p = ops.softmax(  # -
        # + p = (1 + (1 - t2) * z * total ** (1 - t2)) ** (1 / (1 - t2))
        # + total = ops.sum(p, axis=-1, keepdims=True)
        y_pred,  # -
    )  # -
    # + p = p / total
    log_ratio = log_t(y_true, t1) - log_t(p, t1)
    power = y_true ** (2 - t1) - p ** (2 - t1)
    loss = y_true * log_ratio - power / (2 - t1)
    return ops.sum(loss, axis=-1)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.0, -1.5]],
    options={"t1": 0.0, "t2": 2.0, "iterations": 20},
    gives=Returns([1 / 3]),
    instead=Returns([1 / 9]),
    fix_misses="it does not cast integer labels, and no temperature is 1",
    found_by="check_agrees_with_reference",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def logarithm_alone(
    y_true,
    y_pred,
    t1=0.8,
    t2=1.3,
    iterations=5,
):
    """The loss is three times too high.

    With a temperature the logarithm is only a part of the loss: the powers of all
    probabilities are missing. Only with `t1=1` do they add up to a constant. Add them,
    and subtract what the labels alone give, or a perfect prediction costs something.
    """

    def log_t(x, t):
        return (x ** (1 - t) - 1) / (1 - t)

    def exp_t(x, t):
        base = ops.relu(1 + (1 - t) * x)
        return base ** (1 / (1 - t))

    z = y_pred - ops.max(y_pred, axis=-1, keepdims=True)
    x = z
    for _ in range(iterations):
        p = exp_t(x, t2)
        total = ops.sum(p, axis=-1, keepdims=True)
        x = z * total ** (1 - t2)
    total = ops.sum(exp_t(x, t2), axis=-1, keepdims=True)
    p = exp_t(z + log_t(1 / total, t2), t2)
    return -ops.sum(y_true * log_t(p, t1), axis=-1)  # -
    # + log_ratio = log_t(y_true, t1) - log_t(p, t1)
    # + power = y_true ** (2 - t1) - p ** (2 - t1)
    # + return ops.sum(y_true * log_ratio - power / (2 - t1), axis=-1)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[0.0, 0.0]],
    options={"t1": 1.0, "t2": 1.0},
    gives=Returns([nan]),
    instead=Returns([log(2)]),
    fix_misses="it does not cast integer labels, and counts what the labels cost",
    found_by="check_finite",
)
def log_of_a_label_of_zero(
    y_true,
    y_pred,
    t1=0.8,
):
    """With `t1=1` every one-hot label gives NaN.

    The labels contribute `y * log(y)`, and 0 times log 0 is NaN. With `t1` below 1 the
    tempered logarithm of 0 is finite, so it shows only at 1. Leave the zeros out with
    `ops.where`, and take `ops.log_softmax`: a probability can reach 0 too.
    """

    def log_t(x, t):
        if t == 1:
            return ops.log(x)
        return (x ** (1 - t) - 1) / (1 - t)

    p = ops.softmax(y_pred)
    log_ratio = log_t(y_true, t1) - log_t(p, t1)  # -
    # + log_y = log_t(ops.where(y_true > 0, y_true, 1.0), t1)
    # + log_p = ops.log_softmax(y_pred) if t1 == 1 else log_t(p, t1)
    # + log_ratio = log_y - log_p
    power = y_true ** (2 - t1) - p ** (2 - t1)
    loss = y_true * log_ratio - power / (2 - t1)
    return ops.sum(loss, axis=-1)


@broken(
    y_true=[[1.0, 0.0]],
    y_pred=[[100.0, -100.0]],
    options={"t1": 0.0, "t2": 2.0, "iterations": 20},
    gives=Returns([(1.5 - sqrt(1.25)) ** 2]),
    instead=Returns([(1 - 1 / (sqrt(10001) - 99)) ** 2]),
    fix_misses="it does not cast integer labels, and no temperature is 1",
    found_by="check_gradient_reaches_the_predictions",
    fix_differs="`torch.compile` does not get through functions of Keras that it calls",
)
def softmax_twice(
    y_true,
    y_pred,
    t1=0.8,
    t2=1.3,
    iterations=5,
):
    """A perfect prediction costs 0.146.

    The loss applies its own softmax, a heavy-tailed one. Its input lies between 0 and 1
    here, so the classes never get far apart. Remove this softmax, and that of the last
    layer if there is one.
    """

    def log_t(x, t):
        return (x ** (1 - t) - 1) / (1 - t)

    def exp_t(x, t):
        base = ops.relu(1 + (1 - t) * x)
        return base ** (1 / (1 - t))

    y_pred = ops.softmax(y_pred)  # -
    z = y_pred - ops.max(y_pred, axis=-1, keepdims=True)
    x = z
    for _ in range(iterations):
        p = exp_t(x, t2)
        total = ops.sum(p, axis=-1, keepdims=True)
        x = z * total ** (1 - t2)
    total = ops.sum(exp_t(x, t2), axis=-1, keepdims=True)
    p = exp_t(z + log_t(1 / total, t2), t2)

    log_ratio = log_t(y_true, t1) - log_t(p, t1)
    power = y_true ** (2 - t1) - p ** (2 - t1)
    loss = y_true * log_ratio - power / (2 - t1)
    return ops.sum(loss, axis=-1)


@broken(
    y_true=[[0], [1]],
    y_pred=[[0.0, 0.0], [0.0, 0.0]],
    options={"t1": 0.5, "t2": 1.0},
    gives=Returns([sqrt(0.5) / 1.5, 4 - 2 * sqrt(2) - (2 - sqrt(0.5)) / 1.5]),
    instead=Returns([2 - sqrt(2) - (1 - sqrt(0.5)) / 1.5] * 2),
    found_by="check_label_format",
)
def ids_as_one_hot(
    y_true,
    y_pred,
    t1=0.8,
):
    """Two classes with the same probability cost different amounts.

    Ids `(batch, 1)` broadcast against `(batch, classes)`: class 0 counts as no label at
    all, and class 1 as a label of every class. Make the labels one-hot.
    """

    def log_t(x, t):
        return (x ** (1 - t) - 1) / (1 - t)

    p = ops.softmax(y_pred)
    y_true = ops.cast(y_true, p.dtype)  # -
    # + ids = ops.reshape(y_true, ops.shape(p)[:-1])
    # + y_true = ops.one_hot(ids, p.shape[-1], dtype=p.dtype)
    log_ratio = log_t(y_true, t1) - log_t(p, t1)
    power = y_true ** (2 - t1) - p ** (2 - t1)
    loss = y_true * log_ratio - power / (2 - t1)
    return ops.sum(loss, axis=-1)

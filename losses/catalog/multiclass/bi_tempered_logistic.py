"""Crossentropy with two temperatures, for labels some of which are wrong."""

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.class_labels import align_classes, is_ids, take_class
from losses.ops.crossentropy import EPSILON, largest
from losses.ops.options import check_label_smoothing
from losses.ops.refusals import Refused
from losses.ops.shapes import mean_per_sample


@loss_function(page="bi_tempered_logistic/ids_as_one_hot")
def bi_tempered_logistic(
    y_true,
    y_pred,
    *,
    t1: float = 0.8,
    t2: float = 1.3,
    label_smoothing: float = 0.0,
    iterations: int = 5,
):
    """Bi-tempered logistic loss, one value per sample: the mean over its positions.

        Σ_c t · (log_t1 t - log_t1 p) - (t^(2 - t1) - p^(2 - t1)) / (2 - t1)
        p = exp_t2(activation - normaliser),  Σ_c p = 1
        log_T x = (x^(1 - T) - 1) / (1 - T)
        exp_T x = max(0, 1 + (1 - T) x)^(1 / (1 - T))

    A `t1` below 1 bounds the loss, so that a far outlier does not rule the others. A
    `t2` above 1 gives the softmax a heavy tail, so that a wrong label near the border
    does not move it. With both at 1 this is the crossentropy of the softmax.

    Args:
        y_true: `(batch, classes)` one-hot or soft labels that add up to 1, for
            `(batch, classes)`, or `(batch,)` class ids, with or without a trailing axis
            of size 1; or with more axes before the classes, over which the mean is
            taken; any dtype. Told apart by shape.
        y_pred: `(batch, ..., classes)` activations, that is logits, never
            probabilities.
        t1: in [0, 1]: the temperature of the logarithm. With 0 the loss is half of the
            squared error of p.
        t2: above 0: the temperature of the softmax. Below 1 classes far behind get a
            probability of exactly 0 and, with a `t1` below 1, no gradient.
        label_smoothing: in [0, 1]: what is taken from the label and spread evenly over
            the other classes, which is not what `categorical_crossentropy` does.
        iterations: 1 or more: steps towards the normaliser where `t2` is above 1. More
            are needed for a large `t2` and for many classes; with the defaults the
            probabilities add up to 1 but for 0.0002 with ten classes, 0.02 with a
            hundred and 0.1 with a thousand.

    Returns:
        `(batch,)` values, 0 or more but for rounding and for what the normaliser is
        off; float32 or wider. Per-sample. An id that no class has gives NaN in every
        mode.

    Raises:
        ValueError: shapes that do not fit; a `t1` or `label_smoothing` outside of
            [0, 1]; a `t2` that is not above 0; `iterations` that are no whole number
            above 0.
        TypeError: `y_pred` holds integers.

    Example:
        >>> loss = bi_tempered_logistic([[0, 1]], [[0.0, 0.0]], t1=0.0)
        >>> float(loss[0])  # p is 1/2 and 1/2: (1/4 + 1/4) / 2
        0.25

    Source:
        Amid, Warmuth, Anil and Koren, Robust Bi-Tempered Logistic Loss Based on Bregman
        Divergences, 2019, https://arxiv.org/abs/1906.03361. Smoothing, the default of
        `iterations`, and leaving out what only the labels cost where both temperatures
        are 1, are those of their code. It also takes `iterations` for the bisection
        where `t2` is below 1; here that goes on to the last digit. As there, the
        gradient is that of an exact normaliser.
    """
    _check(t1, t2, iterations)
    check_label_smoothing(label_smoothing)
    labels, y_pred = align_classes(y_true, y_pred)
    log_p = _log_probability(y_pred, t2, iterations)

    of_labels, crossed = _of_labels(labels, _log(log_p, t1), label_smoothing, t1)
    if t1 == t2 == 1:
        return mean_per_sample(-crossed)
    power = ops.sum(ops.exp((2 - t1) * log_p), axis=-1)
    return mean_per_sample(of_labels - crossed + power / (2 - t1))


class BiTemperedLogistic(PerSampleLoss, of=bi_tempered_logistic):
    """`bi_tempered_logistic` for `model.compile`."""


# The range is halved this often: beyond the last digit of float64.
HALVINGS = 55


def _check(t1, t2, iterations):
    see = "More: losses explain bi_tempered_logistic/"
    if not 0 <= t1 <= 1:
        raise Refused(
            f"t1 must be in [0, 1], not {t1}: above 1 the loss pulls harder at "
            "outliers than the crossentropy. Is it meant for t2? "
            f"{see}temperatures_exchanged"
        )
    if not 0 < t2 < float("inf"):
        raise Refused(f"t2 must be above 0, not {t2}")
    if not (iterations >= 1 and int(iterations) == iterations):
        raise Refused(
            f"iterations must be 1 or more, not {iterations}: without, the "
            f"probabilities do not add up to 1. {see}normaliser_not_iterated"
        )


def _log(log_x, t):
    """`log_t x` from the logarithm of x."""
    return log_x if t == 1 else ops.expm1((1 - t) * log_x) / (1 - t)


def _log_exp(below, t):
    """The logarithm of `exp_t(-below)`.

    Where that is 0, it goes on as the tangent from where it nearly is: far below, so
    that its powers are 0, and with a slope.
    """
    if t == 1:
        return -below
    if t > 1:
        return -ops.log1p((t - 1) * below) / (t - 1)
    scaled = (1 - t) * below
    inside = scaled < 1 - EPSILON
    logarithm = ops.log1p(-ops.where(inside, scaled, 1 - EPSILON))
    return (logarithm + ops.where(inside, 0.0, (1 - scaled) / EPSILON - 1)) / (1 - t)


def _log_probability(y_pred, t, iterations):
    """The logarithm of the tempered softmax."""
    if t == 1:
        return ops.log_softmax(y_pred)
    y_pred = y_pred - largest(y_pred)
    constant = ops.stop_gradient(y_pred)
    normaliser = ops.stop_gradient(
        _iterated(constant, t, iterations) if t > 1 else _bisected(constant, t)
    )

    # By the rule of implicit functions, of Σ p = 1, without going back over the steps.
    log_p = _log_exp(normaliser - y_pred, t)
    total = ops.sum(ops.exp(log_p), axis=-1, keepdims=True)
    slope = ops.sum(ops.exp(t * log_p), axis=-1, keepdims=True)
    change = (total - ops.stop_gradient(total)) / ops.stop_gradient(slope)
    return _log_exp(normaliser + change - y_pred, t)


def _iterated(y_pred, t, iterations):
    """The normaliser of activations whose largest is 0, by a fixed point: from below,
    nearer in each step."""

    def log_total(y_pred):
        return ops.logsumexp(_log_exp(-y_pred, t), axis=-1, keepdims=True)

    shrunk = y_pred
    for _ in range(int(iterations)):
        shrunk = y_pred * ops.exp((1 - t) * log_total(shrunk))
    return ops.expm1((t - 1) * log_total(shrunk)) / (t - 1)


def _bisected(y_pred, t):
    """The normaliser of activations whose largest is 0: from 0 for one class alone to
    `-log_t(1 / classes)` for all alike."""
    classes = ops.cast(ops.shape(y_pred)[-1], y_pred.dtype)

    def halve(_, found):
        normaliser, step = found
        p = ops.exp(_log_exp(normaliser + step - y_pred, t))
        too_much = ops.sum(p, axis=-1, keepdims=True) > 1
        return ops.where(too_much, normaliser + step, normaliser), step / 2

    start = ops.zeros_like(y_pred[..., :1]), -_log(-ops.log(classes), t) / 2
    return ops.fori_loop(0, HALVINGS, halve, start)[0]


def _of_labels(labels, log_p, smoothed, t):
    """What only the labels give, and Σ t · log_p."""

    def alone(share):
        log_share = ops.log(ops.where(share == 0, 1.0, share))
        return share * (_log(log_share, t) - ops.exp((1 - t) * log_share) / (2 - t))

    others = ops.cast(ops.shape(log_p)[-1] - 1, log_p.dtype)
    each = smoothed / others
    if not is_ids(labels, log_p):
        labels = labels * (1 - smoothed - each) + each
        crossed = ops.where(labels == 0, 0.0, labels * log_p)
        return ops.sum(alone(labels), axis=-1), ops.sum(crossed, axis=-1)
    chosen = take_class(log_p, labels)
    label = ops.convert_to_tensor(1 - smoothed, log_p.dtype)
    crossed = label * chosen
    if smoothed:
        crossed = crossed + each * (ops.sum(log_p, axis=-1) - chosen)
    return alone(label) + others * alone(each), crossed

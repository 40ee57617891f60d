"""Asymmetric loss as it is often written."""

from math import exp, log

from keras import ops
from numpy import array, nan

from losses.evidence.declarations import Returns, broken


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[0.55], [0.55]],
    gives=Returns([1 / 2 * log(2), 1 / 16 * log(2)]),
    instead=Returns([-0.45 * log(0.55), 1 / 16 * log(2)]),
    found_by="check_agrees_with_reference",
    fix_misses="in a direct call its labels must be floats, and it clips "
    "probabilities as Keras does",
)
def clip_on_the_positives(
    y_true,
    y_pred,
    gamma_neg=4.0,
    gamma_pos=1.0,
    clip=0.05,
):
    """A perfect positive has a loss above 0, and one below 0.05 has no gradient.

    The shift is meant for the many easy negatives, but both sides get it here. Shift
    the probability of the negatives only.
    """
    p = ops.maximum(y_pred - clip, 1e-7)  # -
    # + p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    # + p_m = ops.maximum(p - clip, 0)
    positive = (1 - p) ** gamma_pos * ops.log(p)
    negative = p**gamma_neg * ops.log(1 - p)  # -
    # + negative = p_m**gamma_neg * ops.log(1 - p_m)
    loss = y_true * positive + (1 - y_true) * negative
    return -ops.mean(loss, axis=-1)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[1.0], [0.5]],
    gives=Returns([-0.05 * log(0.95), 1 / 16 * log(2)]),
    instead=Returns([0.0, -(0.45**4) * log(0.55)]),
    found_by="check_agrees_with_reference",
    fix_misses="in a direct call its labels must be floats, and it clips "
    "probabilities as Keras does",
)
def clip_as_a_range(
    y_true,
    y_pred,
    gamma_neg=4.0,
    gamma_pos=1.0,
    clip=0.05,
):
    """Negatives keep their weight, and confident mistakes have no gradient.

    In the paper the clip shifts a probability, `max(p - 0.05, 0)`. Here it limits it to
    between 0.05 and 0.95, as an epsilon does, and a clipped value has no gradient.
    Subtract 0.05 from the probability of the negatives.
    """
    p = ops.clip(y_pred, clip, 1 - clip)  # -
    # + p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    # + p_m = ops.maximum(p - clip, 0)
    positive = (1 - p) ** gamma_pos * ops.log(p)
    negative = p**gamma_neg * ops.log(1 - p)  # -
    # + negative = p_m**gamma_neg * ops.log(1 - p_m)
    loss = y_true * positive + (1 - y_true) * negative
    return -ops.mean(loss, axis=-1)


@broken(
    y_true=[[0.0], [0.0]],
    y_pred=[[0.02], [0.55]],
    options={"gamma_neg": 2.5},
    gives=Returns([nan, 2**-2.5 * log(2)]),
    instead=Returns([0.0, 2**-2.5 * log(2)]),
    on={"fit_graph": Returns(nan, step=nan)},
    found_by="check_finite",
    fix_misses="in a direct call its labels must be floats, and it clips "
    "probabilities as Keras does",
)
def shifted_below_zero(
    y_true,
    y_pred,
    gamma_neg=4.0,
    gamma_pos=1.0,
    clip=0.05,
):
    """With a `gamma_neg` of 4 it trains, with 2.5 the loss is NaN.

    `p - clip` is below 0 for the easiest negatives, and a negative number to the power
    of 2.5 is NaN; an even power hides it. Stop at 0: `ops.maximum(p - clip, 0)`.
    """
    p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    shifted = p - clip  # -
    # + shifted = ops.maximum(p - clip, 0)
    positive = (1 - p) ** gamma_pos * ops.log(p)
    negative = shifted**gamma_neg * ops.log(1 - shifted)
    loss = y_true * positive + (1 - y_true) * negative
    return -ops.mean(loss, axis=-1)


@broken(
    y_true=[[0.0]],
    y_pred=[[0.55]],
    gives=Returns([0.55**4 * log(2)]),
    instead=Returns([1 / 16 * log(2)]),
    found_by="check_agrees_with_reference",
    fix_misses="in a direct call its labels must be floats, and it clips "
    "probabilities as Keras does",
)
def weight_not_shifted(
    y_true,
    y_pred,
    gamma_neg=4.0,
    gamma_pos=1.0,
    clip=0.05,
):
    """Negatives count more than they should, at p = 0.55 about half as much again.

    Only the probability in the logarithm is shifted. In the paper the shifted
    probability stands in both places, `p_m ** gamma_neg * log(1 - p_m)`.
    """
    p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    not_p = ops.minimum(1 - p + clip, 1)
    positive = (1 - p) ** gamma_pos * ops.log(p)
    negative = p**gamma_neg * ops.log(not_p)  # -
    # + negative = (1 - not_p) ** gamma_neg * ops.log(not_p)
    loss = y_true * positive + (1 - y_true) * negative
    return -ops.mean(loss, axis=-1)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[0.5], [0.55]],
    gives=Returns([1 / 16 * log(2), 1 / 2 * log(2)]),
    instead=Returns([1 / 2 * log(2), 1 / 16 * log(2)]),
    found_by="check_agrees_with_reference",
    fix_misses="in a direct call its labels must be floats, and it clips "
    "probabilities as Keras does",
)
def gammas_exchanged(
    y_true,
    y_pred,
    gamma_neg=4.0,
    gamma_pos=1.0,
    clip=0.05,
):
    """The few positives are ignored, and the many negatives dominate.

    The two gammas are swapped. `gamma_neg`, the larger one, belongs to the negatives.
    """
    p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    p_m = ops.maximum(p - clip, 0)
    positive = (1 - p) ** gamma_neg * ops.log(p)  # -
    # + positive = (1 - p) ** gamma_pos * ops.log(p)
    negative = p_m**gamma_pos * ops.log(1 - p_m)  # -
    # + negative = p_m**gamma_neg * ops.log(1 - p_m)
    loss = y_true * positive + (1 - y_true) * negative
    return -ops.mean(loss, axis=-1)


@broken(
    y_true=array([[0.0]], "float16"),
    y_pred=array([[0.0]], "float16"),
    gives=Returns([nan]),
    instead=Returns([0.0]),
    on={"fit_graph": Returns(0.0)},
    found_by="check_half_precision",
)
def epsilon_below_half_precision(
    y_true,
    y_pred,
    gamma_neg=4.0,
    gamma_pos=1.0,
    clip=0.05,
    eps=1e-8,
):
    """The loss is NaN in float16 as soon as a probability is 0.

    float16 has nothing between 0 and 6e-8, so an epsilon of 1e-8 is 0 and its logarithm
    is infinite. `fit` casts to float32 before the loss; a direct call and a custom
    training loop do not. Cast both to float32 first.
    """
    p = y_pred  # -
    # + y_true = ops.cast(y_true, "float32")
    # + p = ops.cast(y_pred, "float32")
    not_p = ops.minimum(1 - p + clip, 1)
    positive = y_true * ops.log(ops.maximum(p, eps))
    negative = ops.log(ops.maximum(not_p, eps))
    negative = (1 - y_true) * negative
    p_t = y_true * p + (1 - y_true) * not_p
    gamma = y_true * gamma_pos + (1 - y_true) * gamma_neg
    weight = (1 - p_t) ** gamma
    loss = weight * (positive + negative)
    return -ops.mean(loss, axis=-1)


@broken(
    y_true=[[1.0], [1.0]],
    y_pred=[[1.0], [0.5]],
    probe="sample_weight",
    sample_weight=[1.0, 0.0],
    gives=Returns(1 / 2 * log(2) / 2),
    instead=Returns(0.0),
    on={"call": Returns(1 / 2 * log(2))},
    found_by="check_one_value_per_sample",
    fix_misses="in a direct call its labels must be floats, and it clips "
    "probabilities as Keras does",
)
def sum_over_everything(
    y_true,
    y_pred,
    gamma_neg=4.0,
    gamma_pos=1.0,
    clip=0.05,
):
    """A sample of weight 0 still counts, and doubling the batch doubles the step.

    The paper's code returns the sum over samples and labels, one scalar, so there is no
    loss per sample to weight. Take the mean over the labels, and raise the learning
    rate by as much.
    """
    p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    p_m = ops.maximum(p - clip, 0)
    positive = (1 - p) ** gamma_pos * ops.log(p)
    negative = p_m**gamma_neg * ops.log(1 - p_m)
    loss = y_true * positive + (1 - y_true) * negative
    return -ops.sum(loss)  # -
    # + return -ops.mean(loss, axis=-1)


@broken(
    y_true=[[1.0], [0.0]],
    y_pred=[[1.0], [0.0]],
    gives=Returns([log(1 + exp(-1)) / (1 + exp(1)), -(0.45**4) * log(0.55)]),
    instead=Returns([0.0, 0.0]),
    found_by="check_logits_or_probabilities",
    fix_misses="in a direct call its labels must be floats, and it clips "
    "probabilities as Keras does",
)
def sigmoid_twice(
    y_true,
    y_pred,
    gamma_neg=4.0,
    gamma_pos=1.0,
    clip=0.05,
):
    """The loss of perfect predictions stays above 0.

    The paper's code takes logits, but this model ends in a sigmoid: probabilities of 0
    and 1 become 0.5 and 0.73. Remove one of the two; without this one, keep the
    probabilities off 0 and 1, where a logarithm is infinite.
    """
    p = ops.sigmoid(y_pred)  # -
    # + p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
    p_m = ops.maximum(p - clip, 0)
    positive = (1 - p) ** gamma_pos * ops.log(p)
    negative = p_m**gamma_neg * ops.log(1 - p_m)
    loss = y_true * positive + (1 - y_true) * negative
    return -ops.mean(loss, axis=-1)

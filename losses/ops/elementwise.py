"""Crossentropies before any mean is taken: one value per label, or per position.

Shared by the losses that differ only in what they reduce over, so that a formula
stands once.
"""

import math

from keras import ops

from losses.ops.shapes import fit_together, is_ids, plain, shown

# One unit in the last place of 1 in float32. A softmax may exceed 1 by that much.
EPSILON = 2.0**-23
# Where the tangent of the logarithm meets it that is log EPSILON at 0.
TOUCHING = math.e * EPSILON
# The smallest number above 0 that float32 holds with all its digits.
TINY = 2.0**-126


def log(probability):
    """The logarithm, continued by the tangent that reaches the logarithm of `EPSILON`
    at 0.

    Exact above 3.2e-7. At 0 and below, value and gradient stay finite and keep their
    sign, where `log` gives -inf and clipping gives a gradient of 0.
    """
    above = probability > TOUCHING  # under maximum, slopes of both sides would cancel
    logarithm = ops.log(ops.where(above, probability, TOUCHING))
    return logarithm + ops.where(above, 0.0, probability / TOUCHING - 1)


def probabilities(y_pred, from_logits):
    """The softmax of logits; or probabilities, divided by their sum."""
    return ops.softmax(y_pred) if from_logits else y_pred / _sum(y_pred)[..., None]


def yes_and_no(y_pred, from_logits):
    """p and 1 - p, then the logarithms of both."""
    if from_logits:
        log_p, log_q = -ops.softplus(-y_pred), -ops.softplus(y_pred)
        return ops.sigmoid(y_pred), ops.sigmoid(-y_pred), log_p, log_q
    return y_pred, 1 - y_pred, log(y_pred), log(1 - y_pred)


def binary_crossentropy(y_true, y_pred, from_logits, pos_weight, loss, least_rank=2):
    """One value per label: -(w t log p + (1 - t) log(1 - p)).

    `pos_weight` is None, a number, or a number for each label on the last axis, which
    there is from `least_rank` axes on.
    """
    if from_logits:
        negative, positive = ops.softplus(y_pred), ops.softplus(-y_pred)
    else:
        negative, positive = -log(1 - y_pred), -log(y_pred)
    if pos_weight is not None:
        weight = ops.convert_to_tensor(pos_weight, positive.dtype)
        labels = y_pred.shape[-1:] if len(y_pred.shape) >= least_rank else ()
        if len(weight.shape) and not (labels and fit_together(weight.shape, labels)):
            raise ValueError(
                f"{loss}: pos_weight has shape {shown(weight)}; it must be one number, "
                f"or one for each label on the last axis of y_pred {shown(y_pred)}."
            )
        if not ops.is_tensor(pos_weight):
            given = plain(pos_weight)
            for number in given if isinstance(given, (list, tuple)) else [given]:
                at_least_zero(loss, pos_weight=number)
        positive = positive * weight
    return y_true * positive + (1 - y_true) * negative


def crossentropy(labels, y_pred, from_logits, ignore_class, class_weight, loss):
    """One value per position, and which positions count.

    Args:
        labels: int32 ids `(batch, ...)`, or one-hot labels of the shape of `y_pred`.
        y_pred: `(batch, ..., classes)`.
        from_logits: `y_pred` holds logits, not probabilities, which are divided by
            their sum.
        ignore_class: id of the positions to leave out, or None.
        class_weight: one number for each class, or None.
        loss: the name that an error message starts with.

    Returns:
        `(batch, ...)` values, and `(batch, ...)` booleans or None where all count. An
        id outside of 0 … classes - 1 that is not ignored gives NaN, in every mode.
    """
    weight = weights(class_weight, y_pred, loss)
    terms = _of_ids if is_ids(labels, y_pred) else _of_one_hot
    return terms(labels, y_pred, from_logits, ignore_class, weight)


def weights(class_weight, y_pred, loss):
    """`class_weight` as a tensor, refused unless it has one number for each class.

    One that is a tensor already may come from the graph, where its numbers are not
    known; others are held to what `per_class` asks of them.
    """
    if class_weight is None:
        return None
    if not ops.is_tensor(class_weight):
        class_weight = per_class(class_weight, y_pred, "class_weight", loss)
    weight = ops.convert_to_tensor(class_weight, y_pred.dtype)
    given = f"class_weight has shape {shown(weight)}"
    _check_one_for_each(weight.shape, given, y_pred, loss)
    return weight


def per_class(numbers, y_pred, option, loss):
    """The numbers of an option as a list, refused unless there is one for each class,
    each 0 or more and one of them above.

    They stay numbers of Python: nothing is lost to float32, and a wrong one is seen
    while a graph is built.
    """
    numbers = plain(numbers)
    if isinstance(numbers, dict):
        numbers = _in_order(numbers, f"{loss}: {option}")
    several = isinstance(numbers, (list, tuple))
    sizes = (len(numbers),) if several else ()
    given = f"{option} " + (f"has {sizes[0]} numbers" if several else f"is {numbers}")
    _check_one_for_each(sizes, given, y_pred, loss)
    numbers = [plain(number) for number in numbers]
    for c, number in enumerate(numbers):
        if not (isinstance(number, (int, float)) and 0 <= number < float("inf")):
            raise ValueError(
                f"{loss}: {option} of class {c} is {number}; it must be 0 or more."
            )
    if not any(numbers):
        raise ValueError(f"{loss}: {option} is 0 for every class; one must count.")
    return [float(number) for number in numbers]


def counted_positions(labels, y_pred, ignore_class):
    """Which positions of class ids or one-hot labels count; None where all do."""
    if ignore_class is None:
        return None
    if is_ids(labels, y_pred):
        return labels != only_one(ignore_class)
    if 0 <= only_one(ignore_class) < labels.shape[-1]:
        return labels[..., ignore_class] < 0.5
    # In one-hot labels an id that no class has is a row of zeros.
    void = ops.logical_or(labels == 0, labels == ignore_class)
    return ops.logical_not(ops.all(void, axis=-1))


def only_one(ignore_class):
    """`ignore_class`, refused unless it is one number."""
    ignore_class = plain(ignore_class)
    if not isinstance(ignore_class, (int, float)):
        raise ValueError(
            f"ignore_class must be one number or None, not {ignore_class!r}. Several "
            "ids become one where the data are made: np.where(np.isin(ids, void), 255, "
            "ids)."
        )
    return ignore_class


def known_ids(ids, y_pred, counted):
    """Ids that can be looked up, and a factor: 1, or NaN for an id that counts and that
    no class has."""
    known = ops.logical_and(ids >= 0, ids < ops.shape(y_pred)[-1])
    valid = (
        known if counted is None else ops.logical_or(known, ops.logical_not(counted))
    )
    factor = ops.cast(ops.where(valid, 1.0, float("nan")), y_pred.dtype)
    return ops.where(known, ids, 0), factor


def at_ids(y_pred, ids, counted=None):
    """Of each position the number of its class; NaN where an id counts that no class
    has."""
    ids, factor = known_ids(ids, y_pred, counted)
    there = ops.take_along_axis(y_pred, ops.expand_dims(ids, -1), axis=-1)
    return there[..., 0] * factor


def at_least_zero(loss, **numbers):
    """Refuse options that are below 0, or no number."""
    for name, number in numbers.items():
        if not number >= 0:
            raise ValueError(f"{loss}: {name} must be 0 or more, not {number}")


def smoothing(amount, loss):
    """`label_smoothing`, refused outside of [0, 1]."""
    if not 0 <= amount <= 1:
        raise ValueError(f"{loss}: label_smoothing must be in [0, 1], not {amount}")
    return amount


def focus(missing, gamma, loss):
    """`missing ** gamma`: how much a focal loss counts of a label whose probability is
    `1 - missing`.

    Where nothing is missing it has no gradient: it belongs to a loss that is 0 there.
    The slope of a power below 1 is infinite there, and infinity times 0 is NaN.
    """
    at_least_zero(loss, gamma=gamma)
    some = missing > TINY
    return ops.where(some, ops.power(ops.where(some, missing, 1.0), gamma), 0.0**gamma)


def largest(y_pred):
    """The largest number on the last axis, which stays, as a constant: what a loss
    that does not change with it subtracts, so that nothing overflows."""
    # Keras refuses the `ops.max` of an empty batch.
    where = ops.argmax(y_pred, axis=-1, keepdims=True)
    return ops.stop_gradient(ops.take_along_axis(y_pred, where, axis=-1))


def without(y_pred, counted):
    """`y_pred` with 0 at the positions that do not count, so that nothing of what
    stands there, not even NaN, reaches value or gradient."""
    return y_pred if counted is None else ops.where(counted[..., None], y_pred, 0)


def largest_first(values, by, most=None):
    """`values` along the last axis in the order of `by`, the largest first: all of
    them, or the first `most`.

    NaN comes before everything: no cut hides it, and no sort gets it to compare.
    """
    key = ops.where(ops.isnan(by), float("inf"), by)
    order = ops.argsort(-key, axis=-1) if most is None else ops.top_k(key, most)[1]
    return ops.take_along_axis(values, order, axis=-1)


def _in_order(by_class, what):
    """The numbers of a dict, whose keys are text when it comes from a file."""
    keys = {str(key): key for key in by_class}
    wanted = [str(number) for number in range(len(by_class))]
    if keys.keys() != set(wanted):
        raise ValueError(
            f"{what} has the keys {list(by_class)}; it must have each class from 0 on, "
            "as a whole number, and nothing else."
        )
    return [by_class[keys[name]] for name in wanted]


def _check_one_for_each(sizes, given, y_pred, loss):
    if not fit_together(sizes, y_pred.shape[-1:]):
        raise ValueError(
            f"{loss}: {given}; y_pred has {y_pred.shape[-1]} classes, the size of its "
            "last axis, and needs one number for each, in the order of their ids."
        )


def _of_ids(ids, y_pred, from_logits, ignore_class, weight):
    counted = counted_positions(ids, y_pred, ignore_class)
    y_pred = without(y_pred, counted)
    chosen = at_ids(y_pred, ids, counted)
    if from_logits:
        values = ops.logsumexp(y_pred, axis=-1) - chosen
    else:
        values = -log(chosen / _sum(y_pred))
    if weight is not None:
        values = values * ops.take(weight, known_ids(ids, y_pred, counted)[0])
    return values, counted


def _sum(y_pred):
    """Of the probabilities of all classes; and 1 where they are none, of logits or at a
    position that is left out."""
    total = ops.sum(y_pred, axis=-1)
    return ops.where(total < EPSILON, 1.0, total)


def _of_one_hot(one_hot, y_pred, from_logits, ignore_class, weight):
    counted = counted_positions(one_hot, y_pred, ignore_class)
    y_pred = without(y_pred, counted)
    if from_logits:
        log_p = ops.log_softmax(y_pred)
    else:
        log_p = log(probabilities(y_pred, from_logits))
    weighted = one_hot if weight is None else one_hot * weight
    # A class that is not asked for may have a logit of -inf, and 0 · inf is no number.
    ruled_out = ops.logical_and(weighted == 0, log_p == float("-inf"))
    log_p = ops.where(ruled_out, 0.0, log_p)
    return -ops.sum(weighted * log_p, axis=-1), counted

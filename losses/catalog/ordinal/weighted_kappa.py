"""Weighted kappa: do labels and predictions agree better than by chance?"""

from typing import Literal

from keras import ops

from losses.ops.base import PerSampleLoss, loss_function
from losses.ops.class_labels import align_classes, is_ids, valid_class_ids
from losses.ops.refusals import Refused
from losses.ops.regions import share
from losses.ops.replicas import summed
from losses.ops.shapes import sum_per_sample


@loss_function(page="weighted_kappa/ids_as_a_distribution")
def weighted_kappa(
    y_true,
    y_pred,
    *,
    weightage: Literal["linear", "quadratic"] = "quadratic",
    epsilon: float = 1e-6,
    from_logits: bool = False,
):
    """Weighted kappa loss, one value per sample: the same for all samples of a batch.

        log(observed / expected + epsilon)
        observed = Σ_{b,c} w[t[b], c] · p[b, c]
        expected = Σ_{a,b,c} w[t[a], c] · p[b, c] / B

    A weight is how far two classes are apart. What is expected is the disagreement if
    predictions stood beside the labels of any sample, so the fraction is `1 - kappa`: 0
    is perfect, 1 no better than chance, 2 the worst there is.

    Of one sample alone, or of labels that are all one class, nothing can be said: the
    value is 0, or `log(epsilon)` where just that class is predicted, and there is no
    gradient. Have a few dozen samples in a batch.

    Args:
        y_true: `(batch,)` class ids from 0, lowest first, for `(batch, classes)`, with
            or without a trailing axis of size 1; or `(batch, classes)` one-hot or soft
            labels; or with more axes before the classes, every position of which counts
            as a sample; any dtype. Told apart by shape.
        y_pred: `(batch, ..., classes)` probabilities, or logits with `from_logits`.
        weightage: `"quadratic"` for the square of the number of steps between two
            classes, `"linear"` for that number.
        epsilon: above 0. The logarithm of it is the lowest value, of perfect agreement.
        from_logits: whether `y_pred` holds logits.

    Returns:
        `(batch,)` values, all the same, from `log(epsilon)` to `log(2 + epsilon)`,
        float32 or wider. Batch-coupled: on several replicas of `tf.distribute` the
        batch is that of all of them together. `sample_weight` and `class_weight` scale
        the value and choose no samples. A row of zeros as label counts nothing. An id
        that no class has makes every value NaN in every mode.

    Raises:
        ValueError: shapes that do not fit; another `weightage`; an `epsilon` of 0 or
            less.
        TypeError: `y_pred` holds integers.

    Example:
        >>> loss = weighted_kappa([0, 2], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
        >>> float(loss[0]), float(loss[1])  # 1, expected (0 + 1 + 4 + 1) / 2: log 1/3
        (-1.098..., -1.098...)

    Source:
        de La Torre, Puig and Valls, Weighted kappa loss function for multi-class
        classification of ordinal data in deep learning, 2018, Pattern Recognition
        Letters 105, https://doi.org/10.1016/j.patrec.2017.05.018. It gives the numbers
        of `WeightedKappaLoss` of TensorFlow Addons, which returns a scalar and takes
        the weight of a soft label from its mean class; here it is the mean of the
        weights, as in the part that is expected.
    """
    if weightage not in ("linear", "quadratic"):
        raise Refused(f"weightage must be 'linear' or 'quadratic', not {weightage!r}")
    if not epsilon > 0:
        raise Refused(
            f"epsilon must be above 0, not {epsilon}: the logarithm of perfect "
            "agreement would be infinite. "
            "More: losses explain weighted_kappa/log_of_perfect_agreement"
        )
    labels, y_pred = align_classes(y_true, y_pred)
    p = ops.softmax(y_pred) if from_logits else y_pred
    weight, mass = (_of_ids if is_ids(labels, p) else _of_shares)(labels, p, weightage)

    parts = weight * p, weight, mass * p, mass
    parts = [sum_per_sample(part, by_class=True) for part in parts]
    every = ops.ones_like(parts[-1][:, 0])
    apart, weight, p, mass = summed([ops.sum(part, axis=0) for part in parts])
    observed, expected = ops.sum(apart) * mass[0], ops.sum(weight * p)
    return every * ops.log(share(observed, expected) + epsilon)


class WeightedKappa(PerSampleLoss, of=weighted_kappa):
    """`weighted_kappa` for `model.compile`."""


def _of_ids(ids, p, weightage):
    """The weight of each class beside the label, and how much the label counts: 1, or
    NaN for an id of no class."""
    ids, factor = valid_class_ids(ids, p)
    ids = ops.cast(ops.expand_dims(ids, -1), p.dtype)
    return _weights(ids, p, weightage), ops.expand_dims(factor, -1)


def _of_shares(shares, p, weightage):
    """The same for one-hot or soft labels, which count by their sum."""
    each = ops.expand_dims(ops.arange(ops.shape(p)[-1], dtype=p.dtype), -1)
    weight = ops.matmul(shares, _weights(each, p, weightage))
    return weight, ops.sum(shares, axis=-1, keepdims=True)


def _weights(classes, p, weightage):
    """How far each class is from these. It is not divided by what the farthest is,
    which stands above and below the fraction."""
    steps = ops.abs(classes - ops.arange(ops.shape(p)[-1], dtype=p.dtype))
    return steps if weightage == "linear" else ops.square(steps)

# Written by python -m losses.source.stub
"""Reference losses for Keras 3, each beside the mistakes it avoids."""

from collections.abc import Callable
from typing import Literal, overload

import keras

from losses.catalog.binary.asymmetric import asymmetric as asymmetric
from losses.catalog.binary.binary_crossentropy import (
    binary_crossentropy as binary_crossentropy,
)
from losses.catalog.binary.binary_focal import binary_focal as binary_focal
from losses.catalog.binary.multilabel_crossentropy import (
    multilabel_crossentropy as multilabel_crossentropy,
)
from losses.catalog.multiclass.bi_tempered_logistic import (
    bi_tempered_logistic as bi_tempered_logistic,
)
from losses.catalog.multiclass.categorical_crossentropy import (
    categorical_crossentropy as categorical_crossentropy,
)
from losses.catalog.multiclass.class_balanced_crossentropy import (
    class_balanced_crossentropy as class_balanced_crossentropy,
)
from losses.catalog.multiclass.logit_adjusted_crossentropy import (
    logit_adjusted_crossentropy as logit_adjusted_crossentropy,
)
from losses.catalog.multiclass.poly1_crossentropy import (
    poly1_crossentropy as poly1_crossentropy,
)
from losses.catalog.multiclass.sparse_categorical_crossentropy import (
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
)
from losses.catalog.multiclass.sparse_categorical_focal import (
    sparse_categorical_focal as sparse_categorical_focal,
)
from losses.catalog.multiclass.sparsemax_loss import sparsemax_loss as sparsemax_loss
from losses.catalog.multiclass.symmetric_crossentropy import (
    symmetric_crossentropy as symmetric_crossentropy,
)
from losses.catalog.multitask.multitask import (
    Multitask as Multitask,
    multitask as multitask,
)
from losses.catalog.multitask.weighted_multi_output import (
    WeightedMultiOutput as WeightedMultiOutput,
    weighted_multi_output as weighted_multi_output,
)
from losses.catalog.ordinal.corn import corn as corn
from losses.catalog.ordinal.squared_emd import squared_emd as squared_emd
from losses.catalog.ordinal.weighted_kappa import weighted_kappa as weighted_kappa
from losses.catalog.regression.mean_absolute_error import (
    mean_absolute_error as mean_absolute_error,
)
from losses.catalog.regression.mean_squared_error import (
    mean_squared_error as mean_squared_error,
)
from losses.catalog.segmentation.boundary import boundary as boundary
from losses.catalog.segmentation.cldice import cldice as cldice
from losses.catalog.segmentation.deep_supervision import (
    DeepSupervision as DeepSupervision,
    deep_supervision as deep_supervision,
)
from losses.catalog.segmentation.dice import dice as dice
from losses.catalog.segmentation.dice_crossentropy import (
    dice_crossentropy as dice_crossentropy,
)
from losses.catalog.segmentation.focal_tversky import focal_tversky as focal_tversky
from losses.catalog.segmentation.generalized_dice import (
    generalized_dice as generalized_dice,
)
from losses.catalog.segmentation.jaccard import jaccard as jaccard
from losses.catalog.segmentation.lovasz_hinge import lovasz_hinge as lovasz_hinge
from losses.catalog.segmentation.lovasz_softmax import lovasz_softmax as lovasz_softmax
from losses.catalog.segmentation.pixelwise_binary_crossentropy import (
    pixelwise_binary_crossentropy as pixelwise_binary_crossentropy,
)
from losses.catalog.segmentation.pixelwise_crossentropy import (
    pixelwise_crossentropy as pixelwise_crossentropy,
)
from losses.catalog.segmentation.top_k_crossentropy import (
    top_k_crossentropy as top_k_crossentropy,
)
from losses.catalog.segmentation.tversky import tversky as tversky
from losses.checker import parametrize_with_rules as parametrize_with_rules
from losses.checker.report import Report
from losses.ops.base import PerSampleLoss
from losses.ops.distance import signed_distance as signed_distance

__version__: str

def register() -> None:
    """Make every loss known to `keras.models.load_model`."""

@overload
def check(
    model: keras.Model,
    x,
    y=None,
    sample_weight=None,
    class_weight=None,
    *,
    batch_size=None,
    expect=(),
    skip=None,
    only=(),
    quick=False,
    seconds=None,
) -> Report:
    """Tell what is wrong between a compiled model, its losses, its data and weights.

    One batch is looked at: of arrays at most 64 rows from everywhere, unless
    `batch_size` or the model asks for another number. The model stays as it is: its
    weights, its optimizer, its metrics, what it has compiled, and the random state of
    Keras and its backend. A model that has no weights yet is built, as `fit` would
    build it, and a generator has one batch less. Of a model that trains by a
    `train_step` of its own, only what comes of such a step is looked at.

    Args:
        model: A compiled `keras.Model` of any kind.
        x: Inputs as `fit` takes them: arrays, tensors, lists or dicts of them, a
            `tf.data.Dataset`, a `keras.utils.PyDataset`, a PyTorch `DataLoader`, a
            generator.
        y: Labels as `fit` takes them beside arrays.
        sample_weight: Weights as `fit` takes them.
        class_weight: `{class: weight}` as `fit` takes it.
        batch_size: As `fit` takes it beside arrays, where the model or its loss needs
            a batch of this size.
        expect: What the losses do by design, as for a lone loss.
        skip: `{rule: reason}` for rules that are known to fail.
        only: The names of the rules to look at, instead of all.
        quick: Leave out what compiles with XLA, fits, or saves.
        seconds: The limit for each rule in seconds of processor time, as for a loss.

    Returns:
        A `Report` with a row in `.outputs` for each output: its head, loss, labels and
        weights as they were read.

    Raises:
        TypeError: The data are none that `fit` takes, or `skip` gives no reasons.
        ValueError: The model is not compiled, `fit` refuses the data, or a word or rule
            is not known.

    Example:
        >>> import keras, losses, numpy as np
        >>> model = keras.Sequential(
        ...     [keras.Input((4,)), keras.layers.Dense(1, "softmax")])
        >>> model.compile(loss="binary_crossentropy")
        >>> report = losses.check(model, np.random.rand(8, 4), np.arange(8) % 2)
        >>> report.of("error")[0].rule
        'check_head_can_change'
    """

@overload
def check(
    loss: Callable | keras.losses.Loss | str,
    y_true,
    y_pred,
    *,
    sample_weight=None,
    task=None,
    from_logits=None,
    expect=(),
    like=None,
    skip=None,
    only=(),
    quick=False,
    seconds=None,
) -> Report:
    """Tell what is wrong with a loss.

    Args:
        loss: A function `(y_true, y_pred)`, a `keras.losses.Loss`, the name of a loss
            of Keras, a lambda, a `functools.partial`.
        y_true: Example labels `(batch, ...)`: an array, a tensor, nested lists; or a
            tuple of sizes, and labels of that shape are made up.
        y_pred: Example predictions `(batch, ...)`, floats, likewise. Give at least as
            many samples as a batch needs to show every class.
        sample_weight: Weights as `fit` would get them, numbers of shape `(batch,)` or
            `(batch, 1)`, or one for each position.
        task: What the tensors are, and what is made up is like: `"binary"`,
            `"multiclass"`, `"regression"`, `"segmentation"`. Without it class ids are
            told by their shape and whole numbers.
        from_logits: Whether the predictions are logits (True) or probabilities (False).
            Without it, it is read off their range.
        expect: What the loss does by design, a word or several: `"scalar"` (one number
            for the batch), `"batch"` (it needs the whole batch), `"order"` (the place
            in the batch means something), `"random"`, `"labels_unused"`, `"no_minimum"`
            (y_pred is no estimate of y_true).
        like: A loss that it should equal, in any of the forms of `loss`.
        skip: `{rule: reason}` for rules that are known to fail. A skip that is not
            needed is reported.
        only: The names of the rules to look at, instead of all.
        quick: Leave out what compiles with XLA, fits, or saves.
        seconds: The limit for each rule in seconds of processor time, 10 if nothing is
            said (30 on JAX), so that a busy machine changes nothing. When three times
            as much was used in all, the rest is left out. A loss that sleeps or hangs
            is left after a minute by the clock, or ten times as many seconds.

    Returns:
        A `Report`, true where nothing is wrong and no rule was left out. It prints as a
        table, and has `.findings`, `.complete` and `.to_json()`. Where Keras runs on
        another backend than TensorFlow, rules that read its graphs are not asked; the
        report names them. Afterwards the seed of TensorFlow or PyTorch is 0.

    Raises:
        TypeError: The loss cannot be called, predictions are no floats, or `skip` gives
            no reasons.
        ValueError: The tensors are no tensors of numbers with the same first axis, a
            word, rule or name is not known, `quick` leaves out a rule of `only`, or
            `seconds` is not above 0.

    Example:
        >>> import keras, losses
        >>> def loss(y_true, y_pred):
        ...     return keras.ops.mean(y_true - y_pred, axis=-1)
        >>> report = losses.check(loss, (8, 2), (8, 2))
        >>> bool(report)
        False
        >>> print(report.of("error")[0].sentence)
        Other labels give the same gradient: ...
    """

class Asymmetric(PerSampleLoss):
    """`asymmetric` for `model.compile`.

    Args:
        gamma_neg: 0 or more; focus of the negatives.
        gamma_pos: 0 or more; focus of the positives, not above `gamma_neg` as a rule.
        clip: in [0, 1); what is taken off the probability of the negatives, and of them
            alone. The surest of the wrong ones are taken for wrong labels: from logits
            their gradient goes to 0, however wrong. 0 keeps it.
        from_logits: whether `y_pred` holds logits.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        gamma_neg: float = 4.0,
        gamma_pos: float = 1.0,
        clip: float = 0.05,
        from_logits: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str = "asymmetric",
        dtype: str | None = None,
    ) -> None: ...

class BinaryCrossentropy(PerSampleLoss):
    """`binary_crossentropy` for `model.compile`.

    Args:
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does. Prefer them: a probability of exactly 0 or 1 has
            forgotten how far off it was.
        pos_weight: factor on the positives, one number or one for each label. Above 1
            for more recall, below 1 for more precision.
        label_smoothing: in [0, 1]; labels become `t · (1 - s) + s / 2`.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        from_logits: bool = False,
        pos_weight=None,
        label_smoothing: float = 0.0,
        reduction: str | None = "sum_over_batch_size",
        name: str = "binary_crossentropy",
        dtype: str | None = None,
    ) -> None: ...

class BinaryFocal(PerSampleLoss):
    """`binary_focal` for `model.compile`.

    Args:
        alpha: in [0, 1]; factor on the positives, with `1 - alpha` on the negatives.
            Low by default, although positives are rare: the focus has already taken
            most of their weight from the many easy negatives. None for no factor.
        gamma: 0 or more; the larger, the less the easy ones count. 0 is crossentropy.
        from_logits: whether `y_pred` holds logits. Prefer them: a probability of
            exactly 0 or 1 has forgotten how far off it was.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        alpha: float | None = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str = "binary_focal",
        dtype: str | None = None,
    ) -> None: ...

class MultilabelCrossentropy(PerSampleLoss):
    """`multilabel_crossentropy` for `model.compile`.

    Args:
        missing: value of `y_true` at the labels that are left out; NaN is always left
            out. A -1 kept as uint8 has become 255.
        pos_weight: factor on the positives, one number or one for each label. The mean
            is not divided by it.
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        missing: float = -1,
        pos_weight=None,
        from_logits: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str = "multilabel_crossentropy",
        dtype: str | None = None,
    ) -> None: ...

class BiTemperedLogistic(PerSampleLoss):
    """`bi_tempered_logistic` for `model.compile`.

    Args:
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
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        t1: float = 0.8,
        t2: float = 1.3,
        label_smoothing: float = 0.0,
        iterations: int = 5,
        reduction: str | None = "sum_over_batch_size",
        name: str = "bi_tempered_logistic",
        dtype: str | None = None,
    ) -> None: ...

class CategoricalCrossentropy(PerSampleLoss):
    """`categorical_crossentropy` for `model.compile`.

    Args:
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does.
        label_smoothing: in [0, 1]; labels become `t · (1 - s) + s · Σ t / classes`. A
            row of zeros stays one, so that a row blanked out counts nothing.
        class_weight: one factor for each class. Not divided by their sum, so it does
            what `fit(class_weight=...)` does.
        axis: where the classes are.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        class_weight=None,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_crossentropy",
        dtype: str | None = None,
    ) -> None: ...

class ClassBalancedCrossentropy(PerSampleLoss):
    """`class_balanced_crossentropy` for `model.compile`.

    Args:
        counts: how many samples of each class there are in the training data, 1 or
            more: a sequence in the order of the ids, or a dict. Not of the batch, and
            not shares.
        beta: in [0, 1). With 0 every class has the same weight; the nearer to 1, the
            nearer the weights come to one over the count. Above some 1 / (1 - beta)
            samples, 1000 for 0.999, more of them make a class hardly any lighter.
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        counts,
        beta: float = 0.999,
        from_logits: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str = "class_balanced_crossentropy",
        dtype: str | None = None,
    ) -> None: ...

class LogitAdjustedCrossentropy(PerSampleLoss):
    """`logit_adjusted_crossentropy` for `model.compile`.

    Args:
        priors: how common each class is in the training data, 0 or more: a sequence in
            the order of the ids, or a dict. Divided by their sum, so counts will do.
        tau: 0 or more: how much of it. With 0 this is the crossentropy.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        priors,
        tau: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str = "logit_adjusted_crossentropy",
        dtype: str | None = None,
    ) -> None: ...

class Poly1Crossentropy(PerSampleLoss):
    """`poly1_crossentropy` for `model.compile`.

    Args:
        epsilon: -1 or more. Above 0 it pulls harder on what is predicted well already,
            below 0 less; with 0 this is the crossentropy.
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        epsilon: float = 1.0,
        from_logits: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str = "poly1_crossentropy",
        dtype: str | None = None,
    ) -> None: ...

class SparseCategoricalCrossentropy(PerSampleLoss):
    """`sparse_categorical_crossentropy` for `model.compile`.

    Args:
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does.
        ignore_class: id of the positions that are left out of the mean. It need not
            be one of the classes: 255 and -1 will do.
        class_weight: one factor for each class. Not divided by their sum, so it does
            what `fit(class_weight=...)` does, and also where that raises.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        from_logits: bool = False,
        ignore_class: int | None = None,
        class_weight=None,
        reduction: str | None = "sum_over_batch_size",
        name: str = "sparse_categorical_crossentropy",
        dtype: str | None = None,
    ) -> None: ...

class SparseCategoricalFocal(PerSampleLoss):
    """`sparse_categorical_focal` for `model.compile`.

    Args:
        gamma: 0 or more: how much less the labels count that are predicted well. With
            0 this is the crossentropy; with 2 a probability of 0.9 counts a hundredth.
        alpha: one factor for each class, a sequence. Not divided by their sum. One
            number for all is refused: it would change the step size and nothing else.
        from_logits: whether `y_pred` holds logits. A loss of exactly 0 or in the
            millions means that it does.
        ignore_class: id of the positions that are left out of the mean. It need not
            be one of the classes: 255 and -1 will do.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        gamma: float = 2.0,
        alpha=None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str = "sparse_categorical_focal",
        dtype: str | None = None,
    ) -> None: ...

class SparsemaxLoss(PerSampleLoss):
    """`sparsemax_loss` for `model.compile`.

    Args:
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        reduction: str | None = "sum_over_batch_size",
        name: str = "sparsemax_loss",
        dtype: str | None = None,
    ) -> None: ...

class SymmetricCrossentropy(PerSampleLoss):
    """`symmetric_crossentropy` for `model.compile`.

    Args:
        alpha: 0 or more: the factor of the crossentropy, which learns faster. The more
            labels are wrong, the smaller.
        beta: 0 or more: the factor of the reverse crossentropy, which tolerates more.
            With 0 this is the crossentropy times alpha.
        log_zero: below 0: what counts as the logarithm of a label of 0. Labels above 0,
            however small, keep their own.
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        alpha: float = 0.1,
        beta: float = 1.0,
        log_zero: float = -4.0,
        from_logits: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str = "symmetric_crossentropy",
        dtype: str | None = None,
    ) -> None: ...

class Corn(PerSampleLoss):
    """`corn` for `model.compile`.

    Args:
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        reduction: str | None = "sum_over_batch_size",
        name: str = "corn",
        dtype: str | None = None,
    ) -> None: ...

class SquaredEmd(PerSampleLoss):
    """`squared_emd` for `model.compile`.

    Args:
        from_logits: whether `y_pred` holds logits. Their softmax is taken, and where it
            is certain of a wrong class there is next to no gradient: the distance is
            one between probabilities. It goes well with a crossentropy beside it.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        from_logits: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str = "squared_emd",
        dtype: str | None = None,
    ) -> None: ...

class WeightedKappa(PerSampleLoss):
    """`weighted_kappa` for `model.compile`.

    Args:
        weightage: `"quadratic"` for the square of the number of steps between two
            classes, `"linear"` for that number.
        epsilon: above 0. The logarithm of it is the lowest value, of perfect agreement.
        from_logits: whether `y_pred` holds logits.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        weightage: Literal["linear", "quadratic"] = "quadratic",
        epsilon: float = 1e-06,
        from_logits: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str = "weighted_kappa",
        dtype: str | None = None,
    ) -> None: ...

class MeanAbsoluteError(PerSampleLoss):
    """`mean_absolute_error` for `model.compile`.

    Args:
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_absolute_error",
        dtype: str | None = None,
    ) -> None: ...

class MeanSquaredError(PerSampleLoss):
    """`mean_squared_error` for `model.compile`.

    Args:
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_squared_error",
        dtype: str | None = None,
    ) -> None: ...

class Boundary(PerSampleLoss):
    """`boundary` for `model.compile`.

    Args:
        from_logits: take the softmax of `y_pred` over the classes, or the sigmoid
            where there is one. Of logits as far off as -100 or 100 neither passes a
            gradient: where that happens, add a crossentropy.
        class_weight: one factor for each class in the mean over the classes: `[0, 1]`
            leaves out a background.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        from_logits: bool = False,
        class_weight=None,
        reduction: str | None = "sum_over_batch_size",
        name: str = "boundary",
        dtype: str | None = None,
    ) -> None: ...

class Cldice(PerSampleLoss):
    """`cldice` for `model.compile`.

    Args:
        iterations: how often a mask is thinned, at least half the width of the widest
            object in pixels.
        smooth: added above and below; an empty mask predicted empty is 0 even for 0.
        from_logits: take the softmax of `y_pred` over the classes, or the sigmoid
            where there is one. Of logits as far off as -100 or 100 neither passes a
            gradient: where that happens, add a crossentropy.
        class_weight: one factor for each class in the mean over the classes: `[0, 1]`
            leaves out a background.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        iterations: int = 3,
        smooth: float = 1.0,
        from_logits: bool = False,
        class_weight=None,
        reduction: str | None = "sum_over_batch_size",
        name: str = "cldice",
        dtype: str | None = None,
    ) -> None: ...

class Dice(PerSampleLoss):
    """`dice` for `model.compile`.

    Args:
        smooth: added above and below; an empty mask predicted empty is 0 even for 0.
        from_logits: take the softmax of `y_pred` over the classes, or the sigmoid
            where there is one. Of logits as far off as -100 or 100 neither passes a
            gradient: where that happens, add a crossentropy.
        ignore_class: value of `y_true` at the pixels that are left out.
        class_weight: one factor for each class in the mean over the classes.
        over: `"image"` or `"batch"`.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        smooth: float = 1.0,
        from_logits: bool = False,
        ignore_class: int | None = None,
        class_weight=None,
        over: Literal["image", "batch"] = "image",
        reduction: str | None = "sum_over_batch_size",
        name: str = "dice",
        dtype: str | None = None,
    ) -> None: ...

class DiceCrossentropy(PerSampleLoss):
    """`dice_crossentropy` for `model.compile`.

    Args:
        dice_weight: factor on Dice, 0 or more.
        ce_weight: factor on the crossentropy, 0 or more.
        smooth: added above and below in Dice, as in `dice`.
        from_logits: take the softmax of `y_pred` over the classes, or the sigmoid
            where there is one. It holds for both.
        ignore_class: value of `y_true` at the pixels that both leave out.
        class_weight: one factor for each class. In Dice it weights the mean over the
            classes; in the crossentropy it is a factor on the pixels of the class, not
            divided by their sum. For one class that is `pos_weight`.
        over: `"image"` or `"batch"`, for Dice; the crossentropy stays that of an image.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        dice_weight: float = 1.0,
        ce_weight: float = 1.0,
        smooth: float = 1.0,
        from_logits: bool = False,
        ignore_class: int | None = None,
        class_weight=None,
        over: Literal["image", "batch"] = "image",
        reduction: str | None = "sum_over_batch_size",
        name: str = "dice_crossentropy",
        dtype: str | None = None,
    ) -> None: ...

class FocalTversky(PerSampleLoss):
    """`focal_tversky` for `model.compile`.

    Args:
        gamma: above 0; the exponent is `1 / gamma`. 1 is `tversky`.
        alpha: factor on the false positives, 0 or more.
        beta: factor on the false negatives, 0 or more.
        smooth: added above and below; an empty mask predicted empty is 0 even for 0.
        from_logits: take the softmax of `y_pred` over the classes, or the sigmoid
            where there is one. Of logits as far off as -100 or 100 neither passes a
            gradient: where that happens, add a crossentropy.
        ignore_class: value of `y_true` at the pixels that are left out.
        class_weight: one factor for each class in the mean over the classes.
        over: `"image"` or `"batch"`.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        gamma: float = 4 / 3,
        alpha: float = 0.5,
        beta: float = 0.5,
        smooth: float = 1.0,
        from_logits: bool = False,
        ignore_class: int | None = None,
        class_weight=None,
        over: Literal["image", "batch"] = "image",
        reduction: str | None = "sum_over_batch_size",
        name: str = "focal_tversky",
        dtype: str | None = None,
    ) -> None: ...

class GeneralizedDice(PerSampleLoss):
    """`generalized_dice` for `model.compile`.

    Args:
        smooth: added above and below, after the weighting. The weights are tiny for
            large images, so it must be, too: an object of 1 % of 512 × 512 pixels that
            is missed altogether costs 0.98 by default and 0.0004 with a `smooth` of 1.
        from_logits: take the softmax of `y_pred` over the classes, or the sigmoid
            where there is one. Of logits as far off as -100 or 100 neither passes a
            gradient: where that happens, add a crossentropy.
        ignore_class: value of `y_true` at the pixels that are left out.
        class_weight: one factor for each class, on its weight `w`.
        over: `"image"` or `"batch"`.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        smooth: float = 1e-06,
        from_logits: bool = False,
        ignore_class: int | None = None,
        class_weight=None,
        over: Literal["image", "batch"] = "image",
        reduction: str | None = "sum_over_batch_size",
        name: str = "generalized_dice",
        dtype: str | None = None,
    ) -> None: ...

class Jaccard(PerSampleLoss):
    """`jaccard` for `model.compile`.

    Args:
        smooth: added above and below; an empty mask predicted empty is 0 even for 0.
        from_logits: take the softmax of `y_pred` over the classes, or the sigmoid
            where there is one. Of logits as far off as -100 or 100 neither passes a
            gradient: where that happens, add a crossentropy.
        ignore_class: value of `y_true` at the pixels that are left out.
        class_weight: one factor for each class in the mean over the classes.
        over: `"image"` or `"batch"`.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        smooth: float = 1.0,
        from_logits: bool = False,
        ignore_class: int | None = None,
        class_weight=None,
        over: Literal["image", "batch"] = "image",
        reduction: str | None = "sum_over_batch_size",
        name: str = "jaccard",
        dtype: str | None = None,
    ) -> None: ...

class LovaszHinge(PerSampleLoss):
    """`lovasz_hinge` for `model.compile`.

    Args:
        classes: `"all"`: the mean over all masks; one that is empty costs 1 + z of the
            highest logit, a false alarm. `"present"`: over those that are not empty, in
            the image or in the batch; where all are, the value is 0.
        ignore_class: value of `y_true` at the pixels that are left out.
        over: `"image"` or `"batch"`.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        classes: Literal["all", "present"] = "all",
        ignore_class: int | None = None,
        over: Literal["image", "batch"] = "image",
        reduction: str | None = "sum_over_batch_size",
        name: str = "lovasz_hinge",
        dtype: str | None = None,
    ) -> None: ...

class LovaszSoftmax(PerSampleLoss):
    """`lovasz_softmax` for `model.compile`.

    Args:
        classes: `"present"`: the mean over the classes that the labels of the image
            have, or those of the batch; what is predicted of another is not seen by
            itself. `"all"`: over all; one that is absent costs its largest
            probability. Take it for a single class, whose empty masks teach nothing
            otherwise.
        ignore_class: value of `y_true` at the pixels that are left out.
        over: `"image"` or `"batch"`.
        from_logits: take the softmax of `y_pred` over the classes, or the sigmoid
            where there is one. Of logits as far off as -100 or 100 neither passes a
            gradient: where that happens, add a crossentropy.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        classes: Literal["present", "all"] = "present",
        ignore_class: int | None = None,
        over: Literal["image", "batch"] = "image",
        from_logits: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str = "lovasz_softmax",
        dtype: str | None = None,
    ) -> None: ...

class PixelwiseBinaryCrossentropy(PerSampleLoss):
    """`pixelwise_binary_crossentropy` for `model.compile`.

    Args:
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does.
        pos_weight: factor on the foreground, one number or one for each label.
        per_pixel: return the map instead of its mean, without a trailing 1, for a
            `sample_weight` of that shape. The class refuses any other.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        from_logits: bool = False,
        pos_weight=None,
        per_pixel: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str = "pixelwise_binary_crossentropy",
        dtype: str | None = None,
    ) -> None: ...

class PixelwiseCrossentropy(PerSampleLoss):
    """`pixelwise_crossentropy` for `model.compile`.

    Args:
        from_logits: whether `y_pred` holds logits. A loss below 0 or in the millions
            means that it does.
        ignore_class: id of the pixels that are left out of the mean, such as the void
            label 255. In one-hot labels an id that no class has is a row of zeros.
        class_weight: one factor for each class. Not divided by their sum. This is the
            place for it: `fit(class_weight=...)` does not accept masks.
        per_pixel: return the map instead of its mean, 0 where ignored, for a
            `sample_weight` of that shape; the class refuses any other. Keras takes the
            mean of the pixels that are not ignored.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        from_logits: bool = False,
        ignore_class: int | None = None,
        class_weight=None,
        per_pixel: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str = "pixelwise_crossentropy",
        dtype: str | None = None,
    ) -> None: ...

class TopKCrossentropy(PerSampleLoss):
    """`top_k_crossentropy` for `model.compile`.

    Args:
        fraction: which part of the pixels of an image counts, above 0, at most 1.
        from_logits: whether `y_pred` holds logits: of the softmax over the classes, or
            of the sigmoid where there is one.
        ignore_class: value of `y_true` at the pixels that are left out: they are not
            ranked, and `fraction` is that of the others.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        fraction: float = 0.3,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str = "top_k_crossentropy",
        dtype: str | None = None,
    ) -> None: ...

class Tversky(PerSampleLoss):
    """`tversky` for `model.compile`.

    Args:
        alpha: factor on the false positives, 0 or more.
        beta: factor on the false negatives, 0 or more. The two need not add up to 1.
        smooth: added above and below; an empty mask predicted empty is 0 even for 0.
        from_logits: take the softmax of `y_pred` over the classes, or the sigmoid
            where there is one. Of logits as far off as -100 or 100 neither passes a
            gradient: where that happens, add a crossentropy.
        ignore_class: value of `y_true` at the pixels that are left out.
        class_weight: one factor for each class in the mean over the classes.
        over: `"image"` or `"batch"`.
        reduction: `"sum_over_batch_size"` for the mean over the batch, `"sum"`, or
            None for one value per sample. With a `sample_weight` of shape `(batch, 1)`
            these come back as `(batch, 1)`, as from the losses of Keras.
        name: what error messages begin with.
        dtype: float32 or wider; half precision is computed in float32.
    """

    def __init__(
        self,
        *,
        alpha: float = 0.5,
        beta: float = 0.5,
        smooth: float = 1.0,
        from_logits: bool = False,
        ignore_class: int | None = None,
        class_weight=None,
        over: Literal["image", "batch"] = "image",
        reduction: str | None = "sum_over_batch_size",
        name: str = "tversky",
        dtype: str | None = None,
    ) -> None: ...

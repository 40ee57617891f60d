"""Reference losses for Keras 3, each beside the mistakes it avoids.

>>> import losses
>>> losses.Dice()
<losses.catalog.segmentation.dice.Dice object at ...>

Nothing is imported until it is asked for; `import losses` takes milliseconds.
"""

import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for editors; a test keeps this list equal to the catalog
    from losses.catalog.binary.asymmetric import (
        Asymmetric as Asymmetric,
        asymmetric as asymmetric,
    )
    from losses.catalog.binary.binary_crossentropy import (
        BinaryCrossentropy as BinaryCrossentropy,
        binary_crossentropy as binary_crossentropy,
    )
    from losses.catalog.binary.binary_focal import (
        BinaryFocal as BinaryFocal,
        binary_focal as binary_focal,
    )
    from losses.catalog.binary.multilabel_crossentropy import (
        MultilabelCrossentropy as MultilabelCrossentropy,
        multilabel_crossentropy as multilabel_crossentropy,
    )
    from losses.catalog.multiclass.bi_tempered_logistic import (
        BiTemperedLogistic as BiTemperedLogistic,
        bi_tempered_logistic as bi_tempered_logistic,
    )
    from losses.catalog.multiclass.categorical_crossentropy import (
        CategoricalCrossentropy as CategoricalCrossentropy,
        categorical_crossentropy as categorical_crossentropy,
    )
    from losses.catalog.multiclass.class_balanced_crossentropy import (
        ClassBalancedCrossentropy as ClassBalancedCrossentropy,
        class_balanced_crossentropy as class_balanced_crossentropy,
    )
    from losses.catalog.multiclass.logit_adjusted_crossentropy import (
        LogitAdjustedCrossentropy as LogitAdjustedCrossentropy,
        logit_adjusted_crossentropy as logit_adjusted_crossentropy,
    )
    from losses.catalog.multiclass.poly1_crossentropy import (
        Poly1Crossentropy as Poly1Crossentropy,
        poly1_crossentropy as poly1_crossentropy,
    )
    from losses.catalog.multiclass.sparse_categorical_crossentropy import (
        SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
        sparse_categorical_crossentropy as sparse_categorical_crossentropy,
    )
    from losses.catalog.multiclass.sparse_categorical_focal import (
        SparseCategoricalFocal as SparseCategoricalFocal,
        sparse_categorical_focal as sparse_categorical_focal,
    )
    from losses.catalog.multiclass.sparsemax_loss import (
        SparsemaxLoss as SparsemaxLoss,
        sparsemax_loss as sparsemax_loss,
    )
    from losses.catalog.multiclass.symmetric_crossentropy import (
        SymmetricCrossentropy as SymmetricCrossentropy,
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
    from losses.catalog.ordinal.corn import (
        Corn as Corn,
        corn as corn,
    )
    from losses.catalog.ordinal.squared_emd import (
        SquaredEmd as SquaredEmd,
        squared_emd as squared_emd,
    )
    from losses.catalog.ordinal.weighted_kappa import (
        WeightedKappa as WeightedKappa,
        weighted_kappa as weighted_kappa,
    )
    from losses.catalog.regression.mean_absolute_error import (
        MeanAbsoluteError as MeanAbsoluteError,
        mean_absolute_error as mean_absolute_error,
    )
    from losses.catalog.regression.mean_squared_error import (
        MeanSquaredError as MeanSquaredError,
        mean_squared_error as mean_squared_error,
    )
    from losses.catalog.segmentation.boundary import (
        Boundary as Boundary,
        boundary as boundary,
    )
    from losses.catalog.segmentation.cldice import (
        Cldice as Cldice,
        cldice as cldice,
    )
    from losses.catalog.segmentation.deep_supervision import (
        DeepSupervision as DeepSupervision,
        deep_supervision as deep_supervision,
    )
    from losses.catalog.segmentation.dice import (
        Dice as Dice,
        dice as dice,
    )
    from losses.catalog.segmentation.dice_crossentropy import (
        DiceCrossentropy as DiceCrossentropy,
        dice_crossentropy as dice_crossentropy,
    )
    from losses.catalog.segmentation.focal_tversky import (
        FocalTversky as FocalTversky,
        focal_tversky as focal_tversky,
    )
    from losses.catalog.segmentation.generalized_dice import (
        GeneralizedDice as GeneralizedDice,
        generalized_dice as generalized_dice,
    )
    from losses.catalog.segmentation.jaccard import (
        Jaccard as Jaccard,
        jaccard as jaccard,
    )
    from losses.catalog.segmentation.lovasz_hinge import (
        LovaszHinge as LovaszHinge,
        lovasz_hinge as lovasz_hinge,
    )
    from losses.catalog.segmentation.lovasz_softmax import (
        LovaszSoftmax as LovaszSoftmax,
        lovasz_softmax as lovasz_softmax,
    )
    from losses.catalog.segmentation.pixelwise_binary_crossentropy import (
        PixelwiseBinaryCrossentropy as PixelwiseBinaryCrossentropy,
        pixelwise_binary_crossentropy as pixelwise_binary_crossentropy,
    )
    from losses.catalog.segmentation.pixelwise_crossentropy import (
        PixelwiseCrossentropy as PixelwiseCrossentropy,
        pixelwise_crossentropy as pixelwise_crossentropy,
    )
    from losses.catalog.segmentation.top_k_crossentropy import (
        TopKCrossentropy as TopKCrossentropy,
        top_k_crossentropy as top_k_crossentropy,
    )
    from losses.catalog.segmentation.tversky import (
        Tversky as Tversky,
        tversky as tversky,
    )
    from losses.checker import (
        check as check,
        parametrize_with_rules as parametrize_with_rules,
    )
    from losses.ops.distance import signed_distance as signed_distance

__version__ = "0.1.0"

_CATALOG = Path(__file__).parent / "catalog"
_FILES = "*/[a-z]*.py"
_ELSEWHERE = {
    "check": "losses.checker",
    "parametrize_with_rules": "losses.checker",
    "signed_distance": "losses.ops.distance",
}


def __getattr__(name):
    if name in _ELSEWHERE:
        return getattr(import_module(_ELSEWHERE[name]), name)
    parts = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
    stem = re.sub(parts, "_", name).lower()
    for path in _CATALOG.glob(f"*/{stem}.py"):
        module = _imported(path)
        if hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(f"module 'losses' has no attribute {name!r}")


def __dir__():
    stems = sorted(path.stem for path in _CATALOG.glob(_FILES))
    classes = ["".join(map(str.title, stem.split("_"))) for stem in stems]
    return ["__version__", *_ELSEWHERE, "register", *classes, *stems]


def register():
    """Make every loss known to `keras.models.load_model`, in a process that only loads.

    Keras finds a loss by name if its file has been imported, and nothing is imported
    here until it is asked for.
    """
    for path in _CATALOG.glob(_FILES):
        _imported(path)


def _imported(path):
    return import_module(f"losses.catalog.{path.parent.name}.{path.stem}")

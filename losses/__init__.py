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
    from losses.catalog.binary.binary_crossentropy import (
        BinaryCrossentropy as BinaryCrossentropy,
        binary_crossentropy as binary_crossentropy,
    )
    from losses.catalog.multiclass.categorical_crossentropy import (
        CategoricalCrossentropy as CategoricalCrossentropy,
        categorical_crossentropy as categorical_crossentropy,
    )
    from losses.catalog.multiclass.sparse_categorical_crossentropy import (
        SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
        sparse_categorical_crossentropy as sparse_categorical_crossentropy,
    )
    from losses.catalog.multitask.multitask import (
        Multitask as Multitask,
        multitask as multitask,
    )
    from losses.catalog.multitask.weighted_multi_output import (
        WeightedMultiOutput as WeightedMultiOutput,
        weighted_multi_output as weighted_multi_output,
    )
    from losses.catalog.regression.mean_absolute_error import (
        MeanAbsoluteError as MeanAbsoluteError,
        mean_absolute_error as mean_absolute_error,
    )
    from losses.catalog.regression.mean_squared_error import (
        MeanSquaredError as MeanSquaredError,
        mean_squared_error as mean_squared_error,
    )
    from losses.catalog.segmentation.dice import Dice as Dice, dice as dice
    from losses.catalog.segmentation.pixelwise_binary_crossentropy import (
        PixelwiseBinaryCrossentropy as PixelwiseBinaryCrossentropy,
        pixelwise_binary_crossentropy as pixelwise_binary_crossentropy,
    )
    from losses.catalog.segmentation.pixelwise_crossentropy import (
        PixelwiseCrossentropy as PixelwiseCrossentropy,
        pixelwise_crossentropy as pixelwise_crossentropy,
    )
    from losses.contract import (
        check as check,
        parametrize_with_rules as parametrize_with_rules,
    )
    from losses.distance import signed_distance as signed_distance

__version__ = "0.1.0"

_CATALOG = Path(__file__).parent / "catalog"
_FILES = "*/[a-z]*.py"
_ELSEWHERE = {
    "check": "losses.contract",
    "parametrize_with_rules": "losses.contract",
    "signed_distance": "losses.distance",
}


def __getattr__(name):
    if name in _ELSEWHERE:
        return getattr(import_module(_ELSEWHERE[name]), name)
    stem = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
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

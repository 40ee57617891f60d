"""The reference losses hold in every cell: environment × way of running × inputs.

Read from the evidence, which the tests of each environment compare with what they see.
"""

import numpy as np

from losses import registry

HOME = registry.REFERENCE
# What a cell is held against, in the reference environment.
AS_A_CALL = ("call", "unknown_batch", "unknown_sizes", "torch_compile")
AS_A_STEP = (
    "fit_eager",
    "fit_graph",
    "fit_xla",
    "loss_subclass",
    "mixed_float16",
    "mixed_bfloat16",
    "float64",
    "save_load",
    "two_replicas",
    "data_parallel",
    "two_workers",
)
CLOSE = {"mixed_float16": 2e-3, "mixed_bfloat16": 1e-2}  # of the predictions themselves
DIFFERENT = {}


def cells():
    """Every cell of every reference: its key, what was seen, and at home."""
    for variant in registry.variants().values():
        home = seen(variant, HOME)
        for environment in registry.ENVIRONMENTS:
            for probe, sides in seen(variant, environment).items():
                key = (variant.id, environment, probe)
                yield key, sides["reference"], home[standard(probe)]["reference"]


def seen(variant, environment):
    evidence = registry.evidence(variant.loss, environment)
    return evidence["variants"][variant.name]["probes"]


def standard(probe):
    if probe in AS_A_CALL:
        return "call"
    return "fit_graph" if probe in AS_A_STEP else probe


def differs(probe, here, home):
    """In what a cell differs: error, shape, value, step; or None."""
    if "not_applicable" in here or "not_applicable" in home:
        return None
    if "raises" in here or "raises" in home:
        return None if "raises" in here and "raises" in home else "error"
    for part in ("returns", "step"):
        if part in here and part in home:
            one, other = (np.array(side[part], float) for side in (here, home))
            if one.shape != other.shape:
                return "shape"
            close = CLOSE.get(probe, 1e-4)
            if not np.allclose(one, other, rtol=close, atol=1e-5, equal_nan=True):
                return {"returns": "value", "step": "step"}[part]
    return None

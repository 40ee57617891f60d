"""The rules about a compiled model and a batch, by name, in the order in which they are
looked at and reported."""

from losses.checker.rule import rules_in
from losses.checker.rules.models import (
    heads,
    inputs,
    labels,
    metrics,
    reach,
    saving,
    structure,
    training,
    values,
    weights,
)

FAMILIES = (
    structure,
    inputs,
    heads,
    reach,
    labels,
    values,
    weights,
    training,
    metrics,
    saving,
)
RULES = rules_in(FAMILIES)

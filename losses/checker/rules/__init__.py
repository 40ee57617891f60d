"""The rules, by name, in the order in which they are looked at and reported."""

from losses.checker.rule import rules_in
from losses.checker.rules import (
    batch,
    form,
    gradients,
    keeping,
    labels,
    logits,
    modes,
    shape,
    state,
    use,
    values,
)

FAMILIES = (
    form,
    state,
    shape,
    batch,
    gradients,
    values,
    use,
    labels,
    logits,
    modes,
    keeping,
)
RULES = rules_in(FAMILIES)

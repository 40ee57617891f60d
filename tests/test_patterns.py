"""The pattern of every loss is short, needs Keras only, and does what the loss does."""

import ast
import inspect
from dataclasses import replace
from importlib import import_module
from statistics import median

import numpy as np
import pytest
from keras import ops

import losses
from losses.evidence.declarations import Raises
from losses.evidence.outcomes import NotApplicable
from losses.running import backend
from losses.running.probes import run
from losses.running.subject import Subject, accepted
from losses.source import records, registry
from tests.compiling import WAYS
from tests.conftest import is_full
from tests.differences import gradient, values
from tests.examples import EXAMPLES
from tests.hand import INSTEAD, hand_cases

DIRECT = ("call", "gradient")
LONG = 30  # lines of code, without docstrings, comments and empty lines
USUAL = 15
SAID = 5  # lines of a docstring
LOSSES = list(registry.losses().values())
each_loss = pytest.mark.parametrize("loss", LOSSES, ids=[x.name for x in LOSSES])


def pattern_of(loss):
    module = import_module(f"losses.patterns.{loss.family}.{loss.name}")
    return getattr(module, loss.name)


def numbers_of(loss):
    """The numbers worked out by hand that its pattern has the options for. What only
    the class of a loss refuses is none of its business, and neither are a dtype and a
    label without a batch axis."""
    return [
        case
        for case in hand_cases(loss)
        if accepted(pattern_of(loss), case.options) == case.options
        and not (isinstance(case.gives, Raises) and case.probe != "call")
        and not (isinstance(case.gives, Raises) and case.gives.error == "TypeError")
        and (isinstance(case.y_true, (dict, tuple)) or np.ndim(case.y_true))
    ]


# How many of the numbers worked out by hand a pattern does not give in a direct call: a
# comment in it says why.
MISSED = {
    "asymmetric": 4,
    "binary_crossentropy": 4,
    "binary_focal": 5,
    "multilabel_crossentropy": 2,
    "bi_tempered_logistic": 2,
    "categorical_crossentropy": 4,
    "class_balanced_crossentropy": 6,
    "logit_adjusted_crossentropy": 4,
    "poly1_crossentropy": 4,
    "sparse_categorical_crossentropy": 7,
    "sparse_categorical_focal": 6,
    "symmetric_crossentropy": 5,
    "multitask": 2,
    "weighted_multi_output": 2,
    "squared_emd": 2,
    "weighted_kappa": 2,
    "cldice": 1,
    "deep_supervision": 3,
    "dice": 2,
    "dice_crossentropy": 1,
    "focal_tversky": 3,
    "generalized_dice": 2,
    "jaccard": 1,
    "lovasz_hinge": 2,
    "lovasz_softmax": 4,
    "pixelwise_binary_crossentropy": 3,
    "pixelwise_crossentropy": 5,
    "top_k_crossentropy": 4,
    "tversky": 3,
}


@each_loss
def test_it_gives_the_numbers_worked_out_by_hand(loss, request):
    """Or a comment says where it is weaker. Those of `fit` are left to --full."""
    missed = []
    everything = is_full(request.config)
    cases = [c for c in numbers_of(loss) if everything or c.probe in DIRECT]
    for case in cases:
        probe = INSTEAD.get(backend.NAME, {}).get(case.probe, case.probe)
        found = run(probe, Subject.of_variant(pattern_of(loss), case), case)
        if not (is_right(found, case.gives) or isinstance(found, NotApplicable)):
            missed.append(f"{case.y_true} {case.y_pred} {probe}: {found}, {case.gives}")
    assert ("# Weaker: " in loss.pattern) == (loss.name in MISSED)
    in_fit = {case.probe for case in cases} - set(DIRECT)
    direct = [line for line in missed if not any(f" {way}: " in line for way in in_fit)]
    assert len(direct) == MISSED.get(loss.name, 0), "\n".join(missed)
    assert not missed or loss.name in MISSED


def is_right(found, gives):
    """An error has words of its own."""
    if isinstance(gives, Raises):
        return isinstance(found, Raises)
    return gives.fits(found)


def of_the_pattern(example):
    """An example with those of its options that the pattern has, and without labels
    that another option leaves out."""
    pattern = pattern_of(registry.losses()[example.loss])
    options = accepted(pattern, example.options)
    void = (example.options.keys() - options.keys()) & {"ignore_class"}
    labels = example.y_true
    if void:
        labels = np.where(np.equal(labels, example.options["ignore_class"]), 0, labels)
    return replace(example, y_true=labels, options=options)


# Without `columns` the catalog takes no packed tensor, and the pattern never does.
COMPARED = [of_the_pattern(e) for e in EXAMPLES if "columns" not in e.options]


@pytest.mark.sliced(share=0.2)
@pytest.mark.parametrize("example", COMPARED, ids=str)
@pytest.mark.parametrize("way", [None, *WAYS], ids=lambda way: way and way.__name__)
def test_value_and_gradient_are_those_of_the_loss(example, way):
    pattern = pattern_of(registry.losses()[example.loss])
    y_pred = ops.convert_to_tensor(example.y_pred)
    y_true = ops.convert_to_tensor(example.y_true)

    def both(y_true, y_pred):
        return pattern(y_true, y_pred, **example.options)

    found = both(y_true, y_pred) if way is None else way(both, y_true, y_pred)
    expected = values(example.function, y_true, y_pred)
    np.testing.assert_allclose(ops.convert_to_numpy(found), expected, 1e-4, 1e-5)
    if way is None:
        slope = gradient(both, y_true, y_pred)
        expected = gradient(example.function, y_true, y_pred)
        np.testing.assert_allclose(slope, expected, 1e-3, 1e-5)


@pytest.mark.sliced(share=0.1)
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_no_rule_finds_anything(example):
    pattern = pattern_of(registry.losses()[example.loss])
    if example.options:
        return
    expect = "batch" if example.is_coupled else ()
    report = losses.check(pattern, example.y_true, example.y_pred, expect=expect)
    assert not report.of("error"), report


def test_most_are_short():
    assert median(loss.pattern_lines for loss in LOSSES) <= USUAL


@each_loss
def test_it_is_short_and_needs_keras_only(loss):
    source = loss.pattern
    nodes = list(ast.walk(ast.parse(source)))
    imported = [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    imported += [
        alias.name
        for node in nodes
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    assert {name.partition(".")[0] for name in imported} <= {"keras", "math"}

    docs = [
        node.body[0]
        for node in nodes
        if isinstance(node, records.DOCUMENTED) and ast.get_docstring(node)
    ]
    assert loss.pattern_lines <= LONG
    for doc in docs:
        said = ast.literal_eval(doc.value).strip().splitlines()
        assert len([line for line in said if line.strip()]) <= SAID
    function = inspect.getdoc(pattern_of(loss))
    assert "Returns `(batch,)`" in function
    assert "Source: " in function

"""`losses.check` finds what is wrong, names the rule, and is silent where all is well.

It is judged on the broken variants of the catalog, on the losses of the catalog, on
those of Keras, and on the losses of tests/wild, which people wrote.
"""

import functools
import inspect
import json

import numpy as np
import pytest

import losses
from losses import registry
from losses.contract import RULES, plausible
from losses.probes import Subject
from tests import wild
from tests.evidence import settle
from tests.examples import EXAMPLES
from tests.hand import reference
from tests.test_variants import declared

# Which rule finds which variant. Not listed: training scripts, and losses of several
# outputs at once, which `check` does not take.
FOUND_BY = {
    "binary_crossentropy": {
        "column_minus_vector": "check_nothing_broadcasts",
        "column_minus_vector_in_a_subclass": "check_nothing_broadcasts",
        "one_side_squeezed": "check_nothing_broadcasts",
        "squeeze_on_a_batch_of_one": "check_runs",
        "probability_as_logits": "check_logits_or_probabilities",
        "logits_as_probability": "check_logits_or_probabilities",
        "sigmoid_then_clip": "check_gradient_reaches_the_predictions",
        "log_of_zero": "check_finite",
        "integer_labels": "check_label_dtypes",
        "pos_weight_on_the_negatives": "check_agrees_with_reference",
        "smoothing_not_halved": "check_agrees_with_reference",
        "arguments_exchanged": "check_arguments_in_order",
        "rounded_predictions": "check_gradient_reaches_the_predictions",
        "options_lost_in_saving": "check_saves",
        "formula_for_minus_one_and_one": "check_label_values",
    },
    "categorical_crossentropy": {
        "class_ids_given": "check_label_format",
        "one_hot_too_small": "check_label_format",
        "smoothing_by_the_batch_size": "check_unknown_sizes",
        "softmax_twice": "check_logits_or_probabilities",
        "ignored_rows_smoothed": "check_agrees_with_reference",
        "numpy_log": "check_graph",
        "softmax_over_the_batch": "check_samples_are_independent",
        "class_weight_by_position": "check_any_batch_size",
    },
    "sparse_categorical_crossentropy": {
        "one_hot_given": "check_agrees_with_reference",
        "column_of_ids": "check_nothing_broadcasts",
        "ignored_in_the_mean": "check_agrees_with_reference",
        "nothing_left_to_count": "check_finite",
        "label_of_no_class": "check_label_format",
        "label_of_no_class_gathered": "check_label_format",
        "class_weight_at_255": "check_label_format",
        "ids_are_float_in_fit": "check_label_dtypes",
        "logits_as_probabilities": "check_logits_or_probabilities",
        "wrong_answers_counted": "check_gradient_reaches_the_predictions",
    },
    "multitask": {
        "a_list_of_losses": "check_returns_a_tensor",
        "losses_stacked": "check_one_value_per_sample",
        "a_scalar_beside_a_vector": "check_returns_a_tensor",
        "last_axis_is_the_batch": "check_one_value_per_sample",
        "cut_at_the_wrong_column": "check_agrees_with_reference",
        "first_sample_for_the_first_task": "check_order_of_samples",
        "one_mean_over_all_columns": "check_agrees_with_reference",
    },
    "weighted_multi_output": {
        "first_column_as_a_vector": "check_agrees_with_reference",
        "first_column_stacked": "check_runs",
    },
    "mean_absolute_error": {
        "column_minus_vector": "check_nothing_broadcasts",
        "mean_over_everything": "check_one_value_per_sample",
        "mean_over_the_last_axis_only": "check_one_value_per_sample",
        "without_the_absolute_value": "check_labels_matter",
        "rounded_predictions": "check_gradient_reaches_the_predictions",
        "sign_of_the_prediction": "check_gradient_reaches_the_predictions",
        "python_if_on_a_tensor": "check_graph",
        "integer_labels": "check_label_dtypes",
        "own_gradient_with_the_wrong_sign": "check_a_step_lowers_the_loss",
    },
    "mean_squared_error": {
        "column_minus_vector": "check_nothing_broadcasts",
        "column_minus_vector_in_a_subclass": "check_nothing_broadcasts",
        "extra_axis_in_the_labels": "check_nothing_broadcasts",
        "sum_over_everything": "check_batch_size",
        "mean_over_the_batch_axis": "check_one_value_per_sample",
        "divided_by_a_fixed_batch_size": "check_batch_size",
        "two_losses_in_a_list": "check_returns_a_tensor",
        "root_of_zero": "check_gradient_is_finite",
        "numpy_in_the_loss": "check_graph",
        "loop_over_the_samples": "check_xla",
        "nothing_returned": "check_returns_a_tensor",
        "weights_as_a_third_argument": "check_arguments",
        "warm_up_counted_in_python": "check_no_state",
        "weights_of_the_whole_data_set": "check_captures",
        "half_of_the_gradient_stopped": "check_gradient_is_the_slope",
    },
    "dice": {
        "mask_without_channel_axis": "check_nothing_broadcasts",
        "whole_batch_at_once": "check_one_value_per_sample",
        "no_smoothing": "check_finite",
        "epsilon_below_only": "check_agrees_with_reference",
        "logits_taken_as_probabilities": "check_logits_or_probabilities",
        "ids_against_softmax": "check_label_format",
        "all_classes_in_one_ratio": "check_agrees_with_reference",
        "axes_of_channels_first": "check_agrees_with_reference",
        "coefficient_as_the_loss": "check_perfect_is_best",
        "thresholded_prediction": "check_gradient_reaches_the_predictions",
        "uint8_mask": "check_label_dtypes",
        "half_precision_sums": "check_half_precision",
    },
    "pixelwise_binary_crossentropy": {
        "mask_without_channel_axis": "check_nothing_broadcasts",
        "whole_map_returned": "check_one_value_per_sample",
        "whole_map_weights_the_columns": "check_weights_choose_samples",
        "reduced_over_an_axis_that_is_gone": "check_runs",
        "weight_map_with_a_channel_axis": "check_nothing_broadcasts",
        "logits_taken_as_probabilities": "check_logits_or_probabilities",
        "probabilities_taken_as_logits": "check_logits_or_probabilities",
    },
    "pixelwise_crossentropy": {
        "weights_on_the_wrong_axis": "check_agrees_with_reference",
        "void_pixels_in_the_mean": "check_agrees_with_reference",
        "weight_of_the_void_label": "check_label_format",
        "class_ids_as_one_hot": "check_finite",
        "softmax_over_the_rows": "check_label_format",
        "argmax_of_the_prediction": "check_gradient_reaches_the_predictions",
    },
}

# Their own inputs are too few to tell: two samples, or labels that are all alike.
ON_MORE_DATA = {
    "mean_absolute_error/without_the_absolute_value": plausible((8, 2), (8, 2)),
    "pixelwise_binary_crossentropy/logits_taken_as_probabilities": plausible(
        (4, 5, 6), (4, 5, 6), "segmentation", from_logits=True
    ),
    "pixelwise_binary_crossentropy/probabilities_taken_as_logits": plausible(
        (4, 5, 6), (4, 5, 6), "segmentation"
    ),
    "binary_crossentropy/probability_as_logits": plausible((8, 1), (8, 1), "binary"),
    "sparse_categorical_crossentropy/logits_as_probabilities": plausible(
        (8,), (8, 3), from_logits=True
    ),
}

# What rules may be named for a loss in the wild, by what is wrong with it.
NAMES = {
    "arg_order": {"check_arguments_in_order"},
    "batch_reduction": {
        "check_one_value_per_sample",
        "check_batch_size",
        "check_samples_are_independent",
    },
    "broadcast": {"check_nothing_broadcasts"},
    "contract": {"check_arguments", "check_runs", "check_returns_a_tensor"},
    "dtype": {"check_label_dtypes"},
    "graph_mode": {"check_graph", "check_runs", "check_xla", "check_returns_a_tensor"},
    "label_format": {"check_label_format", "check_label_values"},
    "logits_probs": {"check_logits_or_probabilities"},
    "nan_gradient": {"check_gradient_is_finite"},
    "nan_value": {"check_finite"},
    "no_gradient": {"check_gradient_reaches_the_predictions"},
    "precision": {"check_half_precision"},
    "state": {"check_no_state", "check_captures"},
    "static_shape": {
        "check_any_batch_size",
        "check_captures",
        "check_one_value_per_sample",
        "check_unknown_sizes",
    },
    "wrong_axis": {
        "check_one_value_per_sample",
        "check_order_of_samples",
        "check_samples_are_independent",
    },
    "wrong_optimum": {"check_labels_matter", "check_perfect_is_best"},
}


def is_script(code, case):
    """Whether a variant is a training script, or a loss of several outputs at once."""
    if isinstance(case.y_pred, (dict, tuple)):
        return True
    parameters = [] if inspect.isclass(code) else inspect.signature(code).parameters
    return list(parameters)[:1] == ["model"]


LOSSES = {
    variant.id: variant
    for variant in registry.variants().values()
    if not is_script(*declared(variant))
}


def arguments(variant):
    """What `losses.check` gets for a variant: its inputs as `fit` would get them, and
    the reference to compare with where nothing else tells."""
    code, case = declared(variant)
    rule = FOUND_BY[variant.loss].get(variant.name)
    y_true, y_pred = np.asarray(case.y_true), np.asarray(case.y_pred)
    if rule != "check_label_dtypes" and not variant.loss.startswith(("sparse", "pix")):
        y_true = y_true.astype("float32")
    if y_pred.dtype != "float16":
        y_pred = y_pred.astype("float32")
    y_true, y_pred = ON_MORE_DATA.get(variant.id, (y_true, y_pred))
    known = {"from_logits": case.options.get("from_logits")}
    if rule == "check_agrees_with_reference":
        known["like"] = reference(variant.loss, case).direct
    loss = Subject.of_variant(code, case).direct
    return {"loss": loss, "y_true": y_true, "y_pred": y_pred, **known}


@functools.cache
def report_on(variant):
    return losses.check(**arguments(variant))


@pytest.mark.parametrize("name", LOSSES)
def test_a_variant_is_found_by_its_rule(name):
    variant = LOSSES[name]
    assert variant.name in FOUND_BY[variant.loss], "say which rule finds it"
    rule = FOUND_BY[variant.loss][variant.name]
    found = {finding.rule for finding in report_on(variant).findings}
    assert rule in found, report_on(variant)


def test_the_table_names_variants_and_rules_that_exist():
    ids = {f"{loss}/{name}" for loss in FOUND_BY for name in FOUND_BY[loss]}
    assert ids == set(LOSSES)
    assert {rule for loss in FOUND_BY.values() for rule in loss.values()} <= set(RULES)
    assert set(ON_MORE_DATA) <= ids


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_finds_the_variant_that_it_names(rule):
    found = report_on(LOSSES[rule.shown_by]).findings
    assert rule.name in {finding.rule for finding in found}


def test_evidence_of_the_rules(request):
    records = {}
    for rule in registry.rules():
        record = {"variant": rule.shown_by, "source": registry.rule_fingerprint(rule)}
        report = report_on(LOSSES[rule.shown_by])
        record |= {"report": json.loads(report.to_json()), "text": str(report)}
        records[rule.name] = record
    settle("check/rules", {"rules": records, "example": example()}, request.config)


def example():
    """The report that the site shows whole, and the code beside it."""
    namespace = {}
    exec(CODE, namespace)
    return {"code": CODE, "text": str(namespace["report"])}


CODE = """\
import keras, losses

def rmse(y_true, y_pred):
    error = y_true - y_pred
    return keras.ops.sqrt(keras.ops.mean(error**2))

report = losses.check(rmse, y_true=(32,), y_pred=(32, 1))
print(report)
"""


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
@pytest.mark.parametrize("form", ["function", "class"])
def test_the_losses_of_the_catalog_are_clean(example, form):
    loss = example.instance() if form == "class" else example.function
    report = losses.check(
        loss,
        example.y_true,
        example.y_pred,
        from_logits=example.options.get("from_logits"),
        expect="batch" if example.options.get("over") == "batch" else (),
    )
    assert not report.of("error") + report.of("warning"), report


class TestInTheWild:
    """Losses of public threads and projects, broken and correct."""

    @pytest.mark.parametrize("case", wild.BROKEN, ids=lambda case: case.id)
    def test_a_broken_loss_is_found(self, case):
        report = losses.check(case.fresh(), *case.make_data())
        found = {f.rule for f in report.findings if f.severity != "note"}
        if case.intent:
            assert not report.of("error"), "it can be told after all: no intent needed"
        else:
            assert found & NAMES[case.failure_class], report

    @pytest.mark.parametrize("case", wild.BROKEN, ids=lambda case: case.id)
    def test_mended_it_has_no_error(self, case):
        report = losses.check(case.fresh("fixed"), *case.make_data())
        assert report, report

    @pytest.mark.parametrize("case", wild.CORRECT, ids=lambda case: case.id)
    def test_a_correct_loss_has_no_error(self, case):
        report = losses.check(case.fresh(), *case.make_data())
        assert report, report

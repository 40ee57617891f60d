"""How samples of a batch stand beside each other."""

import numpy as np

from losses.checker.facts import same
from losses.checker.failures import LossFailed, named
from losses.checker.rule import error, note, rule, warning


@rule(shown_by="multitask/first_sample_for_the_first_task")
def check_order_of_samples(exam):
    """The order of the samples in a batch does not matter, and each of them counts.

    `y_pred[0]` is the first sample, not the first output: the others are never seen.
    """
    if exam.facts.is_random or not exam.facts.order_counts:
        return
    tensors = exam.facts.enlarged
    forward = exam.run(tensors.y_true, tensors.y_pred, gradient=True)
    numbers = {"as_given": forward.value, "in_another_order": exam.facts.reordered}
    heard = _samples_with_gradient(forward.gradient)
    first = heard is not None and heard == list(range(len(heard)))
    if first and len(heard) <= max(3, tensors.batch // 3):
        yield error(
            f"Only sample(s) {heard} of {tensors.batch} get a gradient: it indexes the "
            "batch, y_pred[0], where a column, y_pred[:, 0], is meant.",
            **numbers,
        )
    elif not exam.by_design("order"):
        yield warning(
            "The same samples in another order give another loss, and fit shuffles "
            "them in every epoch. Right only where the position in the batch means "
            "something (expect='order').",
            **numbers,
        )


@rule(shown_by="mean_squared_error/divided_by_a_fixed_batch_size")
def check_batch_size(exam):
    """The same rows twice give the same loss.

    A sum over the batch, or a division by a fixed number, makes the step grow with the
    batch size; a mean over the batch in a value that Keras averages again makes it
    shrink.
    """
    if exam.facts.is_random or exam.tensors.pairwise:
        return
    tensors = exam.facts.enlarged
    once = exam.value(tensors.y_true, tensors.y_pred)
    try:
        twice = exam.value(*(np.concatenate([x, x]) for x in _both(tensors)))
    except LossFailed:
        return
    if not np.isfinite(once) or abs(once) < 1e-6:
        return
    numbers = {"rows_once": once, "rows_twice": twice}
    if same(twice, 2 * once, abs(once), 1e-3):
        meant = exam.by_design("batch") or getattr(exam.loss, "reduction", "") == "sum"
        found = note if meant else warning
        yield found(
            "The same rows twice give twice the loss: it is summed over the batch, so "
            "the step grows with the batch size.",
            **numbers,
        )
    elif same(twice, once / 2, abs(once), 1e-3):
        yield warning(
            "The same rows twice give half the loss: it is divided by the batch size, "
            "and then Keras takes the mean.",
            **numbers,
        )


@rule(shown_by="categorical_crossentropy/softmax_over_the_batch", graph=True)
def check_samples_are_independent(exam):
    """The loss of a sample does not depend on which others it was drawn with.

    Losses that compare samples, such as contrastive ones, and statistics of a batch
    break this rule by design: small batches, the last one, and several replicas then
    change the loss.
    """
    if exam.facts.is_random or exam.tensors.pairwise or not exam.facts.is_coupled:
        return
    tensors = exam.facts.enlarged
    try:
        numbers = _alone_and_together(exam)
        reduced = list(exam.facts.trace.reductions_over_the_batch(tensors.batch))
    except LossFailed as failure:
        yield note(f"A sample alone cannot be judged: it raises {named(failure)}")
        return
    if reduced:
        kind, before, after = reduced[0]
        if "Softmax" in kind and exam.tensors.labels in ("ids", "one_hot"):
            found = error
        else:
            found = note if exam.by_design("batch") else warning
        yield found(
            f"It reduces the batch axis and keeps the others, {before} to {after}, "
            f"by {kind}: each number is a statistic of the batch. Is the axis meant?",
            **numbers,
        )
    elif not exam.by_design("batch"):
        yield note(
            "The loss of a sample depends on the others of its batch: another batch "
            "size, the last batch, and several replicas change it.",
            **numbers,
        )


@rule(shown_by="pixelwise_binary_crossentropy/whole_map_weights_the_columns")
def check_weights_choose_samples(exam):
    """A sample of weight 0 counts for nothing, and the weights given fit."""
    if exam.sample_weight is not None:
        yield from _given_weights(exam)
    if exam.facts.is_scalar or not exam.facts.keeps_samples or exam.facts.is_random:
        return
    tensors = exam.tensors if exam.tensors.batch > 1 else exam.facts.enlarged
    weight = np.ones(tensors.batch, "float32")
    weight[::2] = 0
    try:
        run = exam.run(tensors.y_true, tensors.y_pred, weight)
    except LossFailed:
        return  # check_one_value_per_sample tells of values of another shape
    values = np.asarray(run.returned, float)
    if values.size == tensors.batch:
        if getattr(exam.loss, "reduction", "") in ("sum", "none", None):
            return
        right = float(np.mean(weight * values.reshape(-1)))
        wrong = not same(run.value, right, exam.facts.scale)
    else:
        right = float(np.mean(weight * values.reshape(tensors.batch, -1).mean(1)))
        wrong = not same(run.value, right, exam.facts.scale)
    if wrong and np.isfinite(right):
        yield warning(
            f"Weights of shape ({tensors.batch},) do not choose samples: they meet "
            f"another axis of the values {values.shape}.",
            got=run.value,
            right=right,
        )


def _alone_and_together(exam):
    """Of the mean, or of the sample that the others change most."""
    alone, together = exam.facts.alone, exam.facts.together
    if together.ndim == 0:
        return {"mean_of_samples_alone": alone.mean(), "in_one_batch": float(together)}
    most = int(np.argmax(np.abs(alone - together)))
    return {"sample": most, "alone": alone[most], "in_a_batch": together[most]}


def _given_weights(exam):
    try:
        exam.value(exam.tensors.y_true, exam.tensors.y_pred, exam.sample_weight)
    except LossFailed as failure:
        yield error(
            f"With the sample_weight given, of shape {np.shape(exam.sample_weight)}, "
            f"it raises {named(failure)}"
        )


def _samples_with_gradient(gradient):
    if gradient is None:
        return None
    moved = np.any(gradient.reshape(len(gradient), -1) != 0, axis=1)
    found = np.flatnonzero(moved).tolist()
    return found or None


def _both(tensors):
    return tensors.y_true, tensors.y_pred

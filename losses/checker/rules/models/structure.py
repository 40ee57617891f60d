"""What meets what: losses, labels and weights of outputs, by name or in order."""

import keras

from losses.checker.rule import error, rule, warning


@rule(shown_by="structure/compiled_without_a_loss", looks_only=True)
def check_model_has_a_loss(exam):
    """The model has a loss: one given to `compile`, or one that a layer adds."""
    if exam.loss is None and not exam.has_own_step and not exam.adds_losses:
        yield error(
            "compile() got no loss, and no layer adds one: there is nothing to train "
            'by. Give one, such as loss="mse".'
        )


@rule(shown_by="structure/fit_without_labels", looks_only=True)
def check_labels_are_given(exam):
    """Every output that has a loss gets labels."""
    if exam.has_own_step or exam.step.error is None or not exam.is_flat:
        return
    y, number = exam.batch.y, len(exam.names)
    parts = len([part for part in keras.tree.flatten(y) if part is not None])
    if not parts:
        yield error(
            "The loss gets no labels: y is None. Give them as fit(x, y), or as pairs "
            "(x, y) where x is a dataset or a generator. Where nothing is compared, "
            "let the model add its loss, self.add_loss(...)."
        )
    elif isinstance(y, dict) and (missing := [n for n in exam.names if n not in y]):
        if set(map(str, y)) <= set(exam.names):
            yield error(f"y has no labels for {_listed(missing)}, which has a loss.")
    elif parts != number and not _is_dealt_out(exam.loss, parts):
        given = "one array" if parts == 1 else f"{parts} arrays"
        many = (
            f"{number} outputs, {_listed(exam.names)}" if number > 1 else "one output"
        )
        how = (
            f'y={{"{exam.names[0]}": ..., ...}}, or a list in this order'
            if number > 1
            else "one array, or give the model an output for each"
        )
        yield error(f"y is {given}, and the model has {many}. Give {how}.")


def _is_dealt_out(loss, parts):
    """Whether as many losses are given as there are labels: then another rule tells."""
    return isinstance(loss, (list, tuple, dict)) and len(loss) == parts


@rule(shown_by="structure/losses_by_names_of_no_output", looks_only=True)
def check_names_are_outputs(exam):
    """Losses, weights and labels that have names have those of the outputs."""
    if exam.has_own_step or not exam.is_flat:
        return
    known = set(exam.names)
    for what, given in exam.by_structure.items():
        if isinstance(given, dict) and (strange := set(map(str, given)) - known):
            told = (
                f"{what} names {_listed(sorted(strange))}, and the outputs are "
                f"{_listed(exam.names)}. Give the layers these names, "
                'Dense(1, name="..."), or use those of the outputs.'
            )
            if exam.step.error is not None:
                yield error(told)
            else:
                yield warning(f"{told} Keras dealt them out by their sorted names.")
            return


@rule(shown_by="structure/fewer_losses_than_outputs", looks_only=True)
def check_every_output_has_a_loss(exam):
    """There are as many losses and weights of losses as outputs, or one for all."""
    if exam.has_own_step or exam.loss is None or not exam.is_flat:
        return
    number = len(exam.names)
    for what, given in (("loss", exam.loss), ("loss_weights", exam.loss_weights)):
        if isinstance(given, (list, tuple)) and len(given) != number:
            yield error(_count(what, given, number, exam))
            return
    if isinstance(exam.loss, dict):
        missing = [name for name in exam.names if name not in exam.loss]
        if missing and set(map(str, exam.loss)) <= set(exam.names):
            raised = exam.step.error is not None
            yield (error if raised else warning)(
                f"loss has nothing for {_listed(missing)}: "
                + ("Keras refuses that. " if raised else "nothing trains it. ")
                + "Where that is meant, say None for it."
            )


@rule(shown_by="structure/labels_in_a_list_for_outputs_by_name", looks_only=True)
def check_labels_meet_their_output(exam):
    """Labels meet the output that they are for."""
    if exam.has_own_step or len(exam.names) < 2 or not exam.is_flat:
        return
    names = list(map(str, exam.y_pred)) if isinstance(exam.y_pred, dict) else None
    if names and names != exam.names:
        for what, given in exam.by_structure.items():
            if isinstance(given, (list, tuple)) and len(given) == len(names):
                yield from _dealt_out(exam, what, given, names)
                return
    loss, weights = exam.loss, exam.loss_weights
    if isinstance(loss, (list, tuple)) and isinstance(weights, dict):
        order = sorted(weights)
        meant = [weights.get(name) for name in exam.names]
        if set(order) == set(exam.names) and [weights[n] for n in order] != meant:
            yield error(
                "loss is a list and loss_weights a dict: Keras deals weights out by "
                f"the sorted names, {_listed(order)}, to the outputs "
                f"{_listed(exam.names)}. Give both as dicts."
            )
            return
    yield from _exchanged(exam)


def _dealt_out(exam, what, given, names):
    """A list that meets outputs with names, which the model has in another order. It
    may be written in the order of Keras: an error is what shows that it is not."""
    dealt = ", ".join(f"number {n} to {name!r}" for n, name in enumerate(exam.names))
    told = (
        f"{what} is a list, and the outputs have names: Keras deals it out by the "
        f"sorted names, {dealt}; the model has them in the order {_listed(names)}. "
        "Give a dict."
    )
    outputs = [o for o in exam.outputs if o.wants and o.y_true is not None]
    suits = all(o.suits(o.labels) for o in outputs)
    if exam.step.error is not None or not suits:
        yield error(told)
    elif len({id(part) for part in given}) > 1 and not _all_equal(given):
        yield warning(told)


def _all_equal(parts):
    return not any(hasattr(p, "shape") for p in parts) and len(set(map(str, parts))) < 2


def _exchanged(exam):
    """Two outputs of which each has labels that suit the loss of the other."""
    outputs = [o for o in exam.outputs if o.wants and o.y_true is not None]
    for one in outputs:
        for other in outputs:
            if one is other or one.y_true.shape != other.y_true.shape:
                continue
            as_given = one.suits(one.labels) or one.wants.labels == other.wants.labels
            exchanged = one.suits(other.labels) and other.suits(one.labels)
            if exchanged and not as_given:
                yield error(
                    f"The labels of {one.name!r} do not suit {one.loss_name}: they lie "
                    f"between {one.labels.min():g} and {one.labels.max():g}. Those of "
                    f"{other.name!r} do. Are the two exchanged? Give labels by name."
                )
                return


def _count(what, given, number, exam):
    if number == 1 and what == "loss_weights":
        return (
            f"loss_weights has {len(given)} numbers for one output: it takes one for "
            "each output. Classes are weighted by class_weight or in the loss."
        )
    names = _listed(exam.names)
    if what == "loss" and len(given) < number and exam.step.error is None:
        silent = [o.name for o in exam.outputs if o.loss is None]
        return (
            f"There are {len(given)} losses for {number} outputs: nothing trains "
            f"{_listed(silent) if silent else 'the rest'}. Keras says nothing."
        )
    return f"{what} has {len(given)} parts for {number} outputs: {names}."


def _listed(names):
    return ", ".join(repr(name) for name in map(str, names)) or "none"

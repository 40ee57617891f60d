"""What a loss holds on to, and what a saved model keeps of it."""

import inspect
import json

import keras
import numpy as np

from losses.checker.captured import captured, is_array, is_number
from losses.checker.facts import same
from losses.checker.failures import OPTIONS, LossFailed, named, way_out
from losses.checker.rule import error, note, rule, warning
from losses.running import backend


@rule(shown_by="mean_squared_error/weights_of_the_whole_data_set", looks_only=True)
def check_captures(exam):
    """What it captures holds for every batch, every graph and every epoch.

    The data of the whole set, a symbolic tensor of a model, a number that a callback
    changes later: all of these are frozen into the graph or do not fit a batch.
    """
    for name, value, _ in captured(exam.loss):
        if isinstance(value, keras.KerasTensor):
            yield error(
                f"It holds {name}, a symbolic tensor of a model: there is no value "
                "behind it. Make it an output with a loss of its own, or let a layer "
                "add the term: self.add_loss(...) in its call."
            )
        elif size := _rows_of_all_data(exam, value):
            if size in exam.tensors.y_pred.shape[1:]:
                yield error(
                    f"It holds {name} with {size} numbers, as many as an axis of "
                    f"y_pred {exam.tensors.y_pred.shape} has, and multiplies them with "
                    f"values from which that axis is gone: it runs for a batch of "
                    f"{size} only. Use {name} before the sum or mean over that axis."
                )
                continue
            yield error(
                f"It holds {name} with {size} rows, and runs for a batch of {size} "
                "only. Give what belongs to a sample through y_true, and weights "
                "through the sample_weight of fit."
            )
    yield from _frozen(exam)
    if not exam.facts.failed("fit"):
        yield from _variables(exam)


@rule(shown_by="binary_crossentropy/options_lost_in_saving", slow=True)
def check_saves(exam):
    """After saving and loading it is the same loss, with the same options."""
    loss = exam.loss
    if isinstance(loss, keras.losses.Loss):
        yield from _config(exam)
        return
    name = getattr(loss, "__name__", "")
    if name == "<lambda>":
        yield note(
            "A lambda has no name of its own: a saved model loads with compile=False "
            "only, or with safe_mode=False, which runs code from the file."
        )
        return
    if not inspect.isfunction(getattr(loss, "python_function", loss)):
        yield from _is_no_function(loss)
        return
    if ">" in keras.saving.get_registered_name(loss):
        return  # that of Keras has no package before its name
    options = _options(loss)
    if options:
        yield note(
            f"A saved model keeps its name, {name}, and none of the options that its "
            f"closure holds: {', '.join(options)}. Make it again for custom_objects of "
            "load_model, with the same options, or write a keras.losses.Loss."
        )
    try:
        builtin = keras.losses.get(name)
    except ValueError:
        return
    if builtin is not loss and not exam.facts.is_random:
        yield from _clash(exam, name, builtin)


def _options(loss):
    """The names of numbers, arrays and objects in the closure of a function."""
    free = getattr(getattr(loss, "__code__", None), "co_freevars", ())
    return [
        name
        for name, value, _ in captured(loss, depth=0)
        if name in free and not (inspect.isroutine(value) or inspect.ismodule(value))
    ]


def _is_no_function(loss):
    """Whether what is no function, a bound method for one, comes back when it is saved
    and loaded, even where it is handed over again as a custom object."""
    is_method = inspect.ismethod(loss)
    name = loss.__name__ if is_method else type(loss).__name__
    what = f"The bound method {name}" if is_method else f"An object of class {name}"
    try:
        saved = json.dumps(keras.saving.serialize_keras_object(loss))
    except Exception as failure:
        yield note(  # model.save says so itself
            f"{what} cannot be saved: model.save raises {named(LossFailed(failure))} "
            "Write a keras.losses.Loss with get_config, or a function."
        )
        return
    try:
        keras.saving.deserialize_keras_object(
            json.loads(saved), custom_objects={name: loss}
        )
    except Exception as failure:
        yield warning(
            f"{what} is saved in silence, and load_model raises "
            f"{named(LossFailed(failure))} With custom_objects it does as well. Write "
            "a keras.losses.Loss with get_config, or load with compile=False."
        )


def _rows_of_all_data(exam, value):
    """The rows of a captured array, if the loss runs for a batch of this size, and not
    for the batch given."""
    if not exam.facts.failed("fit"):
        return None
    if not is_array(value):
        return None
    size = value.shape[0] if len(value.shape) else 0
    if size in (exam.tensors.batch, 0) or size > 10**5:
        return None
    index = np.arange(size) % exam.tensors.batch
    try:
        exam.value(exam.tensors.y_true[index], exam.tensors.y_pred[index])
    except LossFailed:
        return None
    return size


def _frozen(exam):
    """Numbers of an object that is not the loss: somebody changes them, or why an
    object? A graph never sees the change."""
    for name, value, holder in captured(exam.loss):
        if holder is None and isinstance(value, (dict, list)):
            numbers = value.values() if isinstance(value, dict) else value
            if value and all(is_number(x) for x in numbers):
                yield note(_FROZEN.format(name=name, value=value))
        elif holder is not None and holder is not exam.loss and is_number(value):
            found = warning if value == 0 else note
            yield found(_FROZEN.format(name=name, value=value))


_FROZEN = (
    "{name} = {value} is a Python value: it is frozen when the graph is made, and "
    "later changes, by a callback for one, are not seen. A keras.Variable is read anew."
)


def _variables(exam):
    true, pred = exam.tensors.y_true, exam.tensors.y_pred
    found = backend.variables_of(lambda: exam.again(true, pred))
    held = [value for _, value, _ in captured(exam.loss)]
    if found is None:  # they cannot be watched: those it refers to
        found = _trainable(held)
    layers = [value for value in held if isinstance(value, keras.layers.Layer)]
    frozen = {id(v.value) for layer in layers for v in layer.non_trainable_variables}
    found = [variable for variable in found if id(variable) not in frozen]
    if found:
        names = ", ".join(sorted({v.name for v in found})[:3])
        yield warning(
            f"It uses {len(found)} trainable variable(s), {names}, that belong to no "
            "model: fit does not train them."
        )


def _trainable(values):
    found = []
    for value in values:
        if isinstance(value, keras.layers.Layer):
            found += value.trainable_variables
        elif isinstance(value, keras.Variable) and value.trainable:
            found.append(value)
    return found


def _config(exam):
    true, pred = exam.tensors.y_true, exam.tensors.y_pred
    kind = type(exam.loss)
    try:
        # What is in a saved model is JSON.
        saved = json.dumps(keras.saving.serialize_keras_object(exam.loss))
        again = keras.saving.deserialize_keras_object(
            json.loads(saved), custom_objects={kind.__name__: kind}
        )
    except Exception as failure:
        yield warning(
            f"Saved and loaded again, it raises {named(LossFailed(failure))} "
            + (way_out(failure) or OPTIONS)
        )
        return
    if exam.facts.is_random or exam.facts.failed("fit"):
        return
    value = exam.other(again).value(true, pred)
    if not same(value, exam.facts.base.value, exam.facts.scale):
        yield warning(
            "After saving and loading it gives another number: options are missing in "
            "get_config.",
            before=exam.facts.base.value,
            after=value,
        )


def _clash(exam, name, builtin):
    """Whether it gives another number than the loss of Keras of its name: for the
    tensors given, or for others, because two may agree for once."""
    true = exam.tensors.y_true
    for pred in (exam.tensors.y_pred, exam.tensors.others):
        try:
            this = exam.value(true, pred)
        except LossFailed:
            return
        try:
            other = exam.other(builtin).value(true, pred)
        except LossFailed:
            other = float("nan")
        if not same(other, this, exam.facts.scale):
            yield warning(
                f"Keras has a loss called {name}, and load_model takes that one in "
                "place of this, in silence. Choose another name, or register this: "
                "@keras.saving.register_keras_serializable().",
                this=this,
                that_of_keras=other,
            )
            return

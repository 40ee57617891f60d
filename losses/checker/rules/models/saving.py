"""What a saved model keeps."""

import keras
import numpy as np

from losses.checker.failures import LossFailed, first_line, named, way_out
from losses.checker.models import trial
from losses.checker.models.saving import results, saved_and_loaded
from losses.checker.rule import note, rule, warning

COMES_BACK = 1e-4  # of the largest number: that much may differ


@rule(shown_by="saving/layer_without_its_options", slow=True, of_any_step=True)
def check_model_saves(exam):
    """Saved and loaded, the model predicts the same and has the same loss."""
    if exam.step_fails:
        return
    saved = saved_and_loaded(exam.model)
    if saved is None:
        return
    if saved.saving is not None:
        yield note(
            f"The model cannot be saved whole: {named(LossFailed(saved.saving))} "
            "model.save_weights(path) keeps its weights."
        )
    elif saved.loading is not None and not _is_about_the_loss(exam, saved.loading):
        yield note(
            "The model can be saved, and not loaded again: "
            f"{named(LossFailed(saved.loading))} "
            + (way_out(saved.loading) or "save_weights(path) keeps its weights.")
        )
    elif saved.loading is None:
        yield from _needed(saved)
        if not exam.model_trains_in_its_own_way:
            yield from _other(exam, saved.model)


def _is_about_the_loss(exam, failure):
    """Whether it is the loss that cannot be made again: its own rule tells it."""
    kinds = [type(loss).__name__ for loss in trial.losses_given(exam.model)]
    return any(f"{kind}.__init__" in first_line(failure) for kind in kinds)


def _needed(saved):
    if saved.names:
        objects = ", ".join(f'"{name}": ...' for name in saved.names)
        safe = ", safe_mode=False" if saved.unsafe else ""
        yield note(
            f"Saved, the model is loaded by keras.saving.load_model(path{safe}, "
            f"custom_objects={{{objects}}}) only, unless these are registered with "
            "@keras.saving.register_keras_serializable()."
        )


def _other(exam, loaded):
    if not loaded.compiled:
        yield note(
            "Loaded again, the model is not compiled: its loss is lost, and it must "
            "be given to compile again."
        )
        return
    first, again = (results(exam.model, exam.batch) for _ in "12")
    try:
        then = results(loaded, exam.batch)
    except Exception as error:
        yield note(
            f"Loaded again, the model raises {named(LossFailed(error))} A Lambda layer "
            "keeps the code of its function, and not what stands around it."
        )
        return
    if not _same(first, again):
        return  # it draws numbers
    if not all(map(_close, first[0], then[0])):
        yield warning(
            "Loaded again, the model predicts something else: weights or options of a "
            "layer are not saved. Are all layers attributes of the model, and all "
            "options in get_config?",
            before=float(np.mean(first[0][0])),
            after=float(np.mean(then[0][0])),
        )
    elif not _close(first[1], then[1]):
        if any(map(_has_a_name_of_keras, exam.outputs)):
            return
        yield warning(
            f"Loaded again, the model has another loss: {_not_saved(exam.model)}. "
            "Compile it again once it is loaded.",
            before=first[1],
            after=then[1],
        )


def _not_saved(model):
    """Which options its losses do not save, as far as they can be told."""
    told = [
        f"{type(loss).__name__} does not save {', '.join(lost)}"
        for loss in trial.losses_given(model)
        if (lost := _lost(loss))
    ]
    return " and ".join(dict.fromkeys(told)) or "options of a loss are not saved"


def _lost(loss):
    """The options of a loss of Keras that its `get_config` leaves out."""
    options = getattr(loss, "_fn_kwargs", {})
    saved = loss.get_config() if options else {}
    return [name for name in options if name not in saved]


def _has_a_name_of_keras(output):
    """Whether Keras has a loss of that name, which is loaded instead: check_saves tells
    of it."""
    if not output.is_custom or isinstance(output.given, keras.losses.Loss):
        return False
    try:
        keras.losses.get(getattr(output.given, "__name__", ""))
    except ValueError:
        return False
    return True


def _same(one, other):
    return all(map(_close, one[0], other[0])) and _close(one[1], other[1])


def _close(one, other):
    one, other = np.asarray(one, float), np.asarray(other, float)
    if one.shape != other.shape:
        return False
    scale = np.max(np.abs(one[np.isfinite(one)]), initial=0.0)
    room = COMES_BACK * scale
    return bool(np.allclose(one, other, COMES_BACK, room, equal_nan=True))

"""Running a model so that it stays as it was: its variables and buffers, its
optimizers, what it has compiled, and what the code of its user holds."""

from contextlib import contextmanager

import keras

from losses.checker.captured import captured
from losses.checker.models.held import OWNERS, Kept, copy_of, is_variable
from losses.checker.models.wants import module_of
from losses.running import backend

# What a step of training or a call may put into a model.
REPLACED = (
    "optimizer",
    "_compile_loss",
    "_compile_metrics",
    "_loss_tracker",
    "train_function",
    "test_function",
    "predict_function",
    "stop_training",
    "_jax_state",
    "_jax_state_synced",
)
ABSENT = object()
PLAIN = (bool, int, float, complex, str, bytes, type(None))
BY_KERAS = ("built", "called", "_called", "_is_built")  # true once variables are made


@contextmanager
def untouched(model, wholly=False):
    """Whatever is done to the model inside is undone, whichever thread did it. A model
    that has no weights yet keeps those that it is built with. `wholly` is for the
    outermost of them: what only the code of the user changes is kept once."""
    attributes = {name: vars(model).get(name, ABSENT) for name in REPLACED}
    layers = [(layer, _plain(layer), list(layer._losses)) for layer in _layers(model)]
    variables = _all_variables(model) if wholly else model.variables
    variables = [*variables, *_states(model)]
    values = [(variable, copy_of(variable)) for variable in variables]
    tensors = _torch_tensors(model)
    held = _held(model, variables) if wholly else Kept()
    try:
        yield
    finally:
        for name, value in attributes.items():
            put(vars(model), name, value)
        for layer, plain, added in layers:
            vars(layer).update(plain)
            layer._losses[:] = added
        for variable, value in values:
            variable.assign(value)
        for tensor, value, gradient in tensors:
            tensor.grad = gradient
            if value is not None:
                tensor.data.copy_(value)
        held.put_back()


@contextmanager
def fresh_optimizers(model):
    """The optimizers that a model holds, also in lists and dicts, are copies without a
    history: what a step of its own does to them is not kept."""
    before = {name: v for name, v in vars(model).items() if any(_optimizers_in(v))}
    try:
        for name, value in before.items():
            vars(model)[name] = _fresh(value)
        yield
    finally:
        vars(model).update(before)


def _fresh(value):
    if isinstance(value, keras.optimizers.Optimizer):
        return type(value).from_config(value.get_config())
    if isinstance(value, dict):
        return {key: _fresh(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_fresh(part) for part in value]
    return value


def _optimizers_in(value):
    """It, if it is one; or those that stand in it."""
    if isinstance(value, dict):
        value = [*value.values()]
    parts = value if isinstance(value, (list, tuple)) else [value]
    return [part for part in parts if isinstance(part, keras.optimizers.Optimizer)]


def put(attributes, name, value):
    if value is ABSENT:
        attributes.pop(name, None)
    else:
        attributes[name] = value


def _layers(model):
    return [layer for layer in model._flatten_layers() if hasattr(layer, "_losses")]


def _plain(layer):
    """The attributes that a call may count or remember in."""
    return {
        name: value
        for name, value in vars(layer).items()
        if isinstance(value, PLAIN) and name not in BY_KERAS
    }


def _all_variables(model):
    """Of the model, its metrics, losses and optimizers, and the seeds of Keras."""
    from keras.src.backend.common import global_state

    seeds = global_state.get_global_attribute("global_seed_generator")
    found = [
        *model.variables,
        *([] if seeds is None else [seeds.state]),
        *(
            variable
            for owner in (
                *getattr(model, "metrics", ()),
                *metrics_given(model),
                *_optimizers(model),
                *_held_by_losses(model),
            )
            for variable in _variables_of(owner)
        ),
    ]
    return list({id(variable): variable for variable in found}.values())


def _variables_of(owner):
    if is_variable(owner):
        return [owner]
    if not isinstance(owner, OWNERS):
        return []
    return [v for v in getattr(owner, "variables", ()) if is_variable(v)]


def _optimizers(model):
    """Those that are attributes of the model, or stand in lists or dicts of it."""
    return [one for value in vars(model).values() for one in _optimizers_in(value)]


def _states(model):
    """What recurrent layers carry from one batch to the next, which are no weights."""
    return [
        state
        for layer in model._flatten_layers()
        if getattr(layer, "stateful", False)
        for state in keras.tree.flatten(getattr(layer, "states", None))
        if is_variable(state)
    ]


def _held(model, variables):
    """What the layers, losses and metrics hold that are not those of Keras, besides
    these variables."""
    kept = Kept(beside=variables)
    parts = (*model._flatten_layers(), *metrics_given(model), *_held_by_losses(model))
    for part in parts:
        if not isinstance(part, OWNERS):
            kept.value(part)
        elif getattr(part, "built", True) and not module_of(part).startswith("keras."):
            kept.attributes_of(part)
    return kept


def losses_given(model):
    """The losses that the user handed to `compile`."""
    given = getattr(getattr(model, "_compile_loss", None), "_user_loss", None)
    return keras.tree.flatten(given)


def _held_by_losses(model):
    found = []
    for loss in losses_given(model):
        try:
            found += [loss, *(value for _, value, _ in captured(loss))]
        except Exception:  # no code of Python
            continue
    return found


def as_given_for_metrics(model):
    """What `compile` got as metrics, and as weighted metrics."""
    compiled = getattr(model, "_compile_metrics", None)
    return [
        getattr(compiled, name, None)
        for name in ("_user_metrics", "_user_weighted_metrics")
    ]


def metrics_given(model):
    """The metrics that the user handed to `compile`, which may not be built yet."""
    return [
        part
        for part in keras.tree.flatten(as_given_for_metrics(model))
        if isinstance(part, keras.metrics.Metric)
    ]


def _torch_tensors(model):
    """What modules of PyTorch count in, and where they gather gradients: each tensor,
    its value if no variable holds it, and its gradient."""
    if backend.NAME != "torch":
        return []
    counting = [(b, b.detach().clone(), None) for b in model.buffers()]
    gathering = [v.value for v in model.variables if v.value.is_leaf]
    return counting + [
        (t, None, None if t.grad is None else t.grad.detach().clone())
        for t in gathering
    ]

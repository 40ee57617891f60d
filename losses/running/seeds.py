"""The random state of the backend and of Keras, kept while a model is looked at: what
`fit` draws afterwards is what it would have drawn. The seeds of Python and NumPy are
kept by every check."""

import random
from contextlib import ExitStack, contextmanager

from losses.running import backend

SEEDS = "global_seed_generator"
NAMES = "object_name_uids"


@contextmanager
def kept_seeds():
    """What is drawn or seeded inside changes nothing outside."""
    with ExitStack() as stack:
        stack.enter_context(_keras())
        if keep := {"tensorflow": _tensorflow, "torch": _torch}.get(backend.NAME):
            stack.enter_context(keep())
        yield


@contextmanager
def _keras():
    """The seed for what has none of its own, which its first use makes, and the numbers
    behind names. What the seed holds is a variable, kept with the others."""
    from keras.src.backend.common import global_state

    seed = global_state.get_global_attribute(SEEDS)
    numbers = global_state.get_global_attribute(NAMES)
    before = None if numbers is None else dict(numbers)
    try:
        yield
    finally:
        global_state.set_global_attribute(SEEDS, seed)
        if numbers is not None:
            numbers.clear()
            numbers.update(before)


@contextmanager
def _tensorflow():
    """TensorFlow draws the seed of each operation from a generator of its own, and
    keeps what an operation has drawn with its kernel."""
    from tensorflow.python.eager import context
    from tensorflow.python.ops import stateful_random_ops

    found = context.context()
    names = [name for name in ("_seed", "_rng") if hasattr(found, name)]
    before = {name: getattr(found, name) for name in names}
    drawn = getattr(stateful_random_ops, "global_generator", None)
    drawn = drawn and (drawn, drawn.state.numpy())
    if "_rng" in before:
        found._rng = random.Random(0)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(found, name, value)
        if clear := getattr(found, "clear_kernel_cache", None):
            clear()
        if drawn:
            drawn[0].state.assign(drawn[1])


@contextmanager
def _torch():
    import torch

    on_gpu = torch.cuda.is_available() and torch.cuda.is_initialized()
    devices = range(torch.cuda.device_count()) if on_gpu else ()
    with torch.random.fork_rng(devices):
        yield

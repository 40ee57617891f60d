"""Saved models are loaded in a process that knows the losses by `losses.register()` and
nothing else. It is started once for all of them: an import of Keras takes seconds."""

from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context


def loaded(path, x, y):
    """The loss that a saved model has there."""
    return _process().submit(_evaluate, path, x, y).result()


@cache
def _process():
    return ProcessPoolExecutor(1, get_context("spawn"))


def _evaluate(path, x, y):
    from losses.running.startup import import_keras

    keras = import_keras()
    import losses

    losses.register()
    model = keras.models.load_model(path)
    model.run_eagerly = True  # to trace each one once would take most of the time
    return model.test_on_batch(x, y, return_dict=True)["loss"]

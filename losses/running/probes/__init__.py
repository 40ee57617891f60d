"""The ways of running a loss: directly, through its gradient, inside `fit`, on devices.

Inside `fit` the predictions are given: the model is a table of them, one row for each
sample, so that a training step with a learning rate of 1 moves the table by minus the
gradient. What is recorded is the loss that Keras logs and the norm of that step.
"""

from losses.running.observe import observe
from losses.running.probes import devices, direct, fitted

MODULES = (direct, fitted, devices)
PROBES = {
    name: run
    for module in MODULES
    for name, run in vars(module).items()
    if hasattr(run, "probe") and run.__module__ == module.__name__
}


def run(probe, subject, case):
    """What `subject` does on the inputs of `case` in one way of running."""
    return observe(lambda: PROBES[probe](subject, case))

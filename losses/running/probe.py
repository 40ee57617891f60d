"""What a probe is: a way of running a loss, and how the site speaks of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Probe:
    """A way of running a loss: a function `(subject, case)` that returns what the loss
    gave, and raises `Impossible` with the reason where that cannot be done.

    Args:
        phrase: what it is, in the middle of a sentence.
        column: the head of its column in the matrix; a new line may break it.
        compared_with: the probe whose outcome in the reference environment it must
            reproduce, because the inputs are the same: `"call"`, or `"fit_graph"`,
            which logs the mean of what a call gives. `"itself"` where the inputs are
            others: weights, a mask, fewer samples.
    """

    phrase: str
    column: str
    compared_with: str


def probe(*, phrase, column, compared_with):
    """Declare a probe."""

    def declare(run):
        run.probe = Probe(phrase, column, compared_with)
        return run

    return declare

"""State: nothing is left between one call and the next."""

from losses.checker.facts import same
from losses.checker.failures import LossFailed, named
from losses.checker.rule import error, note, rule


@rule(shown_by="mean_squared_error/warm_up_counted_in_python")
def check_no_state(exam):
    """The same call gives the same loss, whatever was called before.

    What a Python object keeps from call to call is kept once in a graph, when it is
    traced. So is what Python or NumPy draw: a coin that is thrown while the graph is
    made falls once for the whole training.
    """
    tensors = exam.tensors
    try:
        first = exam.again(tensors.y_true, tensors.y_pred).value
        again = exam.again(tensors.y_true, tensors.y_pred).value
        exam.again(tensors.y_true, tensors.others)
        later = exam.again(tensors.y_true, tensors.y_pred).value
    except LossFailed as failure:
        yield error(f"Called again, it raises {named(failure)}")
        return
    scale = exam.facts.scale
    differ = not (same(first, again, scale) and same(again, later, scale))
    if differ and exam.facts.has_state:
        if not exam.by_design("random"):
            yield note(
                "The same call gives another number: it draws from a generator, or "
                "changes a variable, with each call."
            )
    elif differ and not exam.draws:
        yield error(
            "The same call gives another number after other calls: it keeps something "
            "between them. In a graph that is kept once, when it is traced.",
            numbers=[first, again, later],
        )
    elif exam.facts.is_random and not exam.by_design("random"):
        yield from _randomness(exam)


def _randomness(exam):
    """Random numbers of Keras or TensorFlow are drawn anew in each step; those of
    Python and NumPy once, when the graph is made."""
    try:
        values = exam.free_steps(3)
    except LossFailed:
        return
    if same(values[0], values[1]) and same(values[1], values[2]):
        yield error(
            "It draws random numbers with Python or NumPy: in a graph they are drawn "
            "once, and every step uses the same. Use keras.random.",
            two_calls=exam.free,
            three_steps=values,
        )
    else:
        yield note("It is random: two calls differ. Rules that compare were left out.")

"""State: nothing is left between one call and the next."""

from losses.checker.examined import same
from losses.checker.rule import error, note, rule
from losses.checker.rules.form import named
from losses.checker.running import LossFailed


@rule(shown_by="mean_squared_error/warm_up_counted_in_python")
def check_no_state(exam):
    """The same call gives the same loss, whatever was called before.

    What a Python object keeps from call to call is kept once in a graph, when it is
    traced. So is a random choice that Python or NumPy makes.
    """
    tensors = exam.tensors
    first = exam.value(tensors.y_true, tensors.y_pred)
    try:
        again = exam.value(tensors.y_true, tensors.y_pred)
        exam.value(tensors.y_true, tensors.others)
        later = exam.value(tensors.y_true, tensors.y_pred)
    except LossFailed as failure:
        yield error(f"Called again, it raises {named(failure)}")
        return
    differ = not (same(first, again, exam.scale) and same(again, later, exam.scale))
    if differ and exam.becomes_a_graph and exam.trace.has_state:
        if not exam.by_design("random"):
            yield note(
                "The same call gives another number: it draws from a generator, or "
                "changes a variable, with each call."
            )
    elif differ:
        yield error(
            "The same call gives another number after other calls: it keeps something "
            "between them. In a graph that is kept once, when it is traced.",
            numbers=[first, again, later],
        )
    elif exam.is_random and not exam.by_design("random"):
        yield from _randomness(exam)


def _randomness(exam):
    """Random numbers of Keras or TensorFlow are drawn anew in each step; those of
    Python and NumPy once, when the graph is made."""
    try:
        step = exam.compiled(seeded=False)
        true, pred = exam.tensors.y_true, exam.tensors.y_pred
        values = [step(true, pred).value for _ in range(3)]
    except LossFailed:
        return
    if same(values[0], values[1]) and same(values[1], values[2]):
        yield error(
            "It draws random numbers with Python or NumPy: in a graph they are drawn "
            "once, and every step uses the same. Use keras.random.",
            three_steps=values,
        )
    else:
        yield note("It is random: two calls differ. Rules that compare were left out.")

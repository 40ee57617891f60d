"""What goes into the model."""

import numpy as np

from losses.checker.rule import error, rule


@rule(shown_by="inputs/missing_values_in_x", looks_only=True)
def check_inputs_are_numbers(exam):
    """No input is NaN or infinite, unless the model deals with it."""
    for place, values in exam.inputs_not_finite:
        if not exam.not_finite_by_inputs:
            return
        rows = np.flatnonzero(~np.isfinite(values).all(tuple(range(1, values.ndim))))
        where = f" {place}" if place else ""
        yield error(
            f"x{where} has NaN or infinity in {len(rows)} of {len(values)} rows"
            f"{_columns(values)}, and so have the predictions; with 0 in their place "
            "they have not. One step makes the weights NaN. Leave these rows out, or "
            "fill the gaps.",
            first_row_of_the_batch=int(rows[0]),
        )
        for output in exam.outputs:
            output.broken |= {"head", "labels"}


def _columns(values):
    """Which columns of a table it is, where they are few."""
    if values.ndim != 2:
        return ""
    columns = np.flatnonzero(~np.isfinite(values).all(0))
    if len(columns) > 5 or len(columns) == values.shape[1]:
        return ""
    listed = ", ".join(map(str, columns))
    return f" (column{'s' if len(columns) > 1 else ''} {listed})"

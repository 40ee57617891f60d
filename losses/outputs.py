"""Several tasks or outputs: cut a tensor by name, run a loss on each part."""

import keras
from keras import ops

from losses.shapes import per_sample, shown


def loss_of(identifier):
    """A function `(y_true, y_pred)` that does not reduce over the batch.

    Args:
        identifier: a function, a `keras.losses.Loss`, or the name of a Keras loss.
    """
    found = keras.losses.get(identifier)
    return found.call if isinstance(found, keras.losses.Loss) else found


def values_of(loss, y_true, y_pred, where):
    """`loss` on one part, as `(batch,)` values; refused if it has averaged the batch."""
    values = ops.convert_to_tensor(loss_of(loss)(y_true, y_pred))
    if not values.shape:
        raise ValueError(
            f"{where}: its loss returned a scalar for y_true {shown(y_true)} and y_pred "
            f"{shown(y_pred)}; it must return one value per sample. Take the mean over "
            "every axis but the first. "
            "More: losses explain mean_squared_error/sum_over_everything"
        )
    return per_sample(values)


def cut(tensor, widths):
    """A dict of slices of the last axis, side by side in the order of `widths`."""
    parts, start = {}, 0
    for name, width in widths.items():
        parts[name] = tensor[..., start : start + width]
        start += width
    return parts


def same_names(given, known, where):
    """Refuse names that are missing or unknown, because a dict would pass in silence."""
    missing, unknown = sorted(set(known) - set(given)), sorted(set(given) - set(known))
    if missing or unknown:
        raise ValueError(
            f"{where} has the names {sorted(given)}, but must have {sorted(known)}: "
            f"missing {missing}, unknown {unknown}"
        )

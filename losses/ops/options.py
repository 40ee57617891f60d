"""Options: refuse what is out of range, and make plain numbers of arrays."""

from keras import ops

from losses.ops.refusals import Refused
from losses.ops.shapes import compatible, shape_of


def check_at_least_zero(**numbers):
    """Refuse options that are below 0, or no number."""
    for name, number in numbers.items():
        if not number >= 0:
            raise Refused(f"{name} must be 0 or more, not {number}")


def check_label_smoothing(label_smoothing):
    """Refuse a `label_smoothing` outside of [0, 1]."""
    if not 0 <= label_smoothing <= 1:
        raise Refused(f"label_smoothing must be in [0, 1], not {label_smoothing}")


def check_over(over):
    """Refuse anything but the two regions that sums may run over."""
    if over not in ("image", "batch"):
        raise Refused(f"over must be 'image' or 'batch', not {over!r}")


def check_ignore_class(ignore_class):
    """`ignore_class` as a plain number, refused unless it is one number."""
    ignore_class = plain(ignore_class)
    if not isinstance(ignore_class, (int, float)):
        raise Refused(
            f"ignore_class must be one number or None, not {ignore_class!r}. Several "
            "ids become one where the data are made: np.where(np.isin(ids, void), 255, "
            "ids)."
        )
    return ignore_class


def class_weights(class_weight, y_pred):
    """`class_weight` as a tensor, refused unless it has one number for each class.

    A tensor may come from the graph, where its numbers are not known, and only its
    shape is checked.
    """
    if class_weight is None:
        return None
    if not ops.is_tensor(class_weight):
        class_weight = per_class(class_weight, y_pred, "class_weight")
    weight = ops.convert_to_tensor(class_weight, y_pred.dtype)
    what = f"class_weight has shape {shape_of(weight)}"
    _check_one_per_class(weight.shape, what, y_pred)
    return weight


def per_class(numbers, y_pred, option):
    """The numbers of an option as a list, refused unless there is one for each class,
    each 0 or more and one of them above.

    They stay Python numbers: nothing is rounded to float32, and a wrong one is refused
    while a graph is traced.
    """
    numbers = plain(numbers)
    if isinstance(numbers, dict):
        raise Refused(
            f"{option} has the keys {list(numbers)}; it must have each class from 0 "
            "on, as a whole number, and nothing else."
        )
    several = isinstance(numbers, (list, tuple))
    sizes = (len(numbers),) if several else ()
    what = f"has {sizes[0]} numbers" if several else f"is {numbers}"
    _check_one_per_class(sizes, f"{option} {what}", y_pred)
    numbers = [plain(number) for number in numbers]
    for c, number in enumerate(numbers):
        if not (isinstance(number, (int, float)) and 0 <= number < float("inf")):
            raise Refused(f"{option} of class {c} is {number}; it must be 0 or more.")
    if not any(numbers):
        raise Refused(f"{option} is 0 for every class; one must count.")
    return [float(number) for number in numbers]


def plain(value):
    """Arrays and tensors as lists, also inside of a dict or a list, because a model
    file holds neither; and `{0: 1.0, 1: 3.0}`, a number for each class, as a list,
    because a model file makes text of the keys."""
    if isinstance(value, (int, float)):  # of these torch.compile traces nothing more
        return value
    if isinstance(value, dict):
        return _in_class_order({plain(key): plain(v) for key, v in value.items()})
    if isinstance(value, list):
        return [plain(part) for part in value]
    is_array = hasattr(value, "shape") and hasattr(value, "dtype")
    return ops.convert_to_numpy(value).tolist() if is_array else value


def _in_class_order(by_class):
    """The values of a dict whose keys are the classes from 0 on, as numbers or as text;
    any other dict as it is."""
    keys = {str(key): key for key in by_class}
    classes = [str(number) for number in range(len(by_class))]
    if not classes or keys.keys() != set(classes):
        return by_class
    return [by_class[keys[name]] for name in classes]


def _check_one_per_class(sizes, what, y_pred):
    if not compatible(sizes, y_pred.shape[-1:]):
        raise Refused(
            f"{what}; y_pred has {y_pred.shape[-1]} classes, the size of its last "
            "axis, and needs one number for each, in the order of their ids."
        )

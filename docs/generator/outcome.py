"""What was seen, in words: each outcome, and how two of them compare."""

import json
import math
from html import escape

PROBES = {
    "call": "a direct call",
    "gradient": "the gradient of a direct call",
    "custom_loop": "a training step of your own",
    "unknown_batch": "a layer that does not know the batch size",
    "unknown_sizes": "`tf.function` that knows no size but the last",
    "torch_compile": "`torch.compile`",
    "fit_eager": "`fit` run eagerly",
    "fit_graph": "`fit` as a graph",
    "fit_xla": "`fit` with `jit_compile=True`",
    "loss_subclass": "`fit` with the function inside a `Loss` class",
    "batch_of_one": "`fit` on one sample",
    "partial_batch": "`fit` with one sample in the last batch",
    "sample_weight": "`fit` with `sample_weight`",
    "sample_weight_column": "`fit` with `sample_weight` of shape `(batch, 1)`",
    "sample_weight_by_position": "`fit` with a weight for each position",
    "class_weight": "`fit` with `class_weight`",
    "masking": "`fit` with the mask of an `Embedding`",
    "mixed_float16": "`fit` under `mixed_float16`",
    "mixed_bfloat16": "`fit` under `mixed_bfloat16`",
    "float64": "`fit` in `float64`",
    "save_load": "`evaluate` after `save` and `load_model`",
    "two_replicas": "`fit` on two replicas",
    "two_replicas_uneven": "`fit` on two replicas with unequal shares",
    "data_parallel": "`fit` under `DataParallel` on two devices",
    "two_workers": "a training step of two processes",
}
SIGNS = {
    "same": ("·", "same"),
    "value": ("≠", "other value"),
    "shape": ("⊞", "other shape"),
    "step": ("∇", "other gradient"),
    "silent": ("∅", "no error"),
    "raises": ("✕", "raises"),
    "absent": ("–", "not run"),
}
CLOSE = 1e-5  # as in losses.outcomes
MANY = 48  # numbers that are not shown one by one


def compare(wrong, right):
    """How what was seen of the wrong loss differs: a key of SIGNS. What one device does
    `alone` stands beside, and is no part of it."""
    wrong, right = together(wrong), together(right)
    if "not_applicable" in wrong:
        return "absent"
    if same(wrong, right):
        return "same"
    if "raises" in wrong:
        return "raises"
    if "returns" not in right:
        return "silent" if "raises" in right else "value"
    if shape(wrong) != shape(right):
        return "shape"
    return "value" if not same(wrong["returns"], right["returns"]) else "step"


def together(outcome):
    """What several devices do, without what one of them does alone."""
    return {name: part for name, part in outcome.items() if name != "alone"}


def same(one, other, close=CLOSE):
    """Equal but for the last digits of numbers."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            same(one[key], other[key], close) for key in one
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            same(*pair, close) for pair in zip(one, other)
        )
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=close, abs_tol=close)
    return one == other


def shape(outcome):
    """The shape of what was returned, or what it was instead of a tensor."""
    if "kind" in outcome:
        return "" if outcome["kind"] == "none" else f"a {outcome['kind']}"
    if "shape" in outcome:
        return str(tuple(outcome["shape"]))
    sizes, value = [], outcome["returns"]
    while isinstance(value, list):
        sizes.append(len(value))
        value = value[0] if value else None
    return f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"


def value(outcome):
    """What was returned, as text; where it is long, how many numbers and which."""
    found = numbers(outcome["returns"])
    if len(found) <= MANY:
        return _text(outcome["returns"])
    finite = [n for n in found if not isinstance(n, str)]
    about = f"{min(finite)} to {max(finite)}" if finite else ""
    rest = sorted({_text(n) for n in found if isinstance(n, str)})
    return f"{len(found)} numbers: {', '.join([about, *rest] if about else rest)}"


def numbers(part):
    """Every number of a value, in order; those that are not finite as text."""
    if isinstance(part, dict):
        part = list(part.values())
    if isinstance(part, list):
        return [number for each in part for number in numbers(each)]
    return [] if part is None else [part]


def _text(part):
    if isinstance(part, list):
        return f"[{', '.join(map(_text, part))}]"
    if isinstance(part, dict):
        return f"{{{', '.join(f'{name}: {_text(p)}' for name, p in part.items())}}}"
    if isinstance(part, str):
        return {"nan": "NaN", "inf": "∞", "-inf": "-∞"}.get(part, part)
    return str(part)


def words(outcome):
    """One outcome as HTML for a sentence or a list, without the text of an error."""
    if "raises" in outcome:
        return f"raises <code>{escape(outcome['raises'])}</code>"
    if "not_applicable" in outcome:
        return f"not run: {escape(outcome['not_applicable'])}"
    return f"gives <code>{escape(value(outcome))}</code>"


def cell(outcome, note=""):
    """One outcome as the cell of a table: its HTML, and its data to compare with."""
    if len(numbers(outcome.get("returns"))) > MANY:
        seen = {**outcome, "returns": value(outcome)}
    else:
        seen = outcome
    data = {"data-seen": json.dumps(seen, ensure_ascii=False, sort_keys=True)}
    if "raises" in outcome:
        return f"<code>{escape(outcome['raises'])}</code>{note}", data
    if "not_applicable" in outcome:
        return f"<small>{escape(outcome['not_applicable'])}</small>", data
    about = shape(outcome)
    if "step" in outcome:
        about = f"step {value({'returns': outcome['step']})}"
    elif about == "()":
        about = "a scalar"
    if "alone" in outcome and not same(outcome["alone"], together(outcome)):
        about += f"; one device {plain(outcome['alone'])}"
    text = escape(value(outcome))
    return f"<code>{text}</code> <small>{escape(about)}</small>", data


def plain(outcome):
    """One outcome as text: the error, or the value and the step."""
    if "raises" in outcome:
        return f"raises {outcome['raises']}"
    step = value({"returns": outcome["step"]}) if "step" in outcome else ""
    return value(outcome) + (step and f", step {step}")


def sign(kind, with_word=True):
    """Sign and word; the word for the ear only where there is no room."""
    mark, word = SIGNS[kind]
    hidden = "" if with_word else ' class="ear"'
    return (
        f'<span class="sign {kind}" title="{word}">'
        f'<b aria-hidden="true">{mark}</b><span{hidden}>{word}</span></span>'
    )


def seen_with(environment):
    """The versions, as one line."""
    names = {
        "keras": "Keras",
        "tensorflow": "TensorFlow",
        "jax": "JAX",
        "torch": "PyTorch",
        "numpy": "NumPy",
    }
    return " · ".join(f"{names.get(k, k)} {v}" for k, v in environment.items())

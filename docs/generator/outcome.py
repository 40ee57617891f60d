"""Outcomes in words, and how two of them compare."""

import json
from html import escape

from losses.evidence.compare import ACROSS, BESIDE, same, together

SIGNS = {
    "same": ("·", "same"),
    "value": ("≠", "other value"),
    "shape": ("⊞", "other shape"),
    "step": ("∇", "other gradient"),
    "silent": ("∅", "no error"),
    "raises": ("✕", "raises"),
    "absent": ("–", "not run"),
}
MANY = 48  # numbers that are not shown one by one


def compare(wrong, right):
    """How the outcome of a variant differs from that of its reference: a key of SIGNS.
    What one device does `alone` is left out."""
    wrong, right = together(wrong), together(right)
    if "not_applicable" in wrong or "not_applicable" in right:
        return "absent"
    if wrong == right or same(wrong, right, BESIDE):
        return "same"
    if "raises" in wrong:
        return "raises"
    if "returns" not in right:
        return "silent"
    if shape(wrong) != shape(right):
        return "shape"
    return "value" if not same(wrong["returns"], right["returns"], BESIDE) else "step"


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
    if "alone" in outcome and not same(outcome["alone"], together(outcome), ACROSS):
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


def seen_with(versions):
    """The versions, as one line."""
    names = {
        "keras": "Keras",
        "tensorflow": "TensorFlow",
        "jax": "JAX",
        "torch": "PyTorch",
        "numpy": "NumPy",
    }
    return " · ".join(f"{names.get(k, k)} {v}" for k, v in versions.items())

"""Which broken variants raise an error like this one?

The messages that were recorded become templates. A pasted text is scored against each:

1. words: colours, `{{...}}` and `[Op:...]` are removed; a run of digits, or None, is
   made `#`; a word is a run of ASCII letters, `_` and `#`; of neighbouring words `#`
   one is kept, so that the rank of a shape does not matter;
2. the share of the word trigrams of the template that occur in the text;
3. plus 1 where all its words stand in the text, one after the other;
4. or else 1 where the text, of `SHORTEST` words or more, stands like that in the
   template.

A message of fewer than `SHORTEST` words says too little: its template is the error's
class and the message, digits and all, and the score is 2 or 0. The site does the same
in JavaScript; tests/explain_cases.json holds the cases of both.
"""

import re

SHORTEST = 4
THRESHOLD = 0.5
BEST = 5


def words(text):
    """The words of a message, without what differs from one run to the next."""
    text = re.sub(r"\x1b\[[0-9;]*m|\{\{.*?\}\}|\[Op:.*?\]", " ", text)
    text = re.sub(r"[0-9]+|\bNone\b", "#", text)
    found = re.findall(r"[A-Za-z_#]+", text)
    return [
        word for before, word in zip(["", *found], found) if not before == word == "#"
    ]


def score(error, message, text):
    """How well `text` fits a recorded error: 0 to 1, plus 1 if it holds all of it."""
    template, pasted = words(message), words(text)
    if len(template) < SHORTEST:
        said = re.escape(f"{error}: {message}")
        return 2.0 if re.search(rf"(?<!\w){said}(?!\w)", text) else 0.0
    grams, found = _trigrams(template), _trigrams(pasted)
    whole, part = (f" {' '.join(some)} " for some in (pasted, template))
    if len(pasted) >= SHORTEST and whole in part and whole != part:
        return 1.0
    return len(grams & found) / len(grams) + (part in whole)


def ranked(text, errors):
    """The best of `errors`, triples of an id, a class and a message: `[(score, id)]`.

    An id counts with the best of its messages. Nothing under `THRESHOLD` is listed, and
    no tie is cut: there may be more than `BEST`.
    """
    best = {}
    for name, error, message in errors:
        best[name] = max(best.get(name, 0.0), score(error, message, text))
    found = sorted((-value, name) for name, value in best.items() if value >= THRESHOLD)
    last = found[:BEST][-1][0] if found else 0.0
    return [(-value, name) for value, name in found if value <= last]


def errors(loss, cells):
    """The errors of the variants of a loss, from its cells: `(id, class, message)`.

    Where the reference raises the same, the variant is not to blame.
    """
    for name, probes in cells.items():
        for probe, both in probes.items():
            variant, reference = both["variant"], both["reference"]
            # A model that was never registered cannot be loaded, whatever its loss.
            blamed = variant != reference and probe != "save_load"
            if "raises" in variant and blamed:
                yield f"{loss}/{name}", variant["raises"], variant["message"]


def claimed(subject, document):
    """The errors of the code that claims are about: `(id, class, message)`."""
    for name, record in document.get("claims", {}).items():
        for part in ("said_to_fail", "advice"):
            for outcome in record["seen"].get(part, {}).values():
                if "raises" in outcome:
                    yield f"{subject}/{name}", outcome["raises"], outcome["message"]


def _trigrams(found):
    return set(zip(found, found[1:], found[2:]))

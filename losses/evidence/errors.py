"""Which recorded errors are like a pasted one?

1. Words: colours, `{{...}}`, `[Op:...]` and the places of local functions are left out;
   a run of digits, or None, is made `#`, a sign before it `minus`; a word is a run of
   ASCII letters, `_` and `#`; of neighbouring words `#` one is kept.
2. A fit is the share of the word trigrams of a recorded message that the pasted one
   has; it is 1 where a pasted message of `SHORTEST` words or more stands in the
   recorded one. Nothing under `THRESHOLD` fits. A recorded message of fewer than
   `SHORTEST` words says too little: all of it must be the same, and its class.
3. Of those that fit, what else is alike decides: the function of Keras in which it was
   raised, the ranks and equal sizes of the shapes, the class, the names of losses; a
   metric counts less where nothing says that one was called.
4. Before all that, words that have one cause where they come from one place: see
   wordings.toml.
5. What a backend or Python says of any tensor is certain only where the traceback leads
   to a loss, to `fit` or to a metric: see `is_proven`.

What Python itself says, such as `'NoneType' object is not iterable`, fits anything: a
traceback beside it must go through the function of Keras that was recorded, or through
Keras where a loss of one's own was called. Without a traceback it is never certain.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import cached_property

from losses.evidence.places import names_a_loss

SHORTEST = 4
THRESHOLD = 0.7
WHOLE = 0.8  # from here on the words are the same
CLOSE = 0.05  # two that differ by less fit equally well
FAR = 0.45  # what fits worse than the best by more is not told
PYTHON = {"AttributeError", "IndexError", "KeyError", "NameError", "TypeError"}
NUMPY = "operands could not be broadcast", "could not convert string to float"
IN_A_LAYER = "Exception encountered when calling"  # what Keras puts before it
IN_A_LOSS = "LossFunctionWrapper.call"  # where Keras calls a loss of one's own
# Where Keras hands over to what says the same of any tensor or object; the classes of
# errors that Keras itself raises; and words of a backend that name what they are about.
OF_ANYTHING = re.compile(
    r"|backend/common/variables\.py .*|(?:backend/\w+|ops)/(?:core|numpy|math)\.py .*"
    r"|saving/serialization_lib\.py .*"
    rf"|backend/jax/nn\.py ctc_loss|.*{IN_A_LOSS}"
)
OF_KERAS = PYTHON | {"ValueError", "NotImplementedError"}
TYPE = re.compile(r"\(of type <class '[\w.]+'>\)")  # of what Keras could not read
SUBJECT = re.compile(r"label value|logits|target|\btf\.gradients\b")
WEIGHTS = {"place": 0.3, "shapes": 0.5, "error": 0.1, "name": 0.1, "metric": 0.1}


@dataclass(frozen=True)
class Recorded:
    """An error that was seen: whose it is, its class, what it says, and the function of
    Keras that it came from, "file function", "" if none was recorded."""

    id: str
    error: str
    message: str
    at: str = ""

    @cached_property
    def words(self):
        return words(self.message)

    @cached_property
    def shapes(self):
        return shapes(self.message)

    @property
    def is_short(self):
        return len(self.words) < SHORTEST

    @property
    def is_of_numpy(self):
        return self.message.startswith(NUMPY)

    @property
    def is_general(self):
        """Whether Python or NumPy says this, of anything."""
        return self.is_short or self.error in PYTHON or self.is_of_numpy

    @property
    def is_of_keras(self):
        """Whether Keras itself says this, and so of nothing else."""
        raised = self.error in OF_KERAS or self.error.endswith("Warning")
        return raised and not OF_ANYTHING.fullmatch(self.at)

    def is_proven(self, pasted):
        """Whether the message alone, or the place it came from, tells the cause."""
        if TYPE.findall(self.message) != TYPE.findall(pasted.message):
            return False
        if self.is_of_keras or (not pasted.frames and SUBJECT.search(self.message)):
            return True
        if pasted.is_foreign:
            return False
        met = {"in_a_loss", "in_own_loss"}
        if self.at.startswith("saving/"):
            met |= {"in_losses"}
            if names_a_loss(pasted.message):
                return True
        elif self.id.startswith("metrics/"):
            met = {"in_a_metric", "in_fit"}
        elif not self.at.endswith(IN_A_LOSS):
            met |= {"in_fit"}
        return bool(met & pasted.places)

    def came_through(self, pasted):
        """Whether a traceback goes through the function that it was raised in."""
        file, _, function = self.at.partition(" ")
        return (file, function.rpartition(".")[2]) in pasted.frames


@dataclass(frozen=True)
class Fit:
    """How well a pasted error fits what was recorded under an id."""

    id: str
    total: float  # share of the words, and all else that is alike
    whole: bool  # nothing in it says otherwise
    shared: bool = False  # several causes are known to give this message


class Index:
    """Recorded errors by their trigrams, and `wordings` of others: `{place: {words:
    ids}}`."""

    def __init__(self, recorded, wordings=()):
        self.wordings = {
            place: [(_pattern(words), ids) for words, ids in said.items()]
            for place, said in dict(wordings).items()
        }
        self.recorded = list(dict.fromkeys(recorded))
        self.short = [one for one in self.recorded if one.is_short]
        self.by_id = defaultdict(list)
        self.sizes, self.by_trigram = {}, defaultdict(list)
        for number, one in enumerate(self.recorded):
            self.by_id[one.id].append(one)
            if not one.is_short:
                grams = _trigrams(one.words)
                self.sizes[number] = len(grams)
                for gram in grams:
                    self.by_trigram[gram].append(number)

    def fits(self, pasted):
        """The best fit of every id that fits, the best first. Words that lead to causes
        where they come from this place alone decide by themselves."""
        for place in [place for place in self.wordings if place in pasted.places]:
            for ids in self._said(place, pasted):
                return self._placed(ids, pasted)
        said = words(pasted.message)
        counts = Counter(
            number for gram in _trigrams(said) for number in self.by_trigram[gram]
        )
        layer = IN_A_LAYER in pasted.message
        whole, part = f" {' '.join(said)} ", len(said) >= SHORTEST
        best = {}
        for number, count in counts.items():
            one, share = self.recorded[number], count / self.sizes[number]
            if part and whole in f" {' '.join(one.words)} ":
                share = 1.0
            known = not layer or IN_A_LAYER in one.message or one.came_through(pasted)
            if share >= THRESHOLD and known:
                _keep(best, _fit(one, pasted, share))
        for one in self.short:
            if one.error == pasted.error and one.message == pasted.message:
                _keep(best, _fit(one, pasted, 1.0))
        several = False
        for ids in self._said("anywhere", pasted):
            several = several or len(ids) > 1
            for rank, id_ in enumerate(ids):
                _keep(best, self._worded(id_, pasted, rank / len(ids)))
        found = sorted(best.values(), key=lambda fit: (-fit.total, fit.id))
        found = [replace(fit, shared=several) for fit in found]
        return [fit for fit in found if fit.total >= found[0].total - FAR]

    def _said(self, place, pasted):
        """The ids of every wording of a place that a message has; none of what a layer
        says, which may be about anything."""
        message = " ".join(pasted.message.split())
        if IN_A_LAYER in message:
            return
        for pattern, ids in self.wordings.get(place, ()):
            if pattern.search(message):
                yield ids

    def _placed(self, ids, pasted):
        found = [
            replace(
                self._worded(id_, pasted, rank / len(ids)),
                whole=pasted.in_keras or "in_a_loss" in pasted.places,
                shared=len(ids) > 1,
            )
            for rank, id_ in enumerate(ids)
        ]
        return sorted(found, key=lambda fit: (-fit.total, ids.index(fit.id)))

    def _worded(self, id_, pasted, rank):
        """The fit of an id that has this rank in the list of a wording."""
        own = self.by_id.get(id_, ())
        pair = shapes(pasted.message)
        shown = max((alike(one.shapes, pair) for one in own), default=1.0)
        total = (
            1
            + WEIGHTS["place"] * any(one.came_through(pasted) for one in own)
            + WEIGHTS["shapes"] * shown
            + WEIGHTS["error"]
            - CLOSE * rank
        )
        proven = not own or any(one.is_proven(pasted) for one in own)
        return Fit(id_, total, whole=proven)


def words(text):
    """The words of a message, without what differs from one run to the next."""
    text = re.sub(r"\x1b\[[0-9;]*m|\{\{.*?\}\}|\[Op:.*?\]|[\w.]*<locals>\.", " ", text)
    text = re.sub(r"(?<![\w.])-(?=[0-9])", " minus ", text)
    text = re.sub(r"[0-9]+|\bNone\b", "#", text)
    found = re.findall(r"[A-Za-z_#]+", text)
    return [
        word for before, word in zip(["", *found], found) if not before == word == "#"
    ]


def shapes(message):
    """The first two shapes in a message, `(8, 5)`, `[8,5]` or `torch.Size([8, 5])`; of
    one without shapes the first two numbers; of arrays of several lengths the
    first two that differ, weights apart."""
    if "' sizes: " in message:
        return _samples(message)
    size = r"(?:\d+|None|\?)"
    found = re.findall(rf"(?<![\w)])[(\[]({size}?(?:, ?{size})*,?)[)\]]", message)
    found = [one for one in found if one != "None"]
    found = found or re.findall(r"(?<![\w.#])\d+(?![\w.])", message)
    return [
        [None if part in ("None", "?") else int(part) for part in re.findall(size, one)]
        for one in found[:2]
    ]


def _samples(message):
    """How many samples there are of data and labels, twice, if they agree."""
    sizes = re.findall(r"'(\w+)' sizes: (\d+(?:, \d+)*)", message)
    data = ", ".join(listed for name, listed in sizes if name != "sample_weight")
    numbers = [int(number) for number in re.findall(r"\d+", data)]
    differ = [number for number in numbers if number != numbers[0]]
    return [[number] for number in (numbers[:1] + (differ or numbers)[:1])]


def alike(one, other):
    """Which share of what two pairs of shapes show is the same: their ranks, which of
    their axes are equal, and where the last one is 1."""
    if len(one) != 2 or len(other) != 2:
        return 1.0 if len(one) == len(other) else 0.5
    pairs = list(zip(_shown(one), _shown(other)))
    return sum(a == b for a, b in pairs) / len(pairs)


def errors(loss, cells):
    """The errors of the variants of a loss, from its cells.

    Where the reference raises the same, the variant is not to blame.
    """
    for name, probes in cells.items():
        for probe, both in probes.items():
            variant, reference = both["variant"], both["reference"]
            # A model that was never registered cannot be loaded, whatever its loss.
            blamed = variant != reference and probe != "save_load"
            if "raises" in variant and blamed:
                yield Recorded(f"{loss}/{name}", variant["raises"], variant["message"])


def claimed(subject, document):
    """The errors of the code that claims are about."""
    for name, record in document.get("claims", {}).items():
        for part in ("said_to_fail", "advice"):
            for outcome in record["seen"].get(part, {}).values():
                if "raises" in outcome:
                    yield Recorded(
                        f"{subject}/{name}", outcome["raises"], outcome["message"]
                    )


def seen(document):
    """The errors of losses/errors, as they were seen in one environment."""
    for name, record in document.items():
        yield Recorded(name, record["raises"], record["message"], record["at"])


def _fit(one, pasted, share):
    """How well an error fits that has this share of its words; None if by chance."""
    if _is_by_chance(one, pasted):
        return None
    shown = alike(one.shapes, shapes(pasted.message))
    same = not pasted.error or one.error == pasted.error
    stem = one.id.partition("/")[0]
    total = (
        share
        + WEIGHTS["place"] * one.came_through(pasted)
        + WEIGHTS["shapes"] * shown
        + WEIGHTS["error"] * same
        + WEIGHTS["name"] * any(stem in name and stem != name for name in pasted.names)
        - WEIGHTS["metric"] * (stem == "metrics" and "in_a_metric" not in pasted.places)
    )
    whole = share >= WHOLE and shown == 1 and same
    certain = whole and one.is_proven(pasted)
    if one.is_general and not pasted.frames:
        return Fit(one.id, total, whole=False) if whole else None
    return Fit(one.id, total, certain)


def _keep(best, fit):
    if fit and (fit.id not in best or fit.total > best[fit.id].total):
        best[fit.id] = fit


def _pattern(said):
    """What finds words in a message, `…` in them standing for anything short and `#`
    for a number."""
    parts = (re.escape(part).replace(r"\#", r"\d+") for part in said.split("…"))
    return re.compile(r".{0,120}?".join(parts), re.IGNORECASE)


def _is_by_chance(one, pasted):
    """Whether this is said of anything, and nothing leads to where it was recorded."""
    if not one.is_general or not pasted.frames:
        return one.is_of_numpy and not pasted.frames
    if one.is_short or (one.at and not one.at.endswith(IN_A_LOSS)):
        return not one.came_through(pasted)
    return not pasted.in_keras


def _shown(pair):
    """What can be compared between two shapes of one error and those of another."""
    one, other = pair
    yield len(one) - len(other)
    yield len(one)
    yield len(other)
    yield one[:1] == other[:1]
    yield one[-1:] == other[-1:]
    yield one[-1:] == [1]
    yield other[-1:] == [1]
    yield one[1:-1] == other[1:-1]


def _trigrams(found):
    return set(zip(found, found[1:], found[2:]))

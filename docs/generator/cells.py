"""The matrix as tables: a row for each wrong way and each group of environments."""

from html import escape

from docs.generator import environments
from docs.generator.outcome import PROBES, SIGNS, sign
from docs.generator.text import framed, link, listed, path
from losses.evidence.environments import ENVIRONMENTS

PAGE = "matrix.md"
HEADS = {
    "call": "call",
    "gradient": "gra-<br>dient",
    "custom_loop": "own<br>step",
    "unknown_batch": "batch<br>size ?",
    "unknown_sizes": "all<br>sizes ?",
    "torch_compile": "torch.<br>compile",
    "fit_eager": "fit<br>eager",
    "fit_graph": "fit<br>graph",
    "fit_xla": "fit<br>XLA",
    "loss_subclass": "in a<br>Loss",
    "batch_of_one": "one<br>sample",
    "partial_batch": "last<br>batch",
    "sample_weight": "sample<br>weight",
    "sample_weight_column": "weight<br>(n, 1)",
    "sample_weight_by_position": "weight<br>by pos.",
    "class_weight": "class<br>weight",
    "masking": "mask",
    "mixed_float16": "mixed<br>f16",
    "mixed_bfloat16": "mixed<br>bf16",
    "float64": "f64",
    "save_load": "save<br>load",
    "two_replicas": "2 rep-<br>licas",
    "two_replicas_uneven": "uneven<br>shares",
    "data_parallel": "Data-<br>Parallel",
    "two_workers": "2 work-<br>ers",
}


def head(probe):
    """The head of a column, in one line."""
    return HEADS[probe].replace("-<br>", "").replace(".<br>", ".").replace("<br>", " ")


def legend():
    shown = "".join(f"<li>{sign(kind)}</li>" for kind in SIGNS)
    return f'<ul class="legend">{shown}</ul>'


def filters(tested):
    """What `matrix.js` reads; without it, it is not seen."""
    choices = {
        "loss": ("Loss", {loss.name: loss.name for loss in tested}),
        "environment": ("Environment", {name: name for name in ENVIRONMENTS}),
        "probe": ("Way of running", {probe: head(probe) for probe in PROBES}),
        "kind": ("Outcome", {kind: word for kind, (_, word) in SIGNS.items()}),
    }
    selects = "".join(
        f'<label>{label} <select name="{name}"><option value="">all</option>'
        + "".join(f'<option value="{k}">{escape(v)}</option>' for k, v in known.items())
        + "</select></label>"
        for name, (label, known) in choices.items()
    )
    return (
        f'<form id="filters" class="filters" aria-label="Filters" hidden>{selects}'
        '<label><input type="checkbox" name="differ" checked> only where '
        'environments differ</label><label><input type="checkbox" name="words"> '
        'words</label><button type="reset">Show all</button>'
        '<output aria-live="polite"></output></form>'
    )


def of_loss(shelf, loss, existing):
    heads = '<th scope="col">Wrong way</th><th scope="col">Environments</th>'
    for probe, where in existing.items():
        missing = " ".join(name for name in ENVIRONMENTS if name not in where)
        given = f' data-not="{missing}"' if missing else ""
        title = escape(PROBES[probe].replace("`", ""))
        heads += (
            f'<th scope="col" data-probe="{probe}"{given} title="{title}">'
            f"{HEADS[probe]}</th>"
        )
    heads += '<th scope="col">told apart<br>by tests</th>'
    lines = [
        line for variant in loss.variants for line in _rows(shelf, variant, existing)
    ]
    label = f"Matrix of {loss.name}"
    return framed(heads, lines, "matrix", label, " data-search-exclude")


def _rows(shelf, variant, existing):
    """A row for each group of environments that show the same differences."""
    found = environments.groups(shelf, variant.id, existing)
    kinds = [_kinds(shelf, variant.id, group, existing) for group in found]
    record = shelf.seen(variant)
    known = f"{len(record['killed_by'])} of {record['value_tests']}"
    there = path(shelf.losses[variant.loss])
    name = link(f"<code>{variant.name}</code>", PAGE, there, variant.name)
    shown = {p: {here[p] for here in kinds if p in here} for p in existing}
    for number, (group, here) in enumerate(zip(found, kinds)):
        cells = "".join(
            _cell(here.get(probe, "absent"), probe in here and len(shown[probe]) > 1)
            for probe in existing
        )
        anchor = "" if number else f' id="{variant.id}"'
        yield (
            f'<tr{anchor} data-row="{variant.id}" '
            f'data-environments="{" ".join(group)}"><th scope="row">{name}</th>'
            f"<td>{_named(group)}</td>{cells}<td>{known}</td></tr>"
        )


def _kinds(shelf, variant, group, existing):
    """The kind of difference by way of running, of those that the group has."""
    return {
        probe: shelf.cells[variant, name, probe].kind
        for probe, where in existing.items()
        for name in group
        if name in where
    }


def _named(group):
    others = [name for name in ENVIRONMENTS if name not in group]
    if not others:
        return "all environments"
    if len(others) < len(group):
        return f"all but {listed([f'<code>{name}</code>' for name in others])}"
    return listed([f"<code>{name}</code>" for name in group])


def _cell(kind, differs):
    """Sign and word, in few bytes: there are thousands."""
    mark, word = SIGNS[kind]
    more = " data-differs" if differs else ""
    return f'<td data-kind="{kind}" title="{word}"{more}>{mark}<i>{word}</i></td>'

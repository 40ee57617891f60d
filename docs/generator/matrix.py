"""All variants × all ways of running, and which value tests tell them apart."""

from collections import Counter

from docs.generator.outcome import PROBES, SIGNS, compare, sign
from docs.generator.text import (
    front,
    heading,
    inline,
    link,
    paragraphs,
    path,
    row,
    table,
)

PAGE = "matrix.md"
HEADS = {
    "call": "call",
    "gradient": "gradient",
    "fit_eager": "fit<br>eager",
    "fit_graph": "fit<br>graph",
    "fit_xla": "fit<br>XLA",
    "sample_weight": "sample<br>weight",
    "class_weight": "class<br>weight",
    "mixed_float16": "mixed<br>float16",
    "save_load": "save<br>load",
}


def page(shelf):
    tested = [loss for loss in shelf.losses.values() if loss.variants]
    return paragraphs(
        front("Matrix", hide=["toc"]),
        "# Matrix",
        "Each wrong way in each way of running, against the right one on the same "
        "inputs. A dot is no difference: there the mistake cannot be seen.",
        _legend(),
        *(
            paragraphs(heading(2, f"`{loss.name}`", loss.name), _of_loss(shelf, loss))
            for loss in tested
        ),
        heading(2, "Which tests tell them apart", "tests"),
        "A value test is a number worked out by hand. Each is put to every wrong way "
        "of its loss; a test that no wrong way fails has nothing to say about them.",
        table(
            ("Loss", "Wrong ways", "Told apart", "Value tests", "Wrong ways by test"),
            [_kills(shelf, loss) for loss in tested],
            "kills",
            "Which tests tell the wrong ways apart",
        ),
    )


def counts(shelf):
    """How often each kind of difference was seen in all."""
    return Counter(
        compare(seen["variant"], seen["reference"])
        for variant in shelf.variants.values()
        for seen in shelf.seen(variant)["probes"].values()
    )


def _legend():
    shown = (f"<li>{sign(kind)}</li>" for kind in SIGNS)
    ways = "; ".join(
        f"<b>{HEADS[probe].replace('<br>', ' ')}</b>: {inline(text)}"
        for probe, text in PROBES.items()
    )
    return f'<ul class="legend">{"".join(shown)}</ul>\n<p class="seen">{ways}.</p>'


def _of_loss(shelf, loss):
    rows = []
    for variant in loss.variants:
        record = shelf.seen(variant)
        cells = []
        for probe in PROBES:
            seen = record["probes"][probe]
            kind = compare(seen["variant"], seen["reference"])
            cells.append((sign(kind, with_word=False), {"data-kind": kind}))
        known = f"{len(record['killed_by'])} of {record['value_tests']}"
        rows.append(
            row(
                variant.id,
                link(f"<code>{variant.name}</code>", PAGE, path(loss), variant.name),
                *cells,
                known,
            )
        )
    head = ("Wrong way", *(HEADS[probe] for probe in PROBES), "told apart<br>by tests")
    return table(head, rows, "matrix", f"Matrix of {loss.name}")


def _kills(shelf, loss):
    seen = [shelf.seen(variant) for variant in loss.variants]
    by_test = Counter(number for record in seen for number in record["killed_by"])
    known = seen[0]["value_tests"]
    return row(
        loss.name,
        link(f"<code>{loss.name}</code>", PAGE, path(loss)),
        str(len(seen)),
        str(sum(bool(record["killed_by"]) for record in seen)),
        str(known),
        " ".join(f"{n}:&#8239;{by_test[n]}" for n in range(1, known + 1)),
    )

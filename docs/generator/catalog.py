"""The list of losses, and a page for each."""

import ast

from docs.generator import peers, portability, variants
from docs.generator.pairs import definition
from docs.generator.text import (
    entries,
    fence,
    first_clause,
    front,
    heading,
    inline,
    link,
    linked,
    paragraphs,
    path,
    row,
    sections,
    table,
)
from losses.source.copies import standalone
from losses.source.written_out import in_full

LIST = "losses/index.md"


def overview(site):
    """All losses by family: what they take, what they return, how much was recorded."""
    parts = [
        front("Losses", hide=["toc"]),
        "# Losses",
        "One value per sample, whatever the shape: so `sample_weight`, `class_weight` "
        "and `reduction` do what they say. Nothing is broadcast. Shapes that do not "
        "fit raise an error that says what to do.",
    ]
    for family, about in site.families.items():
        members = [x for x in site.losses.values() if x.family == family]
        parts += [
            heading(2, family.capitalize(), family),
            about,
            table(
                ("Loss", "y_true", "y_pred", "Returns", "Variants, runs, tests"),
                [_row(site, loss) for loss in members],
                "overview",
                f"Losses: {family}",
            ),
        ]
    return paragraphs(*parts)


def page(site, loss):
    """A loss: what it is, its code, and its broken variants."""
    doc = sections(loss.doc)
    title, _, more = doc[""].partition("\n")
    return paragraphs(
        front(loss.name, hide=["toc"]),
        f"# `{loss.name}`",
        f'<p class="lead">{inline(title)}</p>',
        more,
        heading(2, "Use it", "use"),
        fence(_use(loss)),
        _arguments(doc),
        "**Returns** " + " ".join(doc["Returns"].split()),
        _listed("Raises", doc),
        fence(doc["Example"], "pycon", "Example"),
        "**Source** " + linked(" ".join(doc["Source"].split())),
        heading(2, "To copy", "pattern"),
        "The shortest right version, yours to change: it needs Keras only. "
        f"`losses copy {loss.name} FOLDER` writes it.",
        fence(loss.pattern.rstrip(), title=f"{loss.name}.py"),
        heading(2, "The code", "code"),
        fence(definition(loss.source, loss.name)),
        _one_file(loss),
        *peers.section(site, loss),
        *portability.section(site, loss),
        *_broken_variants(site, loss),
    )


def _row(site, loss):
    doc = sections(loss.doc)
    given = entries(doc["Args"])
    return row(
        loss.name,
        link(f"<code>{loss.name}</code>", LIST, path(loss)),
        inline(_taken(given["y_true"])),
        inline(_taken(given["y_pred"])),
        inline(first_clause(doc["Returns"])),
        glance(site, loss),
    )


def _taken(text):
    """What a loss takes: the first clause, and that of several classes."""
    _, several, more = text.partition(" Several: ")
    return first_clause(text) + (several and f".{several}{first_clause(more)}")


def glance(site, loss):
    """How much was recorded, in a few words."""
    if not loss.variants:
        return "none yet"
    runs = sum(
        "not_applicable" not in outcome
        for variant in loss.variants
        for cell in site.cells_of(variant).values()
        for outcome in (cell.variant, cell.reference)
    )
    number = len(loss.variants)
    variants = "1 variant" if number == 1 else f"{number} variants"
    tests = site.kills(loss.variants[0])["value_tests"]
    return f"{variants}<br>{runs} runs<br>{tests} value tests"


def _arguments(doc):
    return "**Arguments**\n\n" + "\n".join(
        f"- `{name}`: {text}" for name, text in entries(doc["Args"]).items()
    )


def _listed(name, doc):
    return f"**{name}**\n\n" + "\n".join(
        f"- `{error}`: {text}" for error, text in entries(doc[name]).items()
    )


def _use(loss):
    """The loss in `model.compile`, with the arguments that have no default."""
    needed = ", ".join(_needed(loss))
    if "def compile_args" in loss.source:  # one loss for each output
        return (
            f"import losses\n\nloss = losses.{loss.class_name}({needed})\n"
            'model.compile(optimizer="adam", **loss.compile_args(model))'
        )
    return (
        "import losses\n\n"
        f'model.compile(optimizer="adam", loss=losses.{loss.class_name}({needed}))'
    )


def _needed(loss):
    node = ast.parse(definition(in_full(loss.source), loss.class_name)).body[0]
    start = next(n for n in node.body if getattr(n, "name", None) == "__init__")
    positional = start.args.args[1:]
    return [a.arg for a in positional[: len(positional) - len(start.args.defaults)]]


def _one_file(loss):
    """All of it, without this package: what `losses copy --full` writes."""
    block = fence(standalone(loss.name), title=f"{loss.name}.py")
    indented = "\n".join(f"    {line}".rstrip() for line in block.splitlines())
    return f'??? note "All of it in one file: losses copy --full"\n\n{indented}'


def _broken_variants(site, loss):
    if not loss.variants:
        return []
    here = path(loss)
    contents = "\n".join(
        f"<li>{link(inline(v.title.rstrip('.')), here, here, v.name)} "
        f'<span class="tag">{variants.SYMPTOMS[v.symptom]}</span></li>'
        for v in loss.variants
    )
    return [
        heading(2, "Broken variants", "wrong-ways"),
        "A variant and the reference get the same inputs. For `fit` the table shows "
        "the loss that Keras logs, and the *step*: the norm of the gradient used.",
        f'<ul class="contents">\n{contents}\n</ul>',
        *(variants.section(site, v, here) for v in loss.variants),
    ]

"""What others make of the same small input: the page *Many Dice*, and *Elsewhere* on
the page of a loss."""

from html import escape

from docs.generator.text import (
    fence,
    front,
    heading,
    inline,
    link,
    paragraphs,
    path,
    row,
    table,
)

PAGE = "many-dice.md"
TITLE = "Many Dice"
NAMES = {
    "segmentation_models_pytorch": "segmentation_models.pytorch",
    "keras": "Keras",
    "monai": "MONAI",
    "torch": "PyTorch",
}
SAME = "The last column is the call of this catalog that gives the same number."


def page(site):
    """All losses that were compared, each a table."""
    if not site.peers:
        return paragraphs(front(TITLE), f"# {TITLE}", "Nothing has been recorded yet.")
    given = site.peers["input"]
    versions = ", ".join(
        f"{NAMES.get(name, name)} {version}"
        for name, version in site.peers["environment"].items()
    )
    return paragraphs(
        front(TITLE, hide=["toc"]),
        f"# {TITLE}",
        "Losses of one name are not one loss. Here they get the same two images, and "
        "give what the tables say. What differs is what is added, what is summed over, "
        "and which factor goes with which error. The last column is the call of this "
        "catalog that gives the same number, the mean over the images.",
        _input(given),
        "As code, for Keras and this catalog:",
        fence(given["keras"]),
        "For libraries on PyTorch, from those:",
        fence(given["torch"]),
        f"Run with {versions}. What is marked as *by its formula* is not run here: "
        "its number is computed from the formula that it publishes.",
        *(part for name in site.peers["groups"] for part in _group(site, name)),
    )


def _input(given):
    """Both images, drawn: dark is likely, and a frame is the object."""
    images = []
    for mask, p in zip(given["mask"], given["p"]):
        lines = [
            "<tr>"
            + "".join(
                f'<td class="{"object" if t else "ground"}" '
                f'style="--likely: {100 * q:.0f}%">{q:g}</td>'
                for t, q in zip(*pixels)
            )
            + "</tr>"
            for pixels in zip(mask, p)
        ]
        images.append(f'<table class="pixels">{"".join(lines)}</table>')
    said = "Probabilities of two images of four pixels; framed is what is the object."
    return (
        f'<figure class="images">{"".join(images)}<figcaption>{said}</figcaption>'
        "</figure>"
    )


def _group(site, name):
    yield heading(2, link(f"<code>{name}</code>", PAGE, path(site.losses[name])), name)
    if site.losses[name].family == "binary":
        yield "Its labels are the pixels of an image, for Keras and this catalog:"
        yield fence(site.peers["input"]["labels"])
    yield _table(name, site.peers["groups"][name])


def section(site, loss):
    """What others make of one input of a loss, on its page."""
    here, name = path(loss), loss.name
    if name in site.peers.get("groups", ()):
        lines = site.peers["groups"][name]
        many = link(TITLE, here, PAGE)
        about = (f"The input is the two images of {many}, with their code. {SAME}",)
    elif name in site.peers.get("papers", ()):
        lines = site.peers["papers"][name]["lines"]
        about = (
            "Papers, their code and libraries do not always agree. One input, and what "
            f"each makes of it, the mean over the batch. {SAME}",
            fence(site.peers["papers"][name]["given"]),
        )
    else:
        return []
    return [heading(2, "Elsewhere", "elsewhere"), *about, _table(name, lines)]


def _table(name, lines):
    most = max(abs(line["value"]) for line in lines)
    return table(
        ("Whose", "Call", "Gives", "Convention", "The same here"),
        [_row(f"{name}-{n}", line, most) for n, line in enumerate(lines)],
        "peers",
        f"{name} elsewhere",
    )


def _row(key, line, most):
    quoted = "<br><small>by its formula</small>" if line["quoted"] else ""
    part = 100 * abs(line["value"]) / most
    bar = f'<span class="bar" style="--part: {part:.1f}%"></span>'
    return row(
        key,
        f"{escape(line['library'])}{quoted}",
        inline(f"`{line['call']}`") if line["call"] else "",
        f"{line['value']:.4f}{bar}",
        inline(line["convention"]),
        inline(f"`{line['ours']}`") if line["ours"] else "no option gives it",
    )

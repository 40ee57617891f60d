"""The key of recorded evidence: a hash of the code that it depends on.

Of a cell that is the variant, its loss with the helpers that this uses, and the probe
with what that uses, and where each name comes from; a second hash after it has the fix
in place of the variant and its loss. Documentation and comments do not
count, nor what the site says of a probe, nor how outcomes are compared: a better word
needs no new run.
"""

import ast
import hashlib
import io
import tokenize
from functools import cache

from losses.source import records, registry
from losses.source.closure import MENDED, closure, imports_of, module_of

# What every cell depends on beside its probe: how a loss becomes a subject.
SUBJECT = ("losses.running.subject", "losses.running.observe")
LENGTH = 8  # of a hash; the key of a cell is two
# What a declaration tells and no run depends on.
TOLD = ("found_by", "fix_is_long", "fix_differs", "fix_misses")
# What an experiment of losses/demo depends on, beside the losses that it trains.
TRAINING = ("__init__", "data", "experiments", "training")


def of_cell(variant, probe):
    """The key of a cell: of what a variant and its reference do in one way of running,
    and of what the fix does, one after the other."""
    run = of_probe(probe)
    return joined(of_variant(variant), run) + joined(of_fix(variant), run)


def stale_sides(recorded, present):
    """Which sides of a cell were recorded with other code, or never."""
    if recorded == present:
        return ()
    same = recorded is not None and recorded[:LENGTH] == present[:LENGTH]
    return ("fix",) if same else ("variant", "reference", "fix")


@cache
def of_variant(variant):
    """The key of a variant and of its loss."""
    return joined(of_code(variant), _of_loss(variant.loss))


def of_code(variant):
    """The key of a variant alone."""
    return _of_defined(f"losses.broken.{variant.family}.{variant.loss}", variant.code)


@cache
def of_fix(variant):
    """The key of the fix of a variant."""
    return _of_defined(f"{MENDED}{variant.family}.{variant.loss}", variant.code)


@cache
def of_probe(probe):
    """The key of a way of running."""
    found = registry.probes()[probe]
    parts = closure(found.module, [probe])
    for module in SUBJECT:
        parts |= closure(module)
    return joined(
        _of_used(parts), _hash(module_of("losses.running.probes").pieces["run"])
    )


def of_claim(claim):
    """The key of a claim: its code, what runs it, and the probes that it is run by."""
    runs = closure("losses.running.claims")
    own = {
        origin: text for origin, text in runs.items() if origin[0].endswith("claims")
    }
    code = _of_defined(f"losses.claims.{claim.subject}", claim.text)
    return joined(code, _of_used(own), *map(of_probe, claim.ways))


def of_rule(rule):
    """The key of what a rule says: the whole checker, and the variant that it is shown
    by."""
    return joined(_of_checker(), of_variant(registry.variants()[rule.shown_by]))


def of_model_rule(rule):
    """The key of what a rule about a model says: the whole checker, and the script that
    it is shown by."""
    script = registry.scripts()[rule.shown_by]
    return joined(_of_checker(), _hash(script.code, script.fix))


def of_error(error):
    """The key of what an error says: its lines, wrong and mended."""
    return _hash(error.code, error.fix)


@cache
def _of_checker():
    files = _files("checker", "running")
    return _hash(*(path.read_text("utf-8") for path in files))


def of_demonstrations():
    """The key of every experiment of `losses demo`, by its name."""
    folder = registry.HERE / "demo"
    files = [(folder / f"{name}.py").read_text("utf-8") for name in TRAINING]
    return {
        name: joined(_hash(*files), *map(_of_trained, trained))
        for name, trained in registry.demonstrations().items()
    }


def of_script(source, *versions):
    """The key of what a script prints that takes losses of the catalog, by their names,
    from the package."""
    named = {
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "losses"
    }
    used = [
        loss.name
        for loss in registry.losses().values()
        if named & {loss.name, loss.class_name}
    ]
    return joined(_hash(source), *versions, *map(_of_loss, used))


def _of_trained(name):
    """Of a loss by its name, of a variant by its id."""
    if name in registry.losses():
        return _of_loss(name)
    return of_code(registry.variants()[name])


@cache
def _of_loss(name):
    module = f"losses.catalog.{registry.losses()[name].family}.{name}"
    return _of_used(closure(module))


def _of_used(parts):
    """The key of pieces of code, each with where its names come from."""
    counted = []
    for (module, _), code in parts.items():
        if _counts(module):
            counted += [code, str(sorted(imports_of(module, code).items()))]
    return _hash(*counted)


def _of_defined(module, code):
    """The key of what a module defines as this code does, without what only tells."""
    name = ast.parse(code).body[0].name
    return _of_used(closure(module, [name], counted=_without_told))


def _counts(module):
    """Whether it is code that runs a loss, and no code that tells or compares."""
    if module == "losses.evidence.declarations":
        return True
    return module != "losses.running.probe" and not module.startswith("losses.evidence")


def _files(*folders):
    return [
        path
        for folder in folders
        for path in sorted((registry.HERE / folder).rglob("*.py"))
        if "probes" not in path.relative_to(registry.HERE).parts
    ]


def _hash(*code):
    return joined(*map(_only_code, code))


def joined(*parts):
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:LENGTH]


@cache
def _only_code(source):
    """Without docstrings, comments, the declaration of a probe, and the lines that are
    empty then."""
    lines = dict(enumerate(source.splitlines(), 1))
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        line, column = token.start
        if token.type == tokenize.COMMENT:
            lines[line] = lines[line][:column].rstrip()
        if token.type == tokenize.NL and not lines[line].strip():
            del lines[line]
    for node in ast.walk(ast.parse(source)):
        for part in _words(node):
            _drop(part, lines, source)
    return "\n".join(lines.values())


def _without_told(source):
    """Without what the declaration of a variant tells, and no run depends on."""
    lines = dict(enumerate(source.splitlines(), 1))
    for node in ast.walk(ast.parse(source)) if "@broken(" in source else ():
        for part in _told(node):
            _drop(part, lines, source)
    return "\n".join(lines.values())


def _drop(part, lines, source):
    whole = "\n".join(source.splitlines()[part.lineno - 1 : part.end_lineno])
    if whole.strip().strip("@,") != ast.get_source_segment(source, part):
        raise ValueError(f"it shares a line with code that counts: {whole}")
    for line in range(part.lineno, part.end_lineno + 1):
        lines.pop(line, None)


def _words(node):
    """The parts of a definition that tell of it and do nothing."""
    if isinstance(node, records.DOCUMENTED) and ast.get_docstring(node) is not None:
        yield node.body[0]
    for decorator in getattr(node, "decorator_list", ()):
        if getattr(getattr(decorator, "func", None), "id", None) == "probe":
            yield decorator
    yield from _told(node)


def _told(node):
    for decorator in getattr(node, "decorator_list", ()):
        if getattr(getattr(decorator, "func", None), "id", None) == "broken":
            yield from (k for k in decorator.keywords if k.arg in TOLD)

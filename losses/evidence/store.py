"""The evidence on disk, in `data/`.

`ENVIRONMENT/LOSS.json` holds the cells of a loss: what each broken variant, its
reference and its fix did, by probe. A fix that did what the reference did is left out.
The reference environment is kept in full; of every other is kept what differs from it.
`environment.json` beside them has the versions, and the probes that cannot be run
there.

`keys.json` has the key of the code that each cell was recorded with, or of code that
was found to do the same; a cell without a key was not recorded. Of every other
environment it has the keys that differ. It is written last, with a hash of every file
beside it and of the reference that they tell the difference from: what an interrupted
recording left, or files of two commits, is refused.

Claims, demonstrations and rules are documents of the reference environment, in folders
of their own; `kills.json` is one too: which numbers worked out by hand a variant fails
and its fix misses.
The keys of their records stand in `keys.json` as well.
"""

import hashlib
import json
import os
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from losses.evidence.codec import dump
from losses.evidence.environments import OTHERS, REFERENCE

DATA = Path(__file__).parent / "data"
SIDES = ("variant", "reference", "fix")


@dataclass
class Evidence:
    """What was recorded in one environment.

    Args:
        environment: its name.
        versions: of its packages.
        cells: `{variant id: {probe: {side: outcome}}}`, by the three `SIDES`.
        keys: `{variant id: {probe: key}}`, of every cell.
    """

    environment: str
    versions: dict = field(default_factory=dict)
    cells: dict = field(default_factory=dict)
    keys: dict = field(default_factory=dict)

    def put(self, variant, probe, cell, key):
        """Replace a cell."""
        self.cells.setdefault(variant, {})[probe] = cell
        self.keys.setdefault(variant, {})[probe] = key

    def keep_only(self, variants):
        """Forget the cells of all other variants."""
        for kept in (self.cells, self.keys):
            for variant in kept.keys() - set(variants):
                del kept[variant]


def versions(environment=REFERENCE):
    """The versions of the packages that an environment was recorded with."""
    return _load(DATA / environment / "environment.json").get("versions", {})


def cells(loss):
    """What was recorded of a loss in the reference environment:
    `{variant: {probe: {side: outcome}}}`."""
    absent = _absent(REFERENCE)
    return {
        variant: {
            probe: _unfolded(cell, absent.get(probe)) for probe, cell in probes.items()
        }
        for variant, probes in _load(DATA / REFERENCE / f"{loss}.json").items()
    }


def read(environment=REFERENCE, refuse=True):
    """All that was recorded in an environment.

    Raises:
        ValueError: A file is not as it was written, unless told not to refuse that.
    """
    folder = DATA / environment
    found = Evidence(environment, versions(environment))
    kept = _load(folder / "keys.json")
    if refuse and (broken := misplaced(environment)):
        raise ValueError(_refusal(folder, f"{', '.join(broken)}.json"))
    if environment == REFERENCE:
        order = kept.get("probes", ())
        for variant, keys in kept.get("cells", {}).items():
            found.keys[variant] = {p: key for p, key in zip(order, keys) if key}
        recorded = {loss: cells(loss) for loss in _losses(folder)}
        for loss, variants in recorded.items():
            for variant, probes in variants.items():
                found.cells[f"{loss}/{variant}"] = probes
        return found

    if not found.versions:
        return found
    home, absent = read(REFERENCE, refuse), _absent(environment)
    if refuse and kept.get("reference") != _hash_of(home):
        raise ValueError(_refusal(folder, f"what it differs from, {REFERENCE},"))
    apart = {
        f"{loss}/{variant}": probes
        for loss in _losses(folder)
        for variant, probes in _load(folder / f"{loss}.json").items()
    }
    for variant in {**home.keys, **kept["cells"]}:
        keys = {**home.keys.get(variant, {}), **kept["cells"].get(variant, {})}
        for probe, key in keys.items():
            if key:
                there = _without_equal_fix(home.cells.get(variant, {}).get(probe, {}))
                here = apart.get(variant, {}).get(probe, {})
                cell = _unfolded({**there, **here}, absent.get(probe))
                found.put(variant, probe, cell, key)
    return found


def write(evidence):
    """Replace all that was recorded in an environment. What the others hold is kept:
    it is told by its difference from the reference environment, which may have changed.
    """
    if evidence.environment != REFERENCE:
        folders = {evidence.environment: _apart(evidence, read(REFERENCE))}
    else:
        others = [read(name) for name in OTHERS]
        folders = {REFERENCE: _home(evidence)} | {
            other.environment: _apart(other, evidence)
            for other in others
            if other.versions
        }
    _replace(folders)


def environments():
    """The names of the environments that something was recorded in."""
    return [folder.name for folder in sorted(DATA.iterdir()) if _is_environment(folder)]


def documents():
    """The names of the documents that were recorded."""
    folder = DATA / REFERENCE
    found = [path.relative_to(folder) for path in sorted(folder.glob("*/*.json"))]
    kept = ["kills"] if (folder / "kills.json").exists() else []
    return [path.with_suffix("").as_posix() for path in found] + kept


def misplaced(environment):
    """The files of an environment that are not as they were written, or not there, or
    should not be."""
    folder = DATA / environment
    written = _load(folder / "keys.json").get("files", {})
    names = [path.stem for path in folder.glob("*.json")]
    there = {
        name: _digest((folder / f"{name}.json").read_text("utf-8"))
        for name in names
        if name not in ("keys", "kills")
    }
    return [
        name
        for name in sorted({**written, **there})
        if written.get(name) != there.get(name)
    ]


def _refusal(folder, what):
    return (
        f"{folder}: {what} is not as it was written: a recording was interrupted, or "
        f"files of two commits are mixed. Take {DATA} as it was committed, and record "
        "again."
    )


def watched():
    """What other versions of Keras change: `{"keras-3.10.0": record}`."""
    return {path.stem: _load(path) for path in sorted((DATA / "watch").glob("*.json"))}


def peers():
    """What other libraries give."""
    return _load(DATA / "peers" / "peers.json")


def errors(environment=REFERENCE):
    """What the errors of losses/errors were seen to say in an environment:
    `{id: {"raises": class, "message": ..., "at": "file function" of Keras, "key": that
    of the code it was recorded with}}`."""
    return _load(DATA / "errors" / f"{environment}.json")


def write_errors(environment, content):
    """Replace what was seen of errors in an environment."""
    _save(DATA / "errors" / f"{environment}.json", content)


def document(name):
    """What was recorded of claims `claims/shapes`, of a `demo/binary`, of all rules,
    `check/rules`, of the numbers that variants fail, `kills`; empty if nothing was."""
    return _load(DATA / REFERENCE / f"{name}.json")


def document_keys():
    """The keys of the code that documents were recorded with, by the name of the
    document, `#`, and the name of a record in it."""
    return _load(DATA / REFERENCE / "keys.json").get("documents", {})


def keys_of(name):
    """The keys of the records of one document, by their names."""
    return {
        record: key
        for (document, _, record), key in (
            (whole.partition("#"), key) for whole, key in document_keys().items()
        )
        if document == name
    }


def write_document(name, content, keys):
    """Replace a document, and the keys of its records."""
    _save(DATA / REFERENCE / f"{name}.json", content)
    write_keys(name, keys)


def write_keys(name, keys):
    """Replace the keys of the records of a document; of one that stands elsewhere, such
    as what a script of the guide printed, only they are kept here."""
    path = DATA / REFERENCE / "keys.json"
    kept = _load(path)
    others = {
        record: key
        for record, key in kept.get("documents", {}).items()
        if record.partition("#")[0] != name
    }
    known = {f"{name}#{record}": key for record, key in keys.items()}
    _save(path, {**kept, "documents": dict(sorted({**others, **known}.items()))})


def _home(evidence):
    """The files of the reference environment."""
    absent = _absent_everywhere(evidence)
    losses = defaultdict(dict)
    for variant, probes in evidence.cells.items():
        loss, _, name = variant.partition("/")
        losses[loss][name] = {
            probe: {}
            if _is_absent(cell, absent.get(probe))
            else _folded(_without_equal_fix(cell))
            for probe, cell in probes.items()
        }
    order = list(dict.fromkeys(p for probes in evidence.keys.values() for p in probes))
    keys = {
        variant: [probes.get(probe) for probe in order]
        for variant, probes in evidence.keys.items()
    }
    kept = _load(DATA / REFERENCE / "keys.json")
    files = {**losses, "environment": _about(evidence, absent)}
    keys = {"files": _digests(files), "probes": order, "cells": keys}
    return {**files, "keys": {**kept, **keys}}


def _apart(evidence, home):
    """The files of another environment: what differs from the reference."""
    absent = _absent_everywhere(evidence)
    losses, changed = defaultdict(dict), defaultdict(dict)
    for variant in {**home.keys, **evidence.keys}:
        loss, _, name = variant.partition("/")
        known, there = evidence.keys.get(variant, {}), home.keys.get(variant, {})
        for probe in {**there, **known}:
            if known.get(probe) != there.get(probe):
                changed[variant][probe] = known.get(probe)
        for probe, cell in evidence.cells.get(variant, {}).items():
            other = _without_equal_fix(home.cells.get(variant, {}).get(probe, {}))
            own = _without_equal_fix(cell)
            apart = {
                side: own.get(side)
                for side in SIDES
                if own.get(side) != other.get(side)
            }
            if apart and not _is_absent(cell, absent.get(probe)):
                losses[loss].setdefault(name, {})[probe] = _folded(apart)
    files = {**losses, "environment": _about(evidence, absent)}
    keys = {"reference": _hash_of(home), "files": _digests(files), "cells": changed}
    return {**files, "keys": keys}


def _about(evidence, absent):
    return {"versions": evidence.versions, "absent": absent}


def _hash_of(evidence):
    return _digest(json.dumps([evidence.cells, evidence.keys], sort_keys=True))


def _digests(files):
    return {name: _digest(dump(files[name])) for name in sorted(files)}


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _replace(folders):
    """Replace the files of whole environments, `{environment: {name: content}}`. All of
    them are written before the first takes its place, the keys at last."""
    gone = [
        DATA / environment / f"{loss}.json"
        for environment, files in folders.items()
        for loss in _losses(DATA / environment)
        if loss not in files
    ]
    written = [
        _written(DATA / environment / f"{name}.json", content)
        for environment, files in folders.items()
        for name, content in files.items()
    ]
    for path in written:
        os.replace(path, path.with_suffix(""))
    for path in gone:
        path.unlink()


def _absent_everywhere(evidence):
    """`{probe: reason}` of the probes that no variant can be run by, for one reason."""
    said = defaultdict(set)
    for probes in evidence.cells.values():
        for probe, cell in probes.items():
            for side in SIDES:
                said[probe].add(cell[side].get("not_applicable"))
    return {
        probe: reason
        for probe, reasons in said.items()
        if len(reasons) == 1
        for reason in reasons
        if reason is not None
    }


def _is_absent(cell, reason):
    return reason is not None and all(
        cell[side] == {"not_applicable": reason} for side in SIDES
    )


def _without_equal_fix(cell):
    """A cell as it is kept: without a fix that did what the reference did."""
    return {
        side: outcome
        for side, outcome in cell.items()
        if side != "fix" or outcome != cell["reference"]
    }


def _folded(cell):
    """One outcome where the variant and the reference did the same."""
    if "variant" not in cell or cell["variant"] != cell.get("reference"):
        return cell
    fix = {"fix": cell["fix"]} if "fix" in cell else {}
    return {"both": cell["variant"], **fix}


def _unfolded(cell, reason):
    """A cell with all its sides. A fix that is None did what the reference did, where
    that of the reference environment did something else."""
    if reason is not None:
        return {side: {"not_applicable": reason} for side in SIDES}
    whole = {side: outcome for side, outcome in cell.items() if side in SIDES}
    if "both" in cell:
        whole |= {"variant": cell["both"], "reference": cell["both"]}
    fix = whole.get("fix")  # of a cell that is lost in part there may be no reference
    return {**whole, "fix": whole.get("reference") if fix is None else fix}


def _absent(environment):
    return _load(DATA / environment / "environment.json").get("absent", {})


def _is_environment(folder):
    return folder.is_dir() and folder.name not in ("watch", "peers", "errors")


def _losses(folder):
    """The losses that a folder holds cells of."""
    about = ("environment", "keys", "kills")
    return [p.stem for p in sorted(folder.glob("*.json")) if p.stem not in about]


def _load(path):
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def _save(path, content):
    os.replace(_written(path, content), path)


def _written(path, content):
    """The file that is to take the place of another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".json.new")
    new.write_text(dump(content), "utf-8")
    return new

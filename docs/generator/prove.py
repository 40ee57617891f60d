"""The build, put to the test: the same twice, and none where something does not fit.

Works on copies. It needs mkdocs, and is therefore no part of the tests of the package.
"""

import filecmp
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from losses.evidence.environments import REFERENCE
from losses.source import registry

ROOT = Path(__file__).parents[2]


def failures():
    """What did not go as it must, one line each."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_same_twice(Path(folder)), *_stopped(Path(folder))]


def edit_a_variant(root):
    path, variant = _some_variant(root)
    edited = f"{variant.source}\n    edited = True"
    text = path.read_text("utf-8").replace(variant.source, edited)
    path.write_text(text, "utf-8")


def edit_a_probe(root):
    path = root / "losses/running/probes/direct.py"
    text = path.read_text("utf-8")
    path.write_text(text.replace("    loss =", "    edited = loss =", 1), "utf-8")


def edit_a_rule(root):
    with (root / "losses/checker/rules/values.py").open("a", encoding="utf-8") as file:
        file.write("EDITED = True\n")


def delete_evidence(root):
    next(_evidence(root)).unlink()


def leave_evidence_behind(root):
    found = next(_evidence(root))
    shutil.copy(found, found.with_name("no_such_loss.json"))


def leave_an_environment_out(root):
    shutil.rmtree(_folder(root, "keras-torch"))


def delete_evidence_elsewhere(root):
    next(_evidence(root, "keras-jax")).unlink()


def age_evidence_elsewhere(root):
    path = _folder(root, "tf_keras") / "keys.json"
    kept = json.loads(path.read_text("utf-8"))
    kept["cells"] = {_some_variant(root)[1].id: {"call": "00000000"}}
    path.write_text(json.dumps(kept), "utf-8")


def leave_evidence_behind_elsewhere(root):
    found = next(_evidence(root, "keras-tensorflow-oldest"))
    shutil.copy(found, found.with_name("no_such_loss.json"))


def record_with_other_versions(root):
    path = _folder(root, "keras-jax") / "environment.json"
    kept = json.loads(path.read_text("utf-8"))
    kept["versions"]["jax"] = "0.0.0"
    path.write_text(json.dumps(kept), "utf-8")


def name_two_variants_the_same(root):
    path, variant = _some_variant(root)
    text = path.read_text("utf-8")
    path.write_text(f"{text}\n\n{variant.source}\n", "utf-8")


def break_a_link(root):
    with (root / "docs/index.md").open("a", encoding="utf-8") as page:
        page.write("\n[nowhere](nowhere.md)\n")


BREAKS = {  # what is done: what mkdocs must say
    edit_a_variant: "stale evidence: keras-torch/",
    edit_a_probe: "stale evidence: keras-tensorflow/dice · ",
    edit_a_rule: "stale evidence: check/rules · ",
    delete_evidence: "no evidence: keras-tensorflow/",
    leave_evidence_behind: "evidence of nothing: keras-tensorflow/no_such_loss",
    leave_an_environment_out: "make record-keras-torch",
    delete_evidence_elsewhere: "not as written: keras-jax/",
    age_evidence_elsewhere: "stale evidence: tf_keras/",
    leave_evidence_behind_elsewhere: "keras-tensorflow-oldest/no_such_loss",
    record_with_other_versions: "recorded with other versions: keras-jax · ",
    name_two_variants_the_same: "ValueError: losses.broken.binary.asymmetric defines ",
    break_a_link: "nowhere.md",
}


def _same_twice(folder):
    sites = [folder / "one", folder / "two"]
    for site in sites:
        done = _build(ROOT, "--site-dir", site)
        if done.returncode:
            return [f"it does not build: {done.stderr}"]
    files = [path.relative_to(sites[0]) for path in sites[0].rglob("*")]
    files = [path for path in files if (sites[0] / path).is_file()]
    _, different, missing = filecmp.cmpfiles(*sites, files, shallow=False)
    return [f"built twice, it differs: {path}" for path in different + missing]


def _stopped(folder):
    """Quiet where evidence is concerned: warnings would not stop a quiet build."""
    for number, (change, said) in enumerate(BREAKS.items()):
        root = folder / str(number)
        for name in ("losses", "docs"):
            shutil.copytree(ROOT / name, root / name)
        shutil.copy(ROOT / "mkdocs.yml", root)
        change(root)
        quiet = change is not break_a_link
        done = _build(root, *(["-q"] if quiet else []))
        if not done.returncode or said not in done.stderr:
            yield f"{change.__name__}: built all the same {done.stderr}"
        elif quiet and (root / "site").exists():
            yield f"{change.__name__}: stopped, but after it had begun to write"


def _build(root, *options):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", *options]
    environment = {"PYTHONPATH": str(root), "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True
    )


def _some_variant(root):
    loss = next(loss for loss in registry.losses().values() if loss.variants)
    path = root / "losses" / "broken" / loss.family / f"{loss.name}.py"
    return path, loss.variants[0]


def _evidence(root, environment=REFERENCE):
    """The files that hold the cells of a loss."""
    names = sorted(registry.losses())
    paths = (_folder(root, environment) / f"{name}.json" for name in names)
    return (path for path in paths if path.exists())


def _folder(root, environment):
    return root / "losses" / "evidence" / "data" / environment

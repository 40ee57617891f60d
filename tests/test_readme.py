"""The README says of the catalog what is there."""

import re

from losses.evidence import store
from losses.source import registry

README = (registry.HERE.parent / "README.md").read_text("utf-8")


def test_the_table_lists_every_loss_by_family():
    rows = re.findall(r"^\| (\w+) \| (`.+`) \|$", README, re.MULTILINE)
    listed = {family: re.findall(r"`(\w+)`", names) for family, names in rows}
    there = {}
    for loss in registry.losses().values():
        there.setdefault(loss.family, []).append(loss.name)
    assert {f: sorted(names) for f, names in listed.items()} == {
        f: sorted(names) for f, names in there.items()
    }, "README.md lists other losses than losses/catalog has"


def test_the_report_on_a_model_is_the_recorded_one():
    example = store.document("check/models")["example"]
    assert example["code"] in README
    assert f"```text\n{example['text']}\n```" in README


def test_every_command_of_make_exists():
    makefile = (registry.HERE.parent / "Makefile").read_text("utf-8")
    for target in set(re.findall(r"^make ([\w-]+)", README, re.MULTILINE)):
        name = re.sub(r"-(keras|tf_keras).*", "-%", target)
        known = (
            rf"^{target}:|^\$\(\w+:%=test-%\): test-%"
            if "%" in name
            else rf"^{target}:"
        )
        assert re.search(known, makefile, re.MULTILINE), target

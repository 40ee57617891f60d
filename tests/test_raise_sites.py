"""Every place where Keras raises or warns about losses is in the table, and what the
table says of it holds."""

import ast

import pytest

from losses.evidence import store
from losses.evidence.environments import ENVIRONMENTS
from losses.source import registry
from tests.recording import raise_sites

TABLE = raise_sites.table()
SEEN = [store.errors(environment) for environment in ENVIRONMENTS]
REPRODUCED = {s: answer for s, answer in TABLE.items() if ": " not in answer}


def test_the_table_has_every_place_of_the_installed_keras_and_no_other():
    assert list(TABLE) == raise_sites.installed()


@pytest.mark.parametrize("site", REPRODUCED, ids=lambda s: f"{s.place} {s.words[:60]}")
def test_an_error_that_reproduces_a_place_was_seen_to_come_from_there(site):
    name = REPRODUCED[site]
    assert name in registry.errors()
    assert any(name in seen and site.says(seen[name]) for seen in SEEN)


def test_where_none_reproduces_it_the_table_says_why():
    for site, answer in TABLE.items():
        if site not in REPRODUCED:
            kind, _, why = answer.partition(": ")
            assert kind in ("elsewhere", "unreachable"), site
            assert len(why.split()) > 2, site


def test_a_new_place_is_told(monkeypatch):
    known = [site for site in TABLE if site.function == "Loss.call"]
    monkeypatch.setattr(raise_sites, "table", lambda: dict.fromkeys(known))
    assert raise_sites.new() == [s for s in TABLE if s not in known]


def test_how_a_place_is_told():
    code = """
class Loss:
    def call(self, y):
        if y:
            raise ValueError("labels " f"are {y}, " "and that is wrong " + str(y))
        raise NotImplementedError

def f():
    try:
        warnings.warn("it is %d" % 3, stacklevel=2)
    except ValueError as e:
        raise
"""
    assert list(raise_sites._sites(ast.parse(code))) == [
        ("Loss.call", "ValueError: labels are …, and that is wrong …"),
        ("Loss.call", "NotImplementedError"),
        ("f", "warns: it is %d"),
        ("f", "again"),
    ]

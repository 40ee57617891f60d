"""Every claim is run as it was made; its verdict follows from what happened.

What was seen is kept in losses/evidence, one file for each subject. After a change on
purpose: `pytest --evidence=update`, and read the diff.
"""

from functools import cache
from importlib import import_module

import pytest

from losses import registry
from losses.outcomes import Returns
from losses.probes import run_claim
from tests.evidence import as_json, settle

CLAIMS = list(registry.claims().values())
SUBJECTS = sorted({claim.subject for claim in CLAIMS})
EXAMPLES = {  # file: how many code examples it has
    "000_3c468f6f65558dfb.txt": 3,
    "001_ba603acd0aee4893.txt": 3,
    "002_65d43e6c1f95d266.txt": 3,
    "003_f981f1d56fa42838.txt": 3,
    "004_ef083d3b3fca2eca.txt": 3,
}


@cache
def declared(claim):
    module = import_module(f"losses.claims.{claim.subject}")
    cls = next(v for k, v in vars(module).items() if registry.snake(k) == claim.name)
    return cls.claim


@cache
def seen(claim):
    return run_claim(declared(claim))


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_what_is_said_to_work_works(claim):
    for way, outcome in seen(claim).get("works", {}).items():
        assert isinstance(outcome, Returns), f"{way}: {outcome}"


@pytest.mark.parametrize("subject", SUBJECTS)
def test_evidence(subject, request):
    records = {c.name: record(c) for c in CLAIMS if c.subject == subject}
    settle(f"claims/{subject}", {"claims": records}, request.config)


def record(claim):
    verdict, held = declared(claim).verdict(seen(claim))
    return {
        "source": registry.claim_fingerprint(claim),
        "verdict": verdict,
        "held": held,
        "seen": {
            part: {way: as_json(outcome) for way, outcome in ways.items()}
            for part, ways in seen(claim).items()
        },
    }


@pytest.mark.parametrize("file", EXAMPLES)
def test_every_example_is_reproduced(file):
    examples = {f"{file} example {n}" for n in range(1, EXAMPLES[file] + 1)}
    assert examples <= {claim.source for claim in CLAIMS}

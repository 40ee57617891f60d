"""What `losses.check` says of every loss of tests/wild on the current backend, and
where backends differ.

    python -m tests.checker.verdicts > tensorflow.json
    KERAS_BACKEND=jax python -m tests.checker.verdicts > jax.json
    python -m tests.checker.verdicts tensorflow.json jax.json

A verdict is `{rule: severity}`, of all rules that were asked; "" is for nothing found.
"""

import json
import sys
from pathlib import Path

from losses.running.startup import import_keras

SEVERITIES = ("", "note", "warning", "error")


def verdicts():
    """`{case: {rule: severity}}`; of a case that is no mistake on this backend, or does
    not run there, its reason."""
    import losses
    from losses.running import backend
    from tests import wild

    return {
        case.id: case.not_on.get(backend.NAME)
        or verdict(losses.check(case.fresh(), *case.make_data(), seconds=120))
        for case in (*wild.BROKEN, *wild.CORRECT)
    }


def verdict(report):
    """The worst that each rule says."""
    assert report.complete, report
    worst = dict.fromkeys(report.rules, "")
    for finding in report.findings:
        before = worst.get(finding.rule, "")
        worst[finding.rule] = max(before, finding.severity, key=SEVERITIES.index)
    return worst


def differences(one, other):
    """`{case: {rule: (severity, severity)}}` of the rules that both were asked. A note
    is worth knowing and no verdict."""
    found = {}
    for case, mine in one.items():
        theirs = other[case]
        if isinstance(mine, str) or isinstance(theirs, str):
            continue
        pairs = {rule: (mine[rule], theirs[rule]) for rule in mine.keys() & theirs}
        found[case] = {
            rule: pair
            for rule, pair in sorted(pairs.items())
            if len({severity.replace("note", "") for severity in pair}) > 1
        }
    return found


def table(one, other):
    compared = differences(one, other)
    differ = {case: rules for case, rules in compared.items() if rules}
    for case, rules in differ.items():
        for rule, pair in rules.items():
            yield f"{case}: {rule} {' / '.join(word or 'nothing' for word in pair)}"
    same = len(compared) - len(differ)
    yield f"{same} of {len(compared)} cases have the same verdict"


if __name__ == "__main__":
    if len(sys.argv) == 3:
        read = (json.loads(Path(name).read_text("utf-8")) for name in sys.argv[1:])
        print(*table(*read), sep="\n")
    else:
        import_keras()
        print(json.dumps(verdicts(), indent=1))

"""What another version of Keras changes: kinds of change, and the changes between two
records of a variant."""

from losses.evidence.compare import RECORDED, keep, together

COMPARED = ("variant", "reference")  # a fix is run with the pinned versions only
KINDS = {
    "mended": "not broken there",
    "alike": "both sides differ",
    "otherwise": "broken otherwise",
    "reworded": "other words",
    "reference": "reference differs",
}


def changes(variant, key, before, after):
    """What differs between two records of a variant, `{probe: {side: outcome}}`, by the
    probes that both have. Where the variant did the same as its reference and still
    does, the reference alone is reported."""
    for probe in (probe for probe in after if probe in before):
        was, now = (
            {side: together(outcome) for side, outcome in record[probe].items()}
            for record in (before, after)
        )
        one = all(alike(*(both[side] for side in COMPARED)) for both in (was, now))
        for side in COMPARED[one:]:
            if not alike(was[side], now[side]):
                yield {
                    "variant": variant,
                    "probe": probe,
                    "side": side,
                    "kind": kind(side, was, now),
                    "before": was[side],
                    "after": now[side],
                    "key": key,
                }


def kind(side, was, now):
    """What sort of change it is: a key of `KINDS`."""
    if was[side].get("raises", "") == now[side].get("raises"):
        return "reworded"
    if side == "reference":
        return "reference"
    if alike(was["reference"], now["variant"]):
        return "mended"
    return "alike" if alike(now["reference"], now["variant"]) else "otherwise"


def alike(before, after):
    """Whether the recorded text would be kept."""
    return keep(after, before, RECORDED) == before

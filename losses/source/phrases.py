"""Ways of running in words, as Markdown."""


def ways(known, probes, ran):
    """Probes as a list; all kinds of `fit` that ran are one.

    Args:
        known: every probe by name.
        probes: the names of those to tell.
        ran: the names of those that were run.
    """
    phrases = {probe: known[probe].phrase for probe in ran}
    fits = [probe for probe in ran if phrases[probe].startswith("`fit`")]
    if len(fits) == 1 or not set(probes) >= set(fits):
        return named(known, probes)
    first = min(map(probes.index, fits))
    texts = [phrases[probe] for probe in probes if probe not in fits]
    texts.insert(first, "`fit` of any kind")
    return ", ".join(texts)


def named(known, probes):
    """Probes as a list; of neighbours that are `fit`, one says so."""
    texts = [known[probe].phrase for probe in probes]
    return ", ".join(
        text.removeprefix("`fit` ") if before.startswith("`fit`") else text
        for before, text in zip(["", *texts], texts)
    )

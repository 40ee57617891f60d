"""A fixture for pytest, there wherever this package is installed: `losses_check`."""

import pytest


@pytest.fixture
def losses_check():
    """`losses.check`, which fails the test where it finds an error.

    Takes what `losses.check` takes, a loss with labels and predictions or a compiled
    model with its data, and `strict=True` where warnings fail as well. Returns the
    report.

    Example:
        def test_my_model(losses_check):
            losses_check(make_model(), x, y)
    """
    from losses.checker import check

    def checked(*subject, strict=False, **arguments):
        report = check(*subject, **arguments)
        fatal = report.of("error") + report.of("warning") * strict
        if fatal or not report:
            pytest.fail(f"{_headline(report, fatal)}\n\n{report}", pytrace=False)
        return report

    return checked


def _headline(report, fatal):
    """What pytest shows of it in its summary: one line."""
    if not fatal:
        return report.summary
    rules = dict.fromkeys(found.rule for found in fatal)
    return f"{', '.join(rules)}: {fatal[0].sentence}"

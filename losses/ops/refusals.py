"""Errors: a helper says what it refuses, the public function adds its name and page.

So neither of them travels through the arguments of the helpers.
"""

from functools import wraps


class Refused(ValueError):
    """What a loss refuses, without its name: `refusals_of` adds that."""

    raised_as: type[Exception] = ValueError


class WrongShapes(Refused):
    """Labels and predictions that do not fit: `refusals_of` adds a page to read."""


class WrongDtype(Refused):
    """Predictions that are not floating."""

    raised_as = TypeError


def refusals_of(name, page):
    """Decorate a function: what it refuses is raised as a plain error that begins with
    `name`, and ends with `page`, a broken variant, where shapes do not fit."""

    def decorate(function):
        @wraps(function)
        def named(*args, **kwargs):
            try:
                return function(*args, **kwargs)
            except Refused as refused:
                is_shape = isinstance(refused, WrongShapes)
                more = f" More: losses explain {page}" if is_shape else ""
                raise refused.raised_as(f"{name}: {refused.args[0]}{more}") from None

        return named

    return decorate

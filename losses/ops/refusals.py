"""Errors: a helper says what it refuses, the public function adds its name and page.

So neither of them travels through the arguments of the helpers.
"""

from functools import wraps


class Refused(ValueError):
    """An input or an option that a loss refuses, in words without the name of the loss,
    which `refusals_of` adds."""

    raised_as = ValueError


class WrongShapes(Refused):
    """Labels and predictions that do not fit: `refusals_of` adds the page to read."""


class WrongDtype(Refused):
    """Predictions that are not floating."""

    raised_as = TypeError


def refusals_of(name, page):
    """Decorate a function: what it refuses becomes a plain ValueError or TypeError.

    Args:
        name: what the message starts with.
        page: id of the broken variant that a message about shapes ends with.
    """

    def decorate(function):
        @wraps(function)
        def named(*args, **kwargs):
            try:
                return function(*args, **kwargs)
            except Refused as refused:
                is_shape = isinstance(refused, WrongShapes)
                more = f" More: losses explain {page}" if is_shape else ""
                raise refused.raised_as(f"{name}: {refused}{more}") from None

        return named

    return decorate

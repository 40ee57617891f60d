"""Reference losses for Keras 3, each beside the mistakes it avoids.

>>> import losses
>>> losses.Poly1Crossentropy(epsilon=2.0)
Poly1Crossentropy(epsilon=2.0, from_logits=False)

Nothing is imported until it is asked for; `import losses` takes milliseconds.
"""

from importlib import import_module

from losses.source import names as _names

__version__ = "0.1.0"

_ELSEWHERE = {
    "check": "losses.checker",
    "parametrize_with_rules": "losses.checker",
    "signed_distance": "losses.ops.distance",
}


def __getattr__(name):
    module = _ELSEWHERE.get(name) or _names.modules().get(_names.snake(name))
    if module and not name.startswith("_"):
        loaded = import_module(module)
        if hasattr(loaded, name):
            return getattr(loaded, name)
    raise AttributeError(f"module 'losses' has no attribute {name!r}{_hint(name)}")


def __dir__():
    stems = sorted(_names.modules())
    classes = map(_names.camel, stems)
    return ["__version__", *_ELSEWHERE, "register", *classes, *stems]


def register():
    """Make every loss known to `keras.models.load_model`, in a process that only loads.

    Keras finds a loss by name if its file has been imported, and nothing is imported
    here until it is asked for.
    """
    for module in _names.modules().values():
        import_module(module)


def _hint(name):
    """The public name that is nearest."""
    from difflib import get_close_matches

    close = [] if name.startswith("_") else get_close_matches(name, __dir__(), 1)
    return f". Did you mean {close[0]!r}?" if close else ""

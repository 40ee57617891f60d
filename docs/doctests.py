"""For mkdocstrings: `Example:` holds a doctest, as `Examples:` does by its rules."""

import griffe


class Doctests(griffe.Extension):
    def on_object(self, *, obj, **_):
        if obj.docstring:
            obj.docstring.value = obj.docstring.value.replace(
                "\nExample:\n", "\nExamples:\n"
            )

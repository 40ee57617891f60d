"""What a loss says in one line, written out: `@loss_function(page=...)`, and
`class Dice(PerSampleLoss, of=dice)`. For copies, and for editors, which run nothing."""

import ast

COMMON = """\
        reduction: str | None = "sum_over_batch_size",
        name: str = "{name}",
        dtype: str | None = None,
"""
REGISTRATION = '@keras.saving.register_keras_serializable("losses")'
CLASS = '''\
{registration}
class {cls}(PerSampleLoss):
    """{doc}"""

    def __init__(
        self,
        *,
{parameters}    ):
        super().__init__(
{arguments}            reduction=reduction,
            name=name,
            dtype=dtype,
        )

    def call(self, y_true, y_pred):
        return {function}(y_true, y_pred{options})'''


def in_full(code):
    """The code of the file of a loss with both of them written out."""
    body = ast.parse(code).body
    functions = {n.name: n for n in body if isinstance(n, ast.FunctionDef)}
    lines = code.splitlines()
    for node in reversed(body):
        if is_short_class(node):
            [of] = [keyword.value.id for keyword in node.keywords]
            whole = _class(node, functions[of]).splitlines()
            lines[node.lineno - 1 : node.end_lineno] = whole
        for decorator in getattr(node, "decorator_list", ()):
            if _is_short_decorator(decorator):
                whole = _decorators(node, decorator).splitlines()
                lines[decorator.lineno - 1 : decorator.end_lineno] = whole
    return "\n".join(lines)


def is_short_class(node):
    """Whether a class takes its options from its function."""
    return isinstance(node, ast.ClassDef) and "of" in [k.arg for k in node.keywords]


def parameters(function):
    """The parameters of the class of a function, one a line."""
    options = zip(function.args.kwonlyargs, function.args.kw_defaults)
    own = "".join(f"        {_parameter(*option)},\n" for option in options)
    return own + COMMON.format(name=function.name)


def _class(cls, function):
    """The code of a class, as it would be without `of=`."""
    names = [option.arg for option in function.args.kwonlyargs]
    return CLASS.format(
        registration=REGISTRATION,
        cls=cls.name,
        doc=ast.get_docstring(cls),
        parameters=parameters(function),
        arguments="".join(f"            {name}={name},\n" for name in names),
        function=function.name,
        options=", **self.options" if names else "",
    )


def _is_short_decorator(node):
    return getattr(getattr(node, "func", None), "id", None) == "loss_function"


def _decorators(function, decorator):
    """The decorators of a function that `@loss_function(page=...)` is short for."""
    page = ast.unparse(decorator.keywords[0].value).replace("'", '"')
    line = f'@refusals_of("{function.name}", {page})'
    if len(line) > 88:
        line = f'@refusals_of(\n    "{function.name}",\n    {page},\n)'
    return f"{REGISTRATION}\n{line}"


def _parameter(option, default):
    """An option as it is written: `smooth: float = 1.0`."""
    annotation = f": {_code(option.annotation)}" if option.annotation else ""
    if default is None:
        return f"{option.arg}{annotation}"
    return f"{option.arg}{annotation}{' = ' if annotation else '='}{_code(default)}"


def _code(node):
    return ast.unparse(node).replace("'", '"')

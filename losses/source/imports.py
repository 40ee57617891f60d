"""The imports that a piece of a file needs to run alone."""

import ast

OURS = "losses"  # what a file is declared with


def needed(source, *codes):
    """The import statements of a file, as text, cut down to the names that pieces of it
    use. Those of this package are left out."""
    used = {
        node.id
        for code in codes
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Name)
    }
    lines = []
    for node in ast.parse(source).body:
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        kept = [a for a in node.names if (a.asname or a.name.split(".")[0]) in used]
        if kept and not (getattr(node, "module", None) or "").startswith(OURS):
            node.names = kept
            lines.append(ast.unparse(node))
    return "\n".join(lines)

"""The imports that a piece of a file needs to run alone."""

import ast

OURS = "losses"  # what a file is declared with


def needed(body, *pieces):
    """The import statements of a file, as text, cut down to the names that functions or
    classes of it use below their decorators. Those of this package are left out.

    Args:
        body: the parsed statements of the file.
        pieces: parsed functions and classes.
    """
    used = {
        node.id
        for piece in pieces
        for part in ast.iter_child_nodes(piece)
        if part not in piece.decorator_list
        for node in ast.walk(part)
        if isinstance(node, ast.Name)
    }
    lines = []
    for node in body:
        if isinstance(node, ast.Import):
            module = ""
        elif isinstance(node, ast.ImportFrom) and not node.module.startswith(OURS):
            module = f"from {node.module} "
        else:
            continue
        kept = [a for a in node.names if (a.asname or a.name.split(".")[0]) in used]
        if kept:
            lines.append(f"{module}{ast.unparse(ast.Import(kept))}")
    return "\n".join(lines)

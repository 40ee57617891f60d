"""What `losses copy` and `losses diff` do: write a loss into a project, and compare a
copied file with the present version."""

from difflib import unified_diff

from losses import __version__
from losses.source import registry
from losses.source.copies import Copied, package_of, pattern, standalone


class Refused(Exception):
    """What was asked for makes no sense."""


class NotWritten(Exception):
    """The file was left as it is, or could not be written."""


def write(loss, folder, full=False, package=None):
    """Write the pattern of a loss into a folder, or all of it; returns the path of the
    file."""
    if folder.suffix == ".py":
        raise Refused(f"{folder} is the name of a file. Give a folder.")
    if package and not full:
        raise Refused("--package goes with --full: a pattern registers nothing.")
    try:
        text = (
            standalone(loss.name, package or package_of(folder))
            if full
            else pattern(loss.name)
        )
    except ValueError as error:
        raise Refused(str(error)) from None
    path = folder / f"{loss.name}.py"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise NotWritten(
            f"{path} is there already and was left as it is. "
            f"What has changed since: losses diff {path}"
        ) from None
    except OSError as error:
        raise NotWritten(f"{path}: {error.strerror}") from None
    return path


def difference(path):
    """Who changed a copied file, and the diff that leads to the present version; None
    where nothing differs."""
    text = path.read_text("utf-8", errors="replace")
    copied = Copied.read(text)
    if not copied:
        raise Refused(f"{path} does not begin as a file written by losses copy does.")
    if copied.name not in registry.losses():
        raise Refused(f"losses {__version__} has no {copied.name} any more.")
    present = copied.present
    now = Copied.read(present)
    if copied.body == now.body:
        return None
    outdated = copied.digest != now.digest
    edited = copied.edited or not outdated
    where = ["in the file, since it was copied"] * edited + ["in losses"] * outdated
    summary = (
        f"{path}: copied from losses {copied.version}, this is {__version__}; changed "
        f"{' and '.join(where)}"
    )
    lines = (part.splitlines(keepends=True) for part in (text, present))
    names = str(path), f"{path} (losses {__version__})"
    return summary, "".join(unified_diff(*lines, *names))

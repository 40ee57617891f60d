"""What `losses copy` writes: the pattern of a loss, or all of the loss in one file; and
what `losses diff` reads again."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from losses import __version__
from losses.source import registry
from losses.source.standalone import in_one_file

PACKAGE = "my_project"
FULL = """\
# {name} from losses {version}, in one file. It needs Keras only.
# SPDX-License-Identifier: MIT
# sha256:{digest}
# What has changed since, there and here:
#     losses diff {name}.py
# To take what changed there, and drop what changed here:
#     losses diff {name}.py | patch {name}.py

"""
PATTERN = """\
# {name} from losses {version}, its pattern. SPDX-License-Identifier: MIT
# All of it: losses.{name}, or losses copy {name} FOLDER --full
# sha256:{digest}

"""
HEADER = re.compile(
    r"# (?P<name>\w+) from losses (?P<version>\S+), (?P<what>in one file|its pattern)\b"
    r".*\n(?:#.*\n)*# sha256:(?P<digest>[0-9a-f]{64})\n(?:#.*\n)*\n"
)
REGISTRATION = re.compile(r"(register_keras_serializable\(\s*)[\"'](.*?)[\"']")


def pattern(name):
    """The pattern of a loss, as it is written into a project."""
    return _headed(PATTERN, name, registry.losses()[name].pattern)


def standalone(name, package=PACKAGE):
    """A loss with all that it uses, as it is written into a project.

    Args:
        name: the loss.
        package: what Keras calls the project in a saved model, before the `>`. Under
            `losses` the copy would take the place of an installed `losses`.
    """
    if not re.fullmatch(r"[\w.-]+", package):
        raise ValueError(f"{package!r} has more in it than letters, digits and _ . -")
    return _headed(FULL, name, _under(package, in_one_file(name)))


@dataclass(frozen=True)
class Copied:
    """A file that `losses copy` wrote and somebody may have edited since."""

    name: str
    version: str
    what: str
    digest: str
    body: str

    @classmethod
    def read(cls, text):
        """None where the header is missing."""
        header = HEADER.match(text)
        return header and cls(**header.groupdict(), body=text[header.end() :])

    @property
    def edited(self):
        return _digest(self.body) != self.digest

    @property
    def present(self):
        """What would be written today."""
        if self.what == "its pattern":
            return pattern(self.name)
        return standalone(self.name, self.package)

    @property
    def package(self):
        found = REGISTRATION.search(self.body)
        return found[2] if found else PACKAGE


def package_of(folder):
    """The name of the project that a folder belongs to: its outermost package, or the
    folder itself. Never `losses`, which is taken."""
    folder = Path(folder).resolve()
    while (folder.parent / "__init__.py").exists():
        folder = folder.parent
    name = re.sub(r"[^\w.-]", "_", folder.name) or PACKAGE
    return "my_losses" if name == "losses" else name


def _headed(header, name, body):
    return header.format(name=name, version=__version__, digest=_digest(body)) + body


def _digest(body):
    """Of the body as it is under `PACKAGE`, because a project may change its name."""
    return hashlib.sha256(_under(PACKAGE, body).encode()).hexdigest()


def _under(package, body):
    return REGISTRATION.sub(rf'\1"{package}"', body)

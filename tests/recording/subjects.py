"""A broken variant, its reference and its fix, as they are declared, and what each
does."""

import sys
from functools import cache
from importlib import import_module
from types import ModuleType

from packaging.specifiers import SpecifierSet

import losses
from losses.evidence.codec import encoded
from losses.evidence.messages import cleaned
from losses.evidence.outcomes import Raises
from losses.evidence.store import SIDES
from losses.running.probes import run
from losses.running.subject import Subject
from losses.source import registry
from losses.source.closure import MENDED
from losses.source.mending import mended
from tests.recording.sides import module_of


@cache
def declared(variant):
    """The function, class or script of a variant, and its declaration."""
    family = registry.losses()[variant.loss].family
    module = import_module(f"losses.broken.{family}.{variant.loss}")
    code = next(v for k, v in vars(module).items() if registry.snake(k) == variant.name)
    return code, code.case


@cache
def fix(variant):
    """The function, class or script of a variant with its fix."""
    module = _mended(variant.family, variant.loss)
    return next(v for k, v in vars(module).items() if registry.snake(k) == variant.name)


@cache
def _mended(family, loss):
    """The broken variants of a loss with their fixes, as a module."""
    source = registry.HERE / "broken" / family / f"{loss}.py"
    name = f"{MENDED}{family}.{loss}"
    module = module_of(name, mended(source.read_text("utf-8")))
    for package in (name.rsplit(".", 2)[0], name.rsplit(".", 1)[0]):
        sys.modules.setdefault(package, ModuleType(package))
    sys.modules[name] = module  # Dynamo imports it by its name
    module.__spec__.loader.exec_module(module)
    return module


def reference(name, case):
    """A loss of the catalog as a subject of the probes."""
    function = getattr(losses, name)
    loss_class = getattr(losses, registry.losses()[name].class_name)
    return Subject.of_reference(function, loss_class, case)


@cache
def outcome(variant, probe):
    """What a variant does in one way of running."""
    return done(variant, "variant", probe)


@cache
def instead(variant, probe):
    """What its reference does on the same inputs."""
    return done(variant, "reference", probe)


@cache
def after_fix(variant, probe):
    """What a variant does with its fix."""
    return done(variant, "fix", probe)


def done(variant, side, probe):
    """What one side of a variant does in one way of running. A class that cannot even
    be made, of a name that legacy Keras does not have, raises in every one."""
    _, case = declared(variant)
    try:
        made = subject(variant, side)
    except AttributeError as error:
        return Raises(type(error).__name__, cleaned(str(error)))
    return run(probe, made, case)


def cell(variant, probe, sides=SIDES):
    """What is recorded of a variant, its reference and its fix: `{side: outcome}`."""
    asked = {"variant": outcome, "reference": instead, "fix": after_fix}
    return {side: encoded(asked[side](variant, probe)) for side in sides}


def subject(variant, side):
    """One of the three as a subject of the probes."""
    code, case = declared(variant)
    if side == "reference":
        return reference(variant.loss, case)
    return Subject.of_variant(code if side == "variant" else fix(variant), case)


def forget():
    """Give back the outcomes that are kept."""
    for kept in (outcome, instead, after_fix):
        kept.cache_clear()


def verdict(holds_in, version, missed):
    """What is wrong with a declaration, or "": `missed` says where the variant did not
    do what is declared, and outside of the versions of a fault of Keras it must not."""
    if holds_in is None:
        return "\n".join(missed)
    if version in SpecifierSet(holds_in, prereleases=True):
        ended = f"no longer broken in Keras {version}: end its holds_in"
        return "\n".join([ended, *missed]) if missed else ""
    return "" if missed else f"still broken in Keras {version}: widen its holds_in"

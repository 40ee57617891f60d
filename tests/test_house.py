"""The rules of the house, so that nobody has to remember them."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import losses
from losses.source import registry, stub

PACKAGE = Path(losses.__file__).parent
ROOT = PACKAGE.parent
CATALOG = list(registry.losses().values())
HELPERS = {
    "losses.ops.base",
    "losses.ops.class_labels",
    "losses.ops.crossentropy",
    "losses.ops.options",
    "losses.ops.outputs",
    "losses.ops.refusals",
    "losses.ops.regions",
    "losses.ops.replicas",
    "losses.ops.shapes",
}
# Each may import those before it.
LAYERS = [
    {"refusals", "replicas"},
    {"shapes"},
    {"options", "outputs"},
    {"base", "class_labels"},
    {"crossentropy"},
    {"regions"},
]

MAY_IMPORT = {  # beside the standard library
    "losses/catalog/*/*.py": {"keras", *HELPERS},
    "losses/broken/*/*.py": {"keras", "numpy", "losses.evidence.outcomes"},
    "losses/claims/*.py": {"keras", "numpy", "tensorflow", "losses.evidence.outcomes"},
    **{
        f"losses/ops/{name}.py": {
            "keras",
            *(f"losses.ops.{other}" for layer in LAYERS[:n] for other in layer),
        }
        for n, layer in enumerate(LAYERS)
        for name in sorted(layer - {"replicas"})
    },
    "losses/ops/replicas.py": {"keras", "tensorflow"},  # where it is the backend
    "losses/ops/distance.py": {"numpy", "scipy"},
    "losses/outcomes.py": {"numpy"},
    # tf.GradientTape, jax.grad and torch.autograd have no common name in Keras
    "losses/probes/*.py": {
        "keras",
        "numpy",
        "tensorflow",
        "jax",
        "torch",
        "losses.evidence.outcomes",
        "losses.running.probes",
    },
    "losses/contract/**/*.py": {
        "keras",
        "numpy",
        "tensorflow",
        "pytest",  # inside parametrize_with_rules
        "rich",  # inside the report
        "losses.checker",
        "losses.evidence.outcomes",
        "losses.running.probes",
    },
    "losses/checking.py": {
        "click",
        "keras",
        "rich",
        "losses",
        "losses.source.registry",
        "losses.running.startup",
    },
    "losses/startup.py": {"keras"},
    "losses/source/names.py": set(),
    "losses/source/registry.py": {"losses.source.names"},
    "losses/source/written_out.py": set(),
    "losses/source/stub.py": {"losses.source.names", "losses.source.written_out"},
    "losses/source/closure.py": {"losses.source.registry"},
    "losses/demo/*.py": {
        "keras",
        "numpy",
        "rich",
        "sklearn",
        "losses.demo",
        "losses.running.probes",
        "losses.source.registry",
        "losses.running.startup",
    },
    "losses/source/standalone.py": {
        "losses.__version__",
        "losses.source.closure",
        "losses.source.registry",
        "losses.source.written_out",
    },
    "losses/keys.py": {"losses.source.registry", "losses.source.standalone"},
    "losses/__init__.py": {"losses.source.names"},
    "docs/generator/*.py": {
        "docs.generator",
        "mkdocs",
        "losses.evidence.keys",
        "losses.source.registry",
        "losses.source.standalone",
        "losses.evidence.errors",
    },
}

every_loss = pytest.mark.parametrize("loss", CATALOG, ids=lambda loss: loss.name)
every_variant = pytest.mark.parametrize(
    "variant", registry.variants().values(), ids=lambda v: v.id
)


def imports(path):
    """Every module that a file imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "a relative import does not survive being copied"
            whole = node.module in ("losses", "losses.source", "docs")
            names = [f".{alias.name}" for alias in node.names] if whole else [""]
            modules = [f"{node.module}{name}" for name in names]
        else:
            continue
        yield from modules


@pytest.mark.parametrize("pattern", MAY_IMPORT)
def test_who_may_import_whom(pattern):
    paths = list(ROOT.glob(pattern))
    assert paths, f"no file matches {pattern}"
    for path in paths:
        for module in imports(path):
            top = module.partition(".")[0]
            package = ".".join(module.split(".")[:2])
            allowed = MAY_IMPORT[pattern] | sys.stdlib_module_names
            assert {module, package, top} & allowed, f"{path} imports {module}"


@every_loss
def test_a_file_holds_a_function_and_a_class_of_its_name(loss):
    body = ast.parse(loss.source).body
    names = [n.name for n in body if hasattr(n, "name") and not n.name.startswith("_")]
    assert names == [loss.name, loss.class_name]


@every_loss
def test_the_class_has_the_options_of_the_function(loss):
    function = inspect.signature(getattr(losses, loss.name)).parameters
    loss_class = inspect.signature(getattr(losses, loss.class_name)).parameters
    options = {p.name: p.default for p in function.values()}
    given = {p.name: p.default for p in loss_class.values()}
    assert list(options)[:2] == ["y_true", "y_pred"]
    del options["y_true"], options["y_pred"]
    common = {"reduction": "sum_over_batch_size", "name": loss.name, "dtype": None}
    assert given == {**options, **common}


@every_loss
def test_the_class_documents_the_options(loss):
    cls = getattr(losses, loss.class_name)
    for option in inspect.signature(cls).parameters:
        assert f"\n    {option}: " in cls.__doc__ or "__init__" in loss.source


def test_an_option_of_another_name_is_a_type_error():
    with pytest.raises(
        TypeError, match=r"^Dice\(\) got an unexpected keyword .*'smoth'"
    ):
        losses.Dice(smoth=1.0)
    with pytest.raises(
        TypeError, match=r"^ClassBalancedCrossentropy\(\) missing .*coun"
    ):
        losses.ClassBalancedCrossentropy()
    with pytest.raises(TypeError, match=r"^Dice\(\) too many positional arguments"):
        losses.Dice(1.0)


def test_a_loss_shows_its_options():
    assert repr(losses.Poly1Crossentropy(epsilon=2.0)) == (
        "Poly1Crossentropy(epsilon=2.0, from_logits=False)"
    )


@every_loss
def test_a_loss_has_broken_variants(loss):
    assert loss.variants, f"write losses/broken/{loss.family}/{loss.name}.py"


@every_loss
def test_a_loss_has_numbers_worked_out_by_hand(loss):
    path = ROOT / "tests" / "catalog" / loss.family / f"test_{loss.name}.py"
    assert path.exists(), f"write {path.relative_to(ROOT)}"


@every_loss
def test_the_docstring_answers_what_one_asks(loss):
    for heading in "Args:", "Returns:", "Raises:", "Example:", "Source:":
        assert heading in loss.doc
    assert "one value per sample" in loss.title


@every_variant
def test_a_variant_says_what_one_sees_and_fits_beside_the_right_one(variant):
    assert variant.title.endswith("."), "the first line is a sentence"
    assert "\n\n" in variant.doc, "then comes why, and the way out"
    too_wide = [line for line in variant.code.splitlines() if len(line) > 60]
    assert not too_wide, "two columns must fit on a page"


def test_ids_are_unique():
    ids = [v.id for loss in CATALOG for v in loss.variants]
    assert len(ids) == len(set(ids))


def test_messages_refer_to_variants_that_exist():
    for path in PACKAGE.glob("**/*.py"):
        if "broken" in path.parts:
            continue
        for found in re.findall(r"\b([a-z_]+)/([a-z_]+)\b", path.read_text("utf-8")):
            if found[0] in registry.losses():
                assert "/".join(found) in registry.variants(), path


def test_editors_see_the_whole_catalog():
    """If not, write it: python -m losses.source.stub"""
    assert stub.STUB.read_text("utf-8") == stub.stub()


def test_the_stub_has_every_public_name_and_no_other():
    tree = ast.parse(stub.stub())
    named = {n.name for n in tree.body if hasattr(n, "name")}
    passed_on = {
        alias.asname
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname
    }
    assert named | passed_on | {"__version__"} == set(dir(losses))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_loss", "has no attribute 'no_such_loss'$"),
        ("Dise", "has no attribute 'Dise'. Did you mean 'Dice'\\?"),
        ("__no_such__", "has no attribute '__no_such__'$"),
    ],
)
def test_a_missing_name_is_an_attribute_error(name, message):
    with pytest.raises(AttributeError, match=message):
        getattr(losses, name)


def test_importing_the_package_imports_nothing_else():
    code = (
        "import sys; before = set(sys.modules); import losses; dir(losses);"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(*sorted(new - sys.stdlib_module_names - {'losses'}))"
    )
    seen = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert seen.stdout.split() == []


def test_importing_a_loss_imports_keras_and_the_helpers_only():
    code = (
        "import sys; from losses.running.startup import import_keras; import_keras();"
        "before = set(sys.modules); import losses; losses.Dice;"
        "print(*sorted(set(sys.modules) - before))"
    )
    seen = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert set(seen.stdout.split()) == {
        "losses.catalog",
        "losses.catalog.segmentation",
        "losses.catalog.segmentation.dice",
        "losses.ops",
        *HELPERS - {"losses.ops.outputs"},
    }

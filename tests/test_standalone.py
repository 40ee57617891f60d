"""A copied file runs without this package, and beside it."""

import inspect
import json
import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from textwrap import dedent

import keras
import numpy as np
import pytest

import losses
from losses.source import closure, copies, registry, standalone
from losses.source.copies import Copied, package_of

# One process does what the copies do alone.
pytestmark = pytest.mark.xdist_group("standalone")
NAMES = list(registry.losses())

# Run in a process that cannot import `losses`, on a folder of copied files.
ALONE = """
import doctest, inspect, json, sys

class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "losses":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Without())
folder, *names = sys.argv[1:]
sys.path.insert(0, folder)

from importlib import import_module
import keras
import numpy as np

def examples(name):
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return list(doctest.testmod(import_module(name), optionflags=flags))

def training():
    from dice import Dice

    model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Conv2D(1, 1)])
    model.layers[0].set_weights([np.ones((1, 1, 1, 1)), np.zeros(1)])
    model.compile(keras.optimizers.SGD(0.0), loss=Dice(smooth=2.0))
    x = np.reshape([1.0, 0.0, 0.0, 0.0], (1, 2, 2, 1))
    y = np.reshape([1, 1, 0, 0], (1, 2, 2, 1))
    logged = model.fit(x, y, verbose=0).history["loss"][0]
    model.save(f"{folder}/model.keras")
    loaded = keras.models.load_model(f"{folder}/model.keras")
    return {
        "logged": logged,
        "loaded": loaded.evaluate(x, y, verbose=0),
        "smooth": loaded.loss.options["smooth"],
        "name": keras.saving.get_registered_name(type(loaded.loss)),
    }

def signature(name):
    cls = "".join(part.title() for part in name.split("_"))
    return str(inspect.signature(getattr(import_module(name), cls)))

seen = {
    "examples": {name: examples(name) for name in names},
    "signatures": {name: signature(name) for name in names},
    "training": training(),
}
print(json.dumps(seen))
"""


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What every copied file does in a process without `losses`."""
    folder = tmp_path_factory.mktemp("my_project")
    for name in NAMES:
        text = copies.standalone(name, "my_project")
        (folder / f"{name}.py").write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-c", ALONE, folder, *NAMES],
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_hold_without_the_package(alone, name):
    failed, attempted = alone["examples"][name]
    assert attempted > 0
    assert failed == 0


def test_it_trains_saves_and_loads_without_the_package(alone):
    # t = (1, 1, 0, 0), p = (1, 0, 0, 0): 1 - (2·1 + 2) / (2 + 1 + 2) = 0.2
    assert alone["training"] == {
        "logged": pytest.approx(0.2, abs=1e-6),
        "loaded": pytest.approx(0.2, abs=1e-6),
        "smooth": 2.0,
        "name": "my_project>Dice",
    }


def imported(path):
    spec = spec_from_file_location(path.stem, path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_stands_beside_the_package(tmp_path):
    path = tmp_path / "dice.py"
    path.write_text(copies.standalone("dice", "beside"), "utf-8")
    losses.Dice()
    copied = imported(path)
    registered = keras.saving.get_registered_object
    assert registered("losses>Dice") is losses.Dice
    assert registered("losses>dice") is losses.dice
    assert registered("beside>Dice") is copied.Dice
    assert registered("beside>dice") is copied.dice

    for loss in (losses.Dice(), copied.Dice(), losses.dice, copied.dice):
        model = keras.Sequential([keras.Input((2, 1)), keras.layers.Dense(1)])
        model.compile("sgd", loss=loss)
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras").loss
        assert loaded is loss or type(loaded) is type(loss)


def test_under_the_name_losses_it_loads_what_the_package_saved(tmp_path):
    path = tmp_path / "mean_absolute_error.py"
    path.write_text(copies.standalone("mean_absolute_error", "losses"), "utf-8")
    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    model.compile("sgd", loss=losses.MeanAbsoluteError())
    model.save(tmp_path / "model.keras")
    mine = keras.saving.get_custom_objects()
    before = dict(mine)
    try:
        copied = imported(path)
        loaded = keras.models.load_model(tmp_path / "model.keras").loss
        assert type(loaded) is copied.MeanAbsoluteError
    finally:
        mine.clear()
        mine.update(before)


@pytest.mark.parametrize("name", NAMES)
def test_the_loss_stays_as_it_is_written(name):
    source = registry.losses()[name].source.replace('("losses"', '("my_project"')
    from_signature = source[source.index(f"\ndef {name}(") :]
    text, cls = copies.standalone(name), registry.losses()[name].class_name
    above, _, rest = from_signature.partition(f"class {cls}(PerSampleLoss, of={name})")
    below = rest.partition('for `model.compile`."""')[2]
    assert above.rstrip() in text
    assert below.rstrip() in text
    assert "of=" not in text
    assert "loss_function" not in text


@pytest.mark.parametrize("name", NAMES)
def test_the_class_is_written_out_as_it_is(alone, name):
    """No stub tells its options to editors."""
    assert alone["signatures"][name] == str(
        inspect.signature(getattr(losses, registry.losses()[name].class_name))
    )


@pytest.mark.parametrize("name", NAMES)
def test_only_what_is_used_is_there(name):
    from ast import ClassDef, FunctionDef, Name, parse, walk

    tree = parse(copies.standalone(name))
    defined = {n.name for n in tree.body if isinstance(n, (FunctionDef, ClassDef))}
    used = {n.id for n in walk(tree) if isinstance(n, Name)}
    assert defined - used <= {name, registry.losses()[name].class_name}


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A package `losses` of one's own: `{file: source}`, and a loss `area`."""

    def forget():
        registry.losses.cache_clear()
        closure.module_of.cache_clear()
        standalone.in_one_file.cache_clear()

    def put(files):
        for file, source in files.items():
            path = tmp_path / "losses" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(source), "utf-8")
        monkeypatch.setattr(registry, "HERE", tmp_path / "losses")
        forget()
        text = copies.standalone("area")
        namespace = {}
        exec(compile(text, "area.py", "exec"), namespace)
        return text, namespace

    yield put
    monkeypatch.undo()
    forget()


def test_helpers_of_one_name_are_told_apart(shelf):
    text, copied = shelf(
        {
            "catalog/toy/area.py": '''
                """Area."""
                from losses.plane import area as terms
                from losses.sizes import shown

                def area(a, b):
                    """Area."""
                    return terms(a, b), shown(a)
            ''',
            "plane.py": '''
                """Plane."""
                from losses.units import shown

                def area(a, b):
                    return shown(a) * shown(b)
            ''',
            "sizes.py": '''
                """Sizes."""
                def shown(size):
                    return f"size {size}"
            ''',
            "units.py": '''
                """Units."""
                def shown(metres):
                    return 10 * metres
            ''',
        }
    )
    assert copied["area"](2, 3) == (600, "size 2")  # (10·2)·(10·3)
    assert text.count("\ndef ") == 4


def test_a_class_stands_below_the_class_that_it_is_made_from(shelf):
    _, copied = shelf(
        {
            "catalog/toy/area.py": '''
                """Area."""
                from losses.plane import Square

                def area(side):
                    """Area."""
                    return Square().area(side)
            ''',
            "plane.py": '''
                """Plane."""
                from losses.shapes import Rectangle

                class Square(Rectangle):
                    def area(self, side):
                        return self.product(side, side)
            ''',
            "shapes.py": '''
                """Shapes."""
                class Rectangle:
                    def product(self, a, b):
                        return a * b
            ''',
        }
    )
    assert copied["area"](3) == 9


def test_a_local_name_keeps_its_meaning(shelf):
    _, copied = shelf(
        {
            "catalog/toy/area.py": '''
                """Area."""
                from losses.plane import doubled as total

                def area(sides):
                    """Area."""
                    return total(sides), sum(sides)
            ''',
            "plane.py": '''
                """Plane."""
                def doubled(sides):
                    total = [2 * side for side in sides]
                    return total if len(total) < 3 else doubled(sides[:2])
            ''',
        }
    )
    assert copied["area"]([1, 5, 7]) == ([2, 10], 13)  # twice the first two; 1 + 5 + 7


def test_a_helper_does_not_hide_a_builtin(shelf):
    _, copied = shelf(
        {
            "catalog/toy/area.py": '''
                """Area."""
                from losses.plane import sum as total

                def area(sides):
                    """Area."""
                    return total(sides), sum(sides)
            ''',
            "plane.py": '''
                """Plane."""
                def sum(sides):
                    return [2 * side for side in sides]
            ''',
        }
    )
    assert copied["area"]([1, 5]) == ([2, 10], 6)


def test_what_cannot_be_renamed_is_an_error(shelf):
    with pytest.raises(ValueError, match="global names and local ones"):
        shelf(
            {
                "catalog/toy/area.py": '''
                    """Area."""
                    from losses.plane import other, width as total

                    def area(sides):
                        """Area."""
                        return total(sides), other(sides)
                ''',
                "plane.py": '''
                    """Plane."""
                    def total(sides):
                        return len(sides)

                    def width(sides):
                        return sides[0]

                    def other(sides):
                        return (lambda total: total)(total(sides))
                ''',
            }
        )


def test_comments_constants_and_imports_come_along(shelf):
    text, copied = shelf(
        {
            "catalog/toy/area.py": '''
                """Area."""
                from math import pi

                from losses.plane import squared

                def area(radius):
                    """Area."""
                    return pi * squared(radius)  # a circle
            ''',
            "plane.py": '''
                """Plane."""
                import math
                import os.path as unused

                # what a side is
                # raised to
                POWER = 2

                def squared(side):
                    return math.pow(side, POWER)

                def never_called():
                    return unused
            ''',
        }
    )
    assert copied["area"](1) == np.pi
    assert "\n\n\n# what a side is\n# raised to\nPOWER = 2\n\n\ndef squared" in text
    assert "# a circle" in text
    assert "\nimport math\nfrom math import pi\n" in text
    assert "unused" not in text


def test_a_name_that_nothing_defines_is_an_error_here_and_not_in_the_copy(shelf):
    with pytest.raises(ValueError, match="area uses shown, which it does not define"):
        shelf(
            {
                "catalog/toy/area.py": '''
                    """Area."""
                    def area(a):
                        """Area."""
                        return shown(a)
                '''
            }
        )


def test_one_name_for_two_imports_is_an_error(shelf):
    with pytest.raises(ValueError, match="root means"):
        shelf(
            {
                "catalog/toy/area.py": '''
                    """Area."""
                    from math import sqrt as root
                    from losses.plane import side

                    def area(a):
                        """Area."""
                        return root(side(a))
                ''',
                "plane.py": '''
                    """Plane."""
                    from math import isqrt as root

                    def side(a):
                        return root(a)
                ''',
            }
        )


def test_an_import_of_losses_inside_a_function_is_an_error(shelf):
    with pytest.raises(ValueError, match="inside a function"):
        shelf(
            {
                "catalog/toy/area.py": '''
                    """Area."""
                    def area(a):
                        """Area."""
                        from losses.plane import side
                        return side(a)
                ''',
                "plane.py": '''
                    """Plane."""
                    def side(a):
                        return a
                ''',
            }
        )


def test_the_header_tells_whether_the_file_was_edited():
    text = copies.standalone("dice", "my_project")
    copied = Copied.read(text)
    assert (copied.name, copied.version) == ("dice", losses.__version__)
    assert (copied.package, copied.edited) == ("my_project", False)
    assert copied.body.startswith('"""Dice')

    edited = Copied.read(text.replace("smooth: float = 1.0", "smooth: float = 2.0"))
    assert edited.edited
    renamed = Copied.read(text.replace('("my_project")', "('other')"))
    assert (renamed.package, renamed.edited) == ("other", False)


@pytest.mark.parametrize(
    "text",
    ["", "import keras\n", "# dice from losses 0.1.0, in one file.\n\nimport keras\n"],
)
def test_a_text_without_the_header_is_not_a_copied_file(text):
    assert Copied.read(text) is None


def test_a_package_name_is_a_plain_name():
    with pytest.raises(ValueError, match="letters"):
        copies.standalone("dice", 'a"b')


def test_the_package_is_that_of_the_project(tmp_path, monkeypatch):
    inner = tmp_path / "my_project" / "training" / "losses"
    inner.mkdir(parents=True)
    assert package_of(inner) == "my_losses"  # `losses` is taken
    assert package_of(inner.parent) == "training"
    (tmp_path / "my_project" / "__init__.py").touch()
    (inner.parent / "__init__.py").touch()
    assert package_of(inner) == "my_project"
    assert package_of(inner.parent / "to_be_made") == "my_project"
    assert package_of(tmp_path / "my project") == "my_project"
    monkeypatch.chdir(tmp_path / "my_project")
    assert package_of(".") == "my_project"
    assert package_of("/") == "my_project"

"""The losses of tests/wild run on every backend, in the words of TensorFlow."""

import sys
from pathlib import Path

import numpy as np
import pytest
from keras import ops

from losses.running import backend
from tests import wild
from tests.wild.tensorflow_names import tf

RIGHT = {case.id: (case.fresh("fixed"), case.make_data) for case in wild.BROKEN} | {
    case.id: (case.fresh(), case.make_data)
    for case in wild.CORRECT
    if backend.NAME not in case.not_on
}


@pytest.mark.parametrize("name", RIGHT)
def test_without_its_mistake_it_gives_numbers(name):
    loss, make_data = RIGHT[name]
    values = loss(*map(ops.convert_to_tensor, make_data()))
    assert np.isfinite(ops.convert_to_numpy(values)).all()


def test_tensorflow_serves_its_own_backend_only():
    assert (tf is sys.modules.get("tensorflow")) == (backend.NAME == "tensorflow")
    paths = Path(wild.__file__).parent.rglob("*.py")
    found = {path.stem for path in paths if "import tensorflow" in path.read_text()}
    assert found == {"tensorflow_names"}

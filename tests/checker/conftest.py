"""Models of a test have the same weights each time, whatever ran before."""

import keras
import pytest


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)

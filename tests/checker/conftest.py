"""Models of a test have the same weights each time, whatever ran before."""

import pytest


@pytest.fixture(autouse=True)
def seeded():
    import keras  # not before the environment is chosen

    keras.utils.set_random_seed(0)

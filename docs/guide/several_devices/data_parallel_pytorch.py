"""`keras.distribution.DataParallel` on PyTorch."""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras

try:
    keras.distribution.DataParallel()
    print("made")
except Exception as error:
    print(f"{type(error).__name__}: {error}")

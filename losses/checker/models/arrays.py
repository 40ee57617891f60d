"""Between tensors and arrays."""

import keras
import numpy as np
from keras import ops

from losses.running import backend


def arrays(structure):
    return [array(part) for part in keras.tree.flatten(structure)]


def array(tensor):
    return np.asarray(backend.array(tensor))


def tensor(part):
    return None if part is None else ops.convert_to_tensor(part)


def tensors(structure):
    return keras.tree.map_structure(tensor, structure)

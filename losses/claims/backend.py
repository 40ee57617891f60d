"""What people say about `keras.backend`."""

import keras
from keras import ops

from losses.evidence.declarations import Runs, claim


@claim("004_ef083d3b3fca2eca.txt prose", advice=Runs(shape=()))
class MathInTheBackend:
    """`keras.backend` has the functions a loss is written with: `sum`, `mean`,
    `square`."""

    def advice():
        return keras.backend.sum(ops.array([1.0, 2.0]))

    def works():
        return ops.sum(ops.array([1.0, 2.0]))

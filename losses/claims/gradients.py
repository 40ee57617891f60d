"""What people say about gradients."""

from keras import ops

from losses.evidence.declarations import Raises, claim


@claim(
    "001_ba603acd0aee4893.txt prose",
    said_to_fail=Raises("InvalidArgumentError"),
    y_true=[[1.0, 0.0], [0.0, 0.0]],
    y_pred=[[0.0, 0.0], [0.0, 2.0]],
    ways=("gradient",),
)
class GradientOfAMatrix:
    """The gradient of a loss that is not a scalar cannot be computed, which raises an
    InvalidArgumentError."""

    def said_to_fail(y_true, y_pred):
        return ops.square(y_true - y_pred)

    def works(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=-1)

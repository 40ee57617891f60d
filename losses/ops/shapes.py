"""Shapes: bring `y_true` and `y_pred` together or refuse, then one value per sample.

Static shapes are read while the graph is traced: that costs nothing in a training step.
A size of None is not known yet and fits any other; where only one side knows it, the
other is reshaped to it, so that nothing broadcasts at run time either.
"""

import keras
from keras import ops


def align(y_true, y_pred, loss, see):
    """`y_true` and `y_pred` as floating tensors of one shape; nothing is broadcast.

    A trailing axis of size 1 that only one of them has is dropped, which is what Keras
    does for a plain function inside `fit`, and nowhere else.

    Args:
        y_true: labels of any dtype, cast to the dtype of `y_pred`.
        y_pred: floating predictions; float16 and bfloat16 are widened to float32.
        loss: the name that an error message starts with.
        see: id of the broken variant that an error message refers to.

    Raises:
        ValueError: the shapes differ in any other way.
        TypeError: `y_pred` holds integers or booleans.
    """
    y_true, y_pred = tensors(y_true, y_pred, loss)
    if _has_extra_one(y_true.shape, y_pred.shape):
        y_true = ops.squeeze(y_true, axis=-1)
    elif _has_extra_one(y_pred.shape, y_true.shape):
        y_pred = ops.squeeze(y_pred, axis=-1)
    if not fit_together(y_true.shape, y_pred.shape):
        raise ValueError(
            f"{loss}: y_true {shown(y_true)} and y_pred {shown(y_pred)} must have the "
            "same shape; only a trailing axis of size 1 may be missing on one side. "
            f"Together they would {_broadcast(y_true.shape, y_pred.shape)}. "
            f"{_advice(y_true.shape, y_pred.shape)} More: losses explain {see}"
        )
    return _sized(y_true, y_pred, len(y_pred.shape)), y_pred


def align_classes(y_true, y_pred, loss, see):
    """Class ids `(batch, ...)`, or one-hot labels of the shape of `y_pred`.

    Told apart by shape, never by dtype, because Keras casts labels to float before a
    loss sees them. `y_pred` is `(batch, ..., classes)`. Ids come back as int32 without
    a trailing axis of size 1, one-hot labels in the dtype of `y_pred`.

    Raises:
        ValueError: `y_true` is neither, or there are fewer than two classes.
        TypeError: `y_pred` holds integers or booleans.
    """
    y_true, y_pred = tensors(y_true, y_pred, loss)
    if len(y_pred.shape) < 2 or y_pred.shape[-1] == 1:
        raise ValueError(
            f"{loss}: y_pred {shown(y_pred)} must be (batch, ..., classes) with two "
            "classes or more. For a single output use the binary loss of its kind. "
            f"More: losses explain {see}"
        )
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] is None:
        raise ValueError(
            f"{loss}: the last axis of y_true {shown(y_true)} is unknown, so class ids "
            "and one-hot labels cannot be told apart. Tell it where the data are made: "
            f"tensor.set_shape((None, ..., 1)). More: losses explain {see}"
        )
    if fit_together(y_true.shape, y_pred.shape) and y_true.shape[-1] != 1:
        return _sized(y_true, y_pred, len(y_pred.shape)), y_pred
    ids = y_true
    if len(ids.shape) == len(y_pred.shape) and ids.shape[-1] == 1:
        ids = ops.squeeze(ids, axis=-1)
    if not fit_together(ids.shape, y_pred.shape[:-1]):
        raise ValueError(
            f"{loss}: y_true {shown(y_true)} must be class ids of shape "
            f"{tuple(y_pred.shape[:-1])} or one-hot labels of shape {shown(y_pred)}, "
            f"the shape of y_pred. More: losses explain {see}"
        )
    return class_ids(ids, y_pred), y_pred


def class_ids(labels, y_pred):
    """Labels as int32, of the sizes of `y_pred` without its last axis. What is no whole
    number becomes an id that no class has."""
    labels = _sized(labels, y_pred, len(y_pred.shape) - 1)
    # A cast alone makes class 0 of 0.9, and in compiled code of NaN.
    whole = labels == ops.floor(labels)
    return ops.cast(ops.where(whole, labels, -(2.0**31)), "int32")


def is_ids(labels, y_pred):
    """Whether labels are class ids, which have no axis of the classes."""
    return len(labels.shape) < len(y_pred.shape)


def tensors(y_true, y_pred, loss):
    """Both as tensors of the dtype of `y_pred`, widened to float32 at least."""
    y_pred = ops.convert_to_tensor(y_pred)
    dtype = keras.backend.standardize_dtype(y_pred.dtype)
    if "float" not in dtype:
        raise TypeError(
            f"{loss}: y_pred has dtype {dtype}; predictions must be floating, because "
            "integers have no gradient. Pass the output of the model, not its argmax."
        )
    dtype = keras.backend.result_type(dtype, "float32")
    y_pred = ops.cast(y_pred, dtype)
    y_true = ops.cast(ops.convert_to_tensor(y_true), dtype)
    for side, tensor in (("y_true", y_true), ("y_pred", y_pred)):
        if getattr(tensor.shape, "rank", 0) is None:
            raise ValueError(
                f"{loss}: the rank of {side} is unknown, so it cannot be aligned. Tell "
                "it where the data are made: tensor.set_shape((None, ...))."
            )
    if 0 in (len(y_true.shape), len(y_pred.shape)):
        raise ValueError(
            f"{loss}: y_true {shown(y_true)} and y_pred {shown(y_pred)} need a batch "
            "axis. For one sample add it: y[None]."
        )
    return y_true, y_pred


def per_sample(values, counted=None):
    """The mean over every axis but the first: `(batch, ...)` to `(batch,)`.

    Positions where `counted` is False are left out; a sample without any is 0.
    """
    if counted is None:
        for _ in values.shape[1:]:
            values = ops.mean(values, axis=-1)
        return values
    count = totals(ops.cast(counted, values.dtype))
    return totals(ops.where(counted, values, 0)) / ops.maximum(count, 1)


def totals(values, kept=0):
    """The sum over every axis but the first and the last `kept`.

    One axis after the other: millions of numbers added in one go lose digits.
    """
    for _ in values.shape[1 : len(values.shape) - kept]:
        values = ops.sum(values, axis=1)
    return values


def fit_together(one, other):
    """Whether two static shapes are equal where both are known."""
    return len(one) == len(other) and all(
        None in (m, n) or m == n for m, n in zip(one, other)
    )


class PerSampleLoss(keras.losses.Loss):
    """A loss of one value per sample, which refuses weights and masks that would
    broadcast.

    `options` are the arguments of its function.
    """

    def __init__(self, *, reduction, name, dtype, **options):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.options = {name: plain(value) for name, value in options.items()}

    def __call__(self, y_true, y_pred, sample_weight=None):
        if sample_weight is not None:
            sample_weight = ops.convert_to_tensor(sample_weight)
        # Outputs by name, or in a list, are as many as the weights: they are not seen.
        sizes = tuple(getattr(y_pred, "shape", (None,)))
        if self.options.get("per_pixel"):
            self._refuse_for_a_map(sample_weight, sizes)
        else:
            # Keras has no public name for it, and JAX no attribute on its arrays.
            mask = keras.src.backend.get_keras_mask(y_pred)
            self._refuse(sample_weight, mask, sizes[:1])
        return super().__call__(y_true, y_pred, sample_weight)

    @property
    def dtype(self):
        """float32 at least: Keras casts labels to it, and bfloat16 has no class 257."""
        dtype = super().dtype
        return "float32" if dtype in ("float16", "bfloat16") else dtype

    def _refuse_for_a_map(self, sample_weight, sizes):
        """Refuse what Keras would broadcast against a map: a weight for each sample
        would fall on the columns."""
        given = () if sample_weight is None else tuple(sample_weight.shape)
        maps = (), sizes, sizes[:-1], (*sizes[:-1], 1)
        if not any(fit_together(given, of_map) for of_map in maps):
            raise ValueError(
                f"{self.name}: sample_weight {shown(sample_weight)} must have the "
                f"shape of the map, {sizes[:-1]} for y_pred {sizes}. For a weight for "
                "each sample leave per_pixel away. More: losses explain "
                "pixelwise_binary_crossentropy/whole_map_weights_the_columns"
            )

    def _refuse(self, sample_weight, mask, batch):
        """Refuse what Keras would broadcast against one value per sample."""
        if not _fits_a_vector(sample_weight, batch):
            raise ValueError(
                f"{self.name}: sample_weight {shown(sample_weight)} must be (batch,), "
                "because this loss has one value per sample. For a weight for each "
                "pixel take a loss with per_pixel=True, such as PixelwiseCrossentropy."
            )
        if not _fits_a_vector(mask, batch):
            raise ValueError(
                f"{self.name}: y_pred carries the mask {shown(mask)} of a layer such "
                "as Embedding(mask_zero=True), which does not fit one value per "
                "sample. Mark the padding in the labels instead, with ignore_class "
                "where there is one, or take a loss with a value for each position, "
                "such as keras.losses.MeanSquaredError."
            )

    def get_config(self):
        return {**super().get_config(), **self.options, "dtype": self.dtype}


def plain(value):
    """An array or a tensor as a list, also inside of a dict or a list, because a model
    file holds neither."""
    if isinstance(value, (int, float)):  # of these torch.compile traces nothing more
        return value
    if isinstance(value, dict):
        return {plain(key): plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    is_array = hasattr(value, "shape") and hasattr(value, "dtype")
    return ops.convert_to_numpy(value).tolist() if is_array else value


def shown(tensor):
    """The shape of a tensor as a tuple, for a message."""
    return str(tuple(tensor.shape))


def _sized(tensor, like, axes):
    """`tensor` with the first sizes of `like`, if only one of both knows them."""
    if any((m is None) != (n is None) for m, n in zip(tensor.shape, like.shape)):
        return ops.reshape(tensor, ops.shape(like)[:axes])
    return tensor


def _fits_a_vector(tensor, batch):
    sizes = () if tensor is None else tuple(tensor.shape)
    if not sizes:
        return True
    return sizes[1:] in ((), (1,)) and fit_together(sizes[:1], batch)


def _has_extra_one(longer, shorter):
    return len(longer) == len(shorter) + 1 and longer[-1] == 1


def _broadcast(one, other):
    """What arithmetic between two shapes that differ would do."""
    rank = max(len(one), len(other))
    sizes, unknown = [], False
    for m, n in zip(
        (1,) * (rank - len(one)) + tuple(one), (1,) * (rank - len(other)) + tuple(other)
    ):
        if None not in (m, n) and m != n and 1 not in (m, n):
            return "raise an error in the middle of the graph"
        unknown = unknown or (m != n and None in (m, n) and 1 not in (m, n))
        sizes.append(n if m == 1 else m)
    if unknown:
        return "raise an error or broadcast in silence, by sizes not known yet"
    return f"silently broadcast to {tuple(sizes)}"


def _advice(true, pred):
    if len(true) == len(pred) - 1 or (len(true) == len(pred) and true[-1] == 1):
        return (
            "Are the labels class ids? Then take sparse_categorical_crossentropy, or "
            "pixelwise_crossentropy for masks. If not, reshape them."
        )
    return "Give the labels the shape of the predictions."

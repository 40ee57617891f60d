"""`tf` for losses that people wrote for TensorFlow, on whatever backend Keras runs.

On the backend TensorFlow it is TensorFlow. On JAX and PyTorch it offers the names that
the files beside this one use, as operations of Keras with the arguments of TensorFlow.
What mixes or refuses dtypes and shapes is the backend's own affair; indices and labels
of classes must be integers, as in TensorFlow.
"""

import keras
import numpy as np
from keras import ops


def abs_of_values(x):
    if isinstance(x, keras.KerasTensor):  # `ops.abs` would give another of them
        raise ValueError("a symbolic tensor of a model has no value")
    return ops.abs(x)


def integers(x):
    x = ops.convert_to_tensor(x)
    dtype = keras.backend.standardize_dtype(x.dtype)
    if "int" not in dtype:
        raise TypeError(f"indices and labels of classes are integers, not {dtype}")
    return x


def one_hot(indices, depth):
    return ops.one_hot(integers(indices), depth)


def gather(params, indices):
    return ops.take(params, integers(indices), axis=0)


def boolean_mask(tensor, mask):
    return tensor[mask]


def matmul(a, b, transpose_b=False):
    return ops.matmul(a, ops.swapaxes(b, -1, -2) if transpose_b else b)


def numpy_function(func, inp, Tout):
    """What a NumPy function returns; no gradient leads through it."""
    if keras.backend.backend() == "jax":
        return called_back_by_jax(func, [ops.stop_gradient(x) for x in inp], Tout)
    return ops.convert_to_tensor(func(*map(ops.convert_to_numpy, inp)), Tout)


def called_back_by_jax(func, inp, Tout):
    import jax

    # Compiled code must know the shape of the result beforehand.
    shape = np.shape(func(*(np.zeros(x.shape, x.dtype) for x in inp)))
    return jax.pure_callback(
        lambda *arrays: func(*map(np.asarray, arrays)),
        jax.ShapeDtypeStruct(shape, Tout),
        *inp,
    )


def l2_normalize(x, axis, epsilon=1e-12):
    squares = ops.sum(ops.square(x), axis, keepdims=True)
    return x * ops.rsqrt(ops.maximum(squares, epsilon))


def confusion_matrix(labels, predictions, num_classes):
    rows, columns = one_hot(labels, num_classes), one_hot(predictions, num_classes)
    return ops.cast(ops.matmul(ops.transpose(rows), columns), "int32")


def sigmoid_crossentropy(labels, logits):
    return ops.binary_crossentropy(labels, logits, from_logits=True)


def weighted_crossentropy(labels, logits, pos_weight):
    weight = 1 + (pos_weight - 1) * labels
    return (1 - labels) * logits + weight * ops.softplus(-logits)


def softmax_crossentropy(labels, logits):
    return ops.categorical_crossentropy(labels, logits, from_logits=True)


def sparse_softmax_crossentropy(labels, logits):
    labels = integers(labels)
    return ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)


def ctc_loss(
    labels, logits, label_length, logit_length, logits_time_major=True, blank_index=0
):
    if logits_time_major:
        logits = ops.swapaxes(logits, 0, 1)
    return ops.ctc_loss(labels, logits, label_length, logit_length, blank_index)


def conv2d(input, filters, strides, padding):
    return ops.conv(input, filters, strides, padding.lower())


def extract_patches(images, sizes, strides, rates, padding):
    return ops.image.extract_patches(
        images, sizes[1:3], strides[1:3], rates[1], padding.lower()
    )


def random_normal(shape):
    return keras.random.normal(shape)


if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
else:

    class tf:
        int32, float32 = "int32", "float32"
        Variable, constant = keras.Variable, ops.convert_to_tensor
        cast, stop_gradient = ops.cast, ops.stop_gradient
        cond, numpy_function = ops.cond, numpy_function

        shape, reshape, squeeze = ops.shape, ops.reshape, ops.squeeze
        stack, concat, broadcast_to = ops.stack, ops.concatenate, ops.broadcast_to
        eye, range, one_hot = ops.eye, ops.arange, one_hot
        ones_like, zeros_like = ops.ones_like, ops.zeros_like
        gather, boolean_mask, where = gather, boolean_mask, ops.where

        reduce_sum, reduce_mean, reduce_max = ops.sum, ops.mean, ops.max
        reduce_logsumexp, cumsum, matmul = ops.logsumexp, ops.cumsum, matmul

        abs, sign, round, square = abs_of_values, ops.sign, ops.round, ops.square
        sqrt, pow, exp, acos = ops.sqrt, ops.power, ops.exp, ops.arccos
        sigmoid, tanh = ops.sigmoid, ops.tanh
        minimum, maximum, clip_by_value = ops.minimum, ops.maximum, ops.clip
        equal, not_equal, greater_equal = ops.equal, ops.not_equal, ops.greater_equal
        logical_not = ops.logical_not

        class math:
            log, divide_no_nan = ops.log, ops.divide_no_nan
            is_nan, is_finite = ops.isnan, ops.isfinite
            reduce_variance, l2_normalize = ops.var, l2_normalize
            confusion_matrix = confusion_matrix

        class nn:
            relu, softplus = ops.relu, ops.softplus
            softmax, log_softmax = ops.softmax, ops.log_softmax
            sigmoid_cross_entropy_with_logits = sigmoid_crossentropy
            weighted_cross_entropy_with_logits = weighted_crossentropy
            softmax_cross_entropy_with_logits = softmax_crossentropy
            sparse_softmax_cross_entropy_with_logits = sparse_softmax_crossentropy
            ctc_loss, conv2d = ctc_loss, conv2d

        class image:
            ssim, extract_patches = ops.image.ssim, extract_patches

        class random:
            normal = random_normal

        class keras:
            class backend:
                # The old one adds epsilon after clipping, too.
                binary_crossentropy = ops.binary_crossentropy

"""Distances: how far each pixel of a mask is from its boundary.

Done once for each mask, where the data are made: NumPy and SciPy, outside of the model.
"""

import numpy as np


def signed_distance(mask):
    """The labels of `boundary`: how many pixels away the boundary of a mask is.

    Outside it is the distance to the nearest pixel inside, 1 or more. Inside it is 1
    less than the distance to the nearest pixel outside, with a minus sign: 0 at the
    edge, below 0 further in. A mask that is empty has no boundary, and is 0 throughout;
    so is one that is full.

    In `tf.data` it goes through `tf.numpy_function`, which forgets the shape:

        def labels(image, mask):  # of a batch
            far = tf.numpy_function(losses.signed_distance, [mask], tf.float32)
            return image, tf.ensure_shape(far, mask.shape)

    Args:
        mask: `(height, width)`, `(batch, height, width)`, `(batch, height, width, 1)`,
            or `(batch, height, width, classes)` with a mask for each class, such as
            one-hot labels. Any dtype, 0 and 1. Of other numbers of spatial axes: with
            four axes or more the last is that of the classes, so give volumes as
            `(batch, depth, height, width, 1)`; and lines as `(batch, length, 1)`,
            because two axes are one mask.

    Returns:
        An array of the shape of `mask`, float32.

    Raises:
        ImportError: SciPy is not installed.
        ValueError: there are other values than 0 and 1, or there is one axis only.

    Example:
        >>> signed_distance([[0, 0, 1, 1, 1, 0]])
        array([[ 2.,  1.,  0., -1.,  0.,  1.]], dtype=float32)

    Source:
        `one_hot2dist` of the code of Kervadec et al.,
        https://github.com/LIVIAETS/boundary-loss. Where a mask is full, they have the
        distance to a pixel that does not exist.
    """
    given = np.asarray(mask)
    inside = given.astype(bool)
    if not np.array_equal(inside, given):
        raise ValueError(
            "signed_distance: a mask has the values 0 and 1, but here there are "
            f"{np.unique(given)[:5]}. Compare: mask > 0; or make class ids one-hot: "
            "np.eye(classes)[ids]."
        )
    if given.ndim < 2:
        raise ValueError(
            f"signed_distance: mask {given.shape} must be (height, width), (batch, "
            "height, width) or (batch, height, width, classes)."
        )
    if given.ndim == 2:
        return _of_one(inside).astype("float32")
    classes = inside if given.ndim > 3 else inside[..., None]
    distances = np.zeros(classes.shape, "float32")
    for image, label in np.ndindex(len(classes), classes.shape[-1]):
        distances[image, ..., label] = _of_one(classes[image, ..., label])
    return distances.reshape(given.shape)


def _of_one(inside):
    try:
        from scipy.ndimage import distance_transform_edt as distance
    except ImportError as error:
        raise ImportError("signed_distance needs SciPy: pip install scipy") from error
    if inside.all() or not inside.any():
        return np.zeros(inside.shape)
    return np.where(inside, 1 - distance(inside), distance(~inside))

"""Masks and label maps, drawn, and what stands in them, counted pixel after pixel."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays


def softmax(logits):
    return np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)


def one_hot(ids, classes):
    return (ids[..., None] == np.arange(classes)).astype(float)


@st.composite
def masks(draw, **options):
    """Masks of one class, predictions, and options that go with them. `options` are
    those of the loss that not every loss has, as strategies."""
    shape = draw(array_shapes(min_dims=2, max_dims=3, max_side=3))
    options = _options(draw, 1, options)
    values = [0.0, 1.0, 0.5, *_void(options)]
    numbers = st.floats(-4, 4) if options["from_logits"] else st.floats(0.01, 0.99)
    labels = draw(arrays(float, shape, elements=st.sampled_from(values)))
    return labels, draw(arrays(float, shape, elements=numbers)), options


@st.composite
def label_maps(draw, **options):
    """Class ids, predictions, and options that go with them."""
    shape = draw(array_shapes(min_dims=2, max_dims=4, max_side=3))
    classes = draw(st.integers(2, 4))
    options = _options(draw, classes, options)
    values = [*range(classes), *_void(options)]
    logits = draw(arrays(float, (*shape, classes), elements=st.floats(-4, 4)))
    ids = draw(arrays("int32", shape, elements=st.sampled_from(values)))
    return ids, logits if options["from_logits"] else softmax(logits), options


def counted(labels, y_pred, from_logits=False, ignore_class=None, over="image"):
    """Hits, false alarms and misses, `(images, classes, 3)`.

    `labels` come without a class axis, and are a mask where `y_pred` has none either.
    """
    one = y_pred.ndim == labels.ndim
    classes = [1] if one else range(y_pred.shape[-1])
    sums = np.zeros((len(labels), len(classes), 3))
    for image, (label, prediction) in enumerate(zip(labels, y_pred)):
        for index in np.ndindex(label.shape):
            if label[index] == ignore_class:
                continue
            p = np.atleast_1d(prediction[index])
            if from_logits:
                p = 1 / (1 + np.exp(-p)) if one else np.exp(p) / sum(np.exp(p))
            for number, name in enumerate(classes):
                t, found = label[index] if one else label[index] == name, p[number]
                sums[image, number] += [t * found, (1 - t) * found, t * (1 - found)]
    if over == "batch":
        sums[:] = sums.sum(axis=0)
    return sums


def mean_over_classes(values, class_weight=None):
    """The mean of each row, weighted."""
    weight = class_weight or [1.0] * len(values[0])
    return np.array(
        [sum(w * v for w, v in zip(weight, row)) / sum(weight) for row in values]
    )


def _void(options):
    """The label that is left out, which may be 0; none where none is."""
    void = options["ignore_class"]
    return [] if void is None else [void]


def _options(draw, classes, others):
    weight = st.lists(st.floats(0.1, 10), min_size=classes, max_size=classes)
    known = [0, 1] if classes > 1 else [0]  # what stands in the labels anyway
    common = {
        "smooth": st.sampled_from([0.0, 0.5, 1.0, 100.0]),
        "from_logits": st.booleans(),
        "ignore_class": st.sampled_from([None, 255, -1, *known]),
        "class_weight": st.none() | weight,
        "over": st.sampled_from(["image", "batch"]),
    }
    return draw(st.fixed_dictionaries({**common, **others}))

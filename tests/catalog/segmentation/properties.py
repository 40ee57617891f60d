"""What holds for every loss of label maps, of any maps that are drawn.

`loss` takes labels, predictions and options, and returns the values as an array.
"""

import numpy as np
from hypothesis import assume

from tests.catalog.segmentation.maps import one_hot
from tests.differences import close


def assert_every_form_of_the_labels_agrees(loss, ids, y_pred, options):
    assume(ids.ndim > 2)  # (batch, length, classes) would be one-class images
    expected = loss(ids, y_pred, **options)
    for labels in (ids[..., None], one_hot(ids, y_pred.shape[-1])):
        assert loss(labels, y_pred, **options) == close(expected)


def assert_an_ignored_pixel_is_left_out(loss, labels, y_pred, options):
    spatial = labels[0].size
    image, prediction = labels[0].reshape(spatial), y_pred[0].reshape(spatial, -1)
    kept = image != options["ignore_class"]
    assume(kept.any())
    void = np.where(kept, image, 77)
    options["ignore_class"] = 77
    ignored = loss(void[None], prediction[None], **options)
    options["ignore_class"] = None
    left_out = loss(image[kept][None], prediction[kept][None], **options)
    assert ignored == close(left_out)

"""Twenty architectures of `keras.applications`, small and with random weights: right
models, in which nothing is wrong."""

import keras
import numpy as np
import pytest

import losses

LARGER = {"Xception": 71, "InceptionV3": 75, "InceptionResNetV2": 75}  # their least
OPTIONS = {
    "MobileNet": {"alpha": 0.25},
    "MobileNetV2": {"alpha": 0.35},
    "MobileNetV3Small": {"minimalistic": True, "include_preprocessing": False},
    "MobileNetV3Large": {"include_preprocessing": False},
}
NAMES = [
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Small",
    "MobileNetV3Large",
    "EfficientNetB0",
    "EfficientNetB1",
    "EfficientNetV2B0",
    "EfficientNetV2B1",
    "DenseNet121",
    "DenseNet169",
    "ResNet50",
    "ResNet50V2",
    "ResNet101",
    "ResNet101V2",
    "VGG16",
    "VGG19",
    "Xception",
    "InceptionV3",
    "InceptionResNetV2",
    "ConvNeXtTiny",
]
HEADS = {
    "softmax": "sparse_categorical_crossentropy",
    None: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
}


@pytest.mark.sliced(share=0.05, elsewhere=True)
@pytest.mark.parametrize("head", HEADS, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wrong(name, head):
    size = LARGER.get(name, 32)
    options = OPTIONS.get(name, {})
    model = getattr(keras.applications, name)(
        input_shape=(size, size, 3),
        weights=None,
        classes=5,
        classifier_activation=head,
        **options,
    )
    model.compile("adam", HEADS[head], metrics=["accuracy"])
    x = np.random.default_rng(0).random((8, size, size, 3), "float32")
    report = losses.check(model, x, np.arange(8) % 5)
    assert not report.of("error") and not report.failed, report

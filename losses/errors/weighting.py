"""Weights of samples and of classes."""

import keras
import numpy as np
from keras import layers

from losses.evidence.declarations import error


@error("ValueError")
def both_weights():
    """`fit` got `class_weight` and `sample_weight`, and takes one of them.

    Multiply them: look the weight of the class up for each sample.
    """
    y = np.array([0, 1] * 4)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    both = {"sample_weight": np.ones(8), "class_weight": {0: 1.0, 1: 5.0}}  # -
    # + both = {"sample_weight": np.ones(8) * np.array([1.0, 5.0])[y]}
    return model.fit(np.ones((8, 4)), y, **both)


@error("ValueError")
def fewer_weights_than_samples():
    """`sample_weight` is shorter or longer than the samples: each has one weight.

    Rows were dropped from the others and not from the weights, or weights are those of
    classes, which go to `class_weight`.
    """
    x, y, weights = np.ones((8, 4)), np.ones((8, 1)), np.ones(6)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    return model.fit(x, y, sample_weight=weights)  # -
    # + return model.fit(x[:6], y[:6], sample_weight=weights)


@error("ValueError")
def class_weight_of_several_outputs():
    """`class_weight` does not say which output it is for, where there are several.

    Give `sample_weight` for each output, with the weight of the class of each sample.
    """
    inputs = keras.Input((4,))
    outputs = [layers.Dense(1, "sigmoid")(inputs), layers.Dense(1, "sigmoid")(inputs)]
    model = keras.Model(inputs, outputs)
    model.compile("adam", ["binary_crossentropy"] * 2)
    x, y = np.ones((8, 4)), np.array([0, 1] * 4)
    return model.fit(x, [y, y], class_weight={0: 1.0, 1: 5.0})  # -
    # + by_class = np.array([1.0, 5.0])[y]
    # + return model.fit(x, [y, y], sample_weight=[by_class, np.ones(8)])


@error("TypeError")
def class_weight_of_maps():
    """`class_weight` is for one class a sample, and labels hold one a pixel or step.

    Look the weights up by the labels, and give them as `sample_weight`.
    """
    x, y = np.ones((8, 6, 6, 3)), np.arange(8 * 36).reshape(8, 6, 6, 1) % 2
    model = keras.Sequential([keras.Input((6, 6, 3)), layers.Conv2D(2, 1)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model.fit(x, y, class_weight={0: 1.0, 1: 5.0})  # -
    # + by_class = np.array([1.0, 5.0])[y[..., 0]]
    # + return model.fit(x, y, sample_weight=by_class)


@error("AttributeError")
def class_weight_as_a_list():
    """`class_weight` is a list or an array. It is a dict: `{id of class: weight}`."""
    y = np.array([0, 1] * 4)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model.fit(np.ones((8, 4)), y, class_weight=[1.0, 5.0])  # -
    # + return model.fit(np.ones((8, 4)), y, class_weight={0: 1.0, 1: 5.0})


@error("ValueError")
def weights_of_one_of_two_outputs():
    """`sample_weight` has no weights for one of the outputs that have labels.

    It is structured as the labels are. Where an output needs none, give ones.
    """
    inputs = keras.Input((4,))
    price = layers.Dense(1, name="price")(inputs)
    size = layers.Dense(1, name="size")(inputs)
    model = keras.Model(inputs, {"price": price, "size": size})
    model.compile("adam", loss={"price": "mse", "size": "mse"})
    x, y = np.ones((8, 4)), {"price": np.ones(8), "size": np.ones(8)}
    weights = {"price": np.ones(8)}  # -
    # + weights = {"price": np.ones(8), "size": np.ones(8)}
    return model.fit(x, y, sample_weight=weights)


@error("KeyError")
def weights_by_name_for_a_list_of_outputs():
    """Labels and `sample_weight` come by name, and the model gives a list of outputs.

    Keras brings the labels into the order of the outputs, and leaves the weights as
    they are. Give a list of weights and labels, or build the model with a dict of
    outputs.
    """
    inputs = keras.Input((4,))
    price = layers.Dense(1, name="price")(inputs)
    size = layers.Dense(1, name="size")(inputs)
    model = keras.Model(inputs, [price, size])  # -
    # + model = keras.Model(inputs, {"price": price, "size": size})
    model.compile("adam", loss={"price": "mse", "size": "mse"})
    y = {"price": np.ones((8, 1)), "size": np.ones((8, 1))}
    weights = {"price": np.ones(8), "size": np.ones(8)}
    return model.fit(np.ones((8, 4)), y, sample_weight=weights)


@error("ValueError")
def one_map_of_weights_for_several_outputs():
    """One array of weights stands for all outputs, and has more than one for a sample.

    Give a list of weights, one for each output.
    """
    inputs = keras.Input((5, 4))
    model = keras.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(1)(inputs)])
    model.compile("adam", ["mse", "mse"])
    x, y, weights = np.ones((8, 5, 4)), np.ones((8, 5, 1)), np.ones((8, 5))
    return model.fit(x, [y, y], sample_weight=weights)  # -
    # + return model.fit(x, [y, y], sample_weight=[weights, weights])


@error(tensorflow="InvalidArgumentError", jax="ValueError", torch="RuntimeError")
def sample_weights_for_each_value():
    """`sample_weight` has an axis more than the loss gives values.

    A loss averages over the last axis of labels `(batch, 10)` and gives `(batch,)`.
    Weights have that shape, or the loss must keep the axis: labels and outputs
    `(batch, 10, 1)`.
    """
    model = keras.Sequential([keras.Input((4,)), layers.Dense(10)])
    model.compile("adam", "mse")
    x, y, weights = np.ones((8, 4)), np.ones((8, 10)), np.ones((8, 10))
    return model.fit(x, y, sample_weight=weights)  # -
    # + return model.fit(x, y, sample_weight=weights[:, 0])


@error(tensorflow="InvalidArgumentError", jax="ValueError", torch="RuntimeError")
def one_weight_for_a_map():
    """`sample_weight` has one weight a sample, and the loss gives one value a pixel or
    step.

    Weights are broadcast from the right: give them an axis for each that the loss
    keeps, `(batch, 1, 1)`.
    """
    model = keras.Sequential([keras.Input((6, 5, 3)), layers.Conv2D(1, 1)])
    model.compile("adam", "mse")
    x, y, weights = np.ones((8, 6, 5, 3)), np.ones((8, 6, 5, 1)), np.ones(8)
    return model.fit(x, y, sample_weight=weights)  # -
    # + return model.fit(x, y, sample_weight=weights[:, None, None])


@error(tensorflow="InvalidArgumentError", jax="ValueError", torch="RuntimeError")
def class_weight_for_each_step():
    """`class_weight` gives one weight a row, and the loss one value a step.

    Look the weights up by the labels, and give them as `sample_weight`.
    """
    x, y = np.ones((8, 5, 4)), np.arange(40).reshape(8, 5) % 3
    model = keras.Sequential([keras.Input((5, 4)), layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model.fit(x, y, class_weight={0: 1.0, 1: 2.0, 2: 5.0})  # -
    # + by_class = np.array([1.0, 2.0, 5.0])[y]
    # + return model.fit(x, y, sample_weight=by_class)


@error(tensorflow="InvalidArgumentError", jax="ValueError", torch="RuntimeError")
def mask_of_steps_for_a_value_a_row():
    """A mask of steps `(batch, steps)` meets a loss of one value a row.

    The embedding masks steps, and the mask reaches the loss with the outputs. A loss
    must keep the axis of the steps for it.
    """

    def squared(y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=(1, 2))  # -
        # + return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((5,))])
    model.add(layers.Embedding(9, 4, mask_zero=True))
    model.add(layers.Dense(1))
    model.compile("adam", loss=squared)
    return model.fit(np.arange(40).reshape(8, 5) % 9, np.ones((8, 5, 1)))


@error("ValueError")
def class_weight_for_a_generator():
    """`class_weight` is not for generators, torch DataLoaders and grain datasets.

    Give the weight of each sample in the batch: `(x, y, weights)`.
    """

    def batches():
        while True:
            y = np.array([0, 1] * 4)
            yield np.ones((8, 4)), y  # -
            # + yield np.ones((8, 4)), y, np.array([1.0, 5.0])[y]

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    weights = {0: 1.0, 1: 5.0}  # -
    # + weights = None
    return model.fit(batches(), steps_per_epoch=2, class_weight=weights)


@error(torch="ValueError")
def class_weight_for_a_data_loader():
    """`class_weight` is not for a DataLoader of PyTorch.

    Let the dataset give the weight of each sample: `(x, y, weight)`.
    """
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    x, y = torch.ones(8, 4), torch.tensor([0, 1] * 4)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    data, of_class = DataLoader(TensorDataset(x, y)), {0: 1.0, 1: 5.0}  # -
    # + by_class = torch.tensor([1.0, 5.0])[y]
    # + data, of_class = DataLoader(TensorDataset(x, y, by_class)), None
    return model.fit(data, class_weight=of_class)


@error(tensorflow="ValueError")
def both_weights_of_a_dataset():
    """The dataset gives weights already, and `fit` got `class_weight` beside them.

    Multiply the weights inside the dataset.
    """
    import tensorflow as tf

    y = np.array([0, 1] * 4)
    data = tf.data.Dataset.from_tensor_slices((np.ones((8, 4)), y, np.ones(8)))
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model.fit(data.batch(4), class_weight={0: 1.0, 1: 5.0})  # -
    # + of_class = tf.constant([1.0, 5.0])
    # + data = data.map(lambda x, y, w: (x, y, tf.cast(w, "float32") * of_class[y]))
    # + return model.fit(data.batch(4))


@error(tensorflow="ValueError")
def class_weight_of_several_outputs_in_a_dataset():
    """`class_weight` does not say which output of the dataset it is for.

    Give weights for each output in the dataset: `(x, y, weights)`.
    """
    import tensorflow as tf

    y = np.array([0, 1] * 4)
    arrays = np.ones((8, 4)), (y, y)
    # + weights = np.array([1.0, 5.0])[y]
    # + arrays = (*arrays, (weights, weights))
    data = tf.data.Dataset.from_tensor_slices(arrays)
    inputs = keras.Input((4,))
    outputs = [layers.Dense(1, "sigmoid")(inputs), layers.Dense(1, "sigmoid")(inputs)]
    model = keras.Model(inputs, outputs)
    model.compile("adam", ["binary_crossentropy"] * 2)
    return model.fit(data.batch(4), class_weight={0: 1.0, 1: 5.0})  # -
    # + return model.fit(data.batch(4))


@error("ValueError")
def both_weights_of_a_py_dataset():
    """The PyDataset gives weights already, and `fit` got `class_weight` beside them."""

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return np.ones((4, 4)), np.array([0, 1, 0, 1]), np.ones(4)  # -
            # + return np.ones((4, 4)), np.array([0, 1, 0, 1])

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model.fit(Batches(), class_weight={0: 1.0, 1: 5.0})


@error("ValueError")
def both_weights_of_one_batch():
    """`train_on_batch` got `class_weight` and `sample_weight`: it takes one of both."""
    x, y = np.ones((8, 4)), np.array([0, 1] * 4)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model.train_on_batch(x, y, np.ones(8), {0: 1.0, 1: 5.0})  # -
    # + return model.train_on_batch(x, y, np.array([1.0, 5.0])[y])


@error("ValueError")
def weights_beside_a_dataset():
    """`sample_weight` stands beside a dataset, generator or loader.

    Weights belong into it: it gives `(x, y, weights)`.
    """

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return np.ones((4, 4)), np.ones(4)  # -
            # + return np.ones((4, 4)), np.ones(4), np.ones(4)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    return model.fit(Batches(), sample_weight=np.ones(8))  # -
    # + return model.fit(Batches())


@error("UserWarning")
def mask_destroyed():
    """A layer of your own drops the mask of its input: steps of padding are trained.

    Say `supports_masking = True` in a layer that works on each step by itself.
    """

    class Scaled(layers.Layer):
        supports_masking = False  # -
        # + supports_masking = True

        def call(self, x):
            return 0.5 * x

    model = keras.Sequential([keras.Input((5,))])
    model.add(layers.Embedding(9, 4, mask_zero=True))
    model.add(Scaled())
    model.add(layers.Dense(1))
    model.compile("adam", "mse")
    return model.fit(np.arange(40).reshape(8, 5) % 9, np.ones((8, 5, 1)))

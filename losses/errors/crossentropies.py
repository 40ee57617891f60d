"""Labels and predictions that the crossentropies of Keras do not take."""

import keras
import numpy as np
from keras import layers

from losses.evidence.declarations import error


@error("ValueError")
def ids_for_one_hot_labels():
    """Labels are class ids, and `categorical_crossentropy` takes one-hot labels.

    Ids go to `sparse_categorical_crossentropy`.
    """
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", "categorical_crossentropy")  # -
    # + model.compile("adam", "sparse_categorical_crossentropy")
    return model.fit(np.ones((8, 4)), np.arange(8) % 3)


@error("ValueError")
def column_of_ids_for_one_hot_labels():
    """Labels are class ids with a last axis of 1, and `categorical_crossentropy` takes
    one-hot labels.

    Ids go to `sparse_categorical_crossentropy`, with that axis or without it.
    """
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", "categorical_crossentropy")  # -
    # + model.compile("adam", "sparse_categorical_crossentropy")
    return model.fit(np.ones((8, 4)), np.arange(8)[:, None] % 3)


@error(tensorflow="ValueError", jax="ValueError")
def map_of_ids_for_one_hot_labels():
    """Labels are maps of class ids, and `categorical_crossentropy` takes one-hot maps.

    Ids go to `sparse_categorical_crossentropy`.
    """
    model = keras.Sequential([keras.Input((6, 6, 3)), layers.Dense(4, "softmax")])
    model.compile("adam", "categorical_crossentropy")  # -
    # + model.compile("adam", "sparse_categorical_crossentropy")
    labels = np.arange(8 * 36).reshape(8, 6, 6, 1) % 4
    return model.fit(np.ones((8, 6, 6, 3)), labels)


@error("ValueError")
def more_columns_of_labels_than_units():
    """One-hot labels have another number of classes than the last layer has units.

    Give the last layer one unit for each column of the labels.
    """
    labels = np.eye(4)[np.arange(8) % 4]
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])  # -
    # + model = keras.Sequential([keras.Input((4,)), layers.Dense(4, "softmax")])
    model.compile("adam", "categorical_crossentropy")
    return model.fit(np.ones((8, 4)), labels)


@error("ValueError")
def two_columns_for_one_sigmoid():
    """Labels have a column for each class, and the last layer has one unit.

    Of two columns, no and yes, keep that of yes. For more classes give the last layer
    one unit for each.
    """
    labels = np.eye(2)[np.arange(8) % 2]
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model.fit(np.ones((8, 4)), labels)  # -
    # + return model.fit(np.ones((8, 4)), labels[:, 1:])


@error("ValueError")
def one_label_for_several_sigmoids():
    """Labels are one number a sample, and the last layer has several units under a
    binary crossentropy.

    It wants a label of 0 or 1 for each unit. For one of several classes take a softmax
    and `sparse_categorical_crossentropy`.
    """
    labels = np.arange(8) % 3
    head = layers.Dense(3, "sigmoid")  # -
    # + head = layers.Dense(3, "softmax")
    model = keras.Sequential([keras.Input((4,)), head])
    model.compile("adam", "binary_crossentropy")  # -
    # + model.compile("adam", "sparse_categorical_crossentropy")
    return model.fit(np.ones((8, 4)), labels)


@error("ValueError")
def column_of_labels_for_several_sigmoids():
    """Labels are one column, and the last layer has several units under a binary
    crossentropy.

    It wants a label of 0 or 1 for each unit. For yes or no one unit is enough.
    """
    labels = np.arange(8)[:, None] % 2
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2, "sigmoid")])  # -
    # + model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model.fit(np.ones((8, 4)), labels)


@error("ValueError")
def masks_of_another_size():
    """Masks and predictions have another height or width.

    The model makes its input smaller, with strides, pooling or padding "valid", and
    does not make it large again. Or masks were resized unlike the images.
    """
    model = keras.Sequential([keras.Input((6, 6, 3))])
    model.add(layers.Conv2D(1, 3, activation="sigmoid"))  # -
    # + model.add(layers.Conv2D(1, 3, activation="sigmoid", padding="same"))
    model.compile("adam", "binary_crossentropy")
    return model.fit(np.ones((8, 6, 6, 3)), np.ones((8, 6, 6, 1)))


@error("ValueError")
def one_label_for_a_map():
    """Labels are one a sample, and the last layer gives a map or one value a step.

    For one label a sample bring the axes together before the last layer: `Flatten`,
    `GlobalAveragePooling2D`, or a recurrent layer without `return_sequences`.
    """
    model = keras.Sequential([keras.Input((6, 6, 3)), layers.Conv2D(4, 3)])
    # + model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(1, "sigmoid"))
    model.compile("adam", "binary_crossentropy")
    return model.fit(np.ones((8, 6, 6, 3)), np.ones((8, 1)))


@error("ValueError")
def one_hot_labels_for_ids():
    """Labels are one-hot, and `sparse_categorical_crossentropy` takes class ids.

    One-hot labels go to `categorical_crossentropy`.
    """
    labels = np.eye(3)[np.arange(8) % 3]
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")  # -
    # + model.compile("adam", "categorical_crossentropy")
    return model.fit(np.ones((8, 4)), labels)


@error("ValueError")
def ids_of_another_size():
    """Class ids and predictions differ before the last axis: another height, width or
    number of steps.

    The model makes its input smaller or cuts it, and labels keep its size.
    """
    model = keras.Sequential([keras.Input((6, 4))])
    model.add(layers.Conv1D(3, 3, activation="softmax"))  # -
    # + model.add(layers.Conv1D(3, 3, activation="softmax", padding="same"))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model.fit(np.ones((8, 6, 4)), np.arange(48).reshape(8, 6) % 3)


@error("ValueError")
def ids_of_a_sample_for_each_step():
    """Class ids are one a sample, and the last layer gives classes for each step.

    Let the recurrent layer give its last step only, or give an id for each step.
    """
    model = keras.Sequential([keras.Input((6, 4))])
    model.add(layers.GRU(5, return_sequences=True))  # -
    # + model.add(layers.GRU(5))
    model.add(layers.Dense(3, "softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model.fit(np.ones((8, 6, 4)), np.arange(8) % 3)


@error(tensorflow="InvalidArgumentError", torch="IndexError")
def id_beyond_the_units():
    """A class id is as large as the number of units, or larger: ids begin at 0.

    Ids from 1 to 3 are those of four units. Take 1 off, or give the last layer one unit
    more.
    """
    labels = 1 + np.arange(8) % 3
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model.fit(np.ones((8, 4)), labels)  # -
    # + return model.fit(np.ones((8, 4)), labels - 1)


@error("IndexError")
def id_beyond_the_columns():
    """`to_categorical` got a class id as large as `num_classes`, or larger: ids begin
    at 0.

    Ids from 1 to 3 are those of four columns. Take 1 off, or leave `num_classes` out.
    """
    ids = 1 + np.arange(8) % 3
    labels = keras.utils.to_categorical(ids, 3)  # -
    # + labels = keras.utils.to_categorical(ids - 1, 3)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("adam", "categorical_crossentropy")
    return model.fit(np.ones((8, 4)), labels)


@error(tensorflow="InvalidArgumentError", torch="IndexError")
def id_below_zero():
    """A class id is below 0: such as -1 for no label.

    Name that id to the loss: `ignore_class=-1`.
    """
    labels = np.arange(8) % 4 - 1
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    loss = keras.losses.SparseCategoricalCrossentropy()  # -
    # + loss = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    model.compile("adam", loss)
    return model.fit(np.ones((8, 4)), labels)


@error(tensorflow="ValueError", jax="ValueError")
def classes_on_another_axis():
    """Classes are not on the last axis, where `sparse_categorical_crossentropy` finds
    them; on TensorFlow there is no other.

    Move that axis to the end, in the model or before the loss.
    """
    labels, logits = np.zeros((8, 6, 6)), np.ones((8, 3, 6, 6))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, axis=1)  # -
    # + loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    # + logits = np.moveaxis(logits, 1, -1)
    return loss(labels, logits)


@error("ValueError")
def true_for_an_axis():
    """`axis` of the categorical crossentropy is True or False, as arguments that are
    given by their place may be."""
    labels = predictions = np.eye(3)
    loss = keras.losses.categorical_crossentropy
    return loss(labels, predictions, False, 0.1, True)  # -
    # + return loss(labels, predictions, from_logits=True, label_smoothing=0.1)


@error("ValueError")
def true_for_an_axis_of_a_focal_loss():
    """`axis` of the categorical focal loss is True or False, as arguments that are
    given by their place may be."""
    labels = predictions = np.eye(3)
    loss = keras.losses.categorical_focal_crossentropy
    return loss(labels, predictions, 0.25, 2.0, False, 0.1, True)  # -
    # + return loss(labels, predictions, 0.25, 2.0, True, 0.1)


@error("SyntaxWarning")
def categorical_loss_of_one_unit():
    """The last layer has one unit, and a categorical loss needs one for each class.

    The loss is 0 whatever comes out. For two classes take `binary_crossentropy` with
    one sigmoid.
    """
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", "categorical_crossentropy")  # -
    # + model.compile("adam", "binary_crossentropy")
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("SyntaxWarning")
def categorical_focal_loss_of_one_unit():
    """The last layer has one unit, and the categorical focal loss needs one for each
    class.

    For two classes take `binary_focal_crossentropy` with one sigmoid.
    """
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", "categorical_focal_crossentropy")  # -
    # + model.compile("adam", "binary_focal_crossentropy")
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("UserWarning")
def softmax_over_one_unit():
    """A softmax goes over an axis of size 1, and one unit alone is always 1.

    For two classes take a sigmoid, or two units.
    """
    head = layers.Dense(1, activation="softmax")  # -
    # + head = layers.Dense(1, activation="sigmoid")
    model = keras.Sequential([keras.Input((4,)), head])
    model.compile("adam", "binary_crossentropy")
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error(tensorflow="UserWarning")
def probabilities_for_logits():
    """The last layer has a softmax or sigmoid, and the loss says `from_logits=True`.

    Remove one of them.
    """
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)  # -
    # + loss = keras.losses.BinaryCrossentropy()
    model.compile("adam", loss)
    return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("ValueError")
def no_axis_of_classes():
    """Predictions have no axis at all: one number, for a loss of classes.

    Something has taken the mean of predictions before they reached the loss.
    """
    labels, predictions = np.array([0, 1, 2]), np.eye(3, dtype="float32")
    predictions = keras.ops.mean(predictions)  # -
    return keras.ops.sparse_categorical_crossentropy(labels, predictions)


@error("ValueError")
def numbers_for_one_hot_labels():
    """Labels and predictions have no axis at all, for a loss of classes."""
    label, prediction = np.float32(1), np.float32(0.5)
    # + label, prediction = np.array([0.0, 1.0]), np.array([0.5, 0.5])
    return keras.ops.categorical_crossentropy(label, prediction)


@error("ValueError")
def power_beyond_one():
    """`q` of `CategoricalGeneralizedCrossEntropy` lies between 0 and 1."""
    loss = keras.losses.CategoricalGeneralizedCrossEntropy(q=2)  # -
    # + loss = keras.losses.CategoricalGeneralizedCrossEntropy(q=0.5)
    return loss(np.array([0, 1]), np.full((2, 2), 0.5, "float32"))


@error("ValueError")
def texts_that_are_not_rows():
    """`ctc` takes texts as `(batch, length)` of ids, and these have another rank."""
    logits = np.zeros((2, 6, 5), "float32")
    labels = np.ones((2, 3, 1), "int32")  # -
    # + labels = np.ones((2, 3), "int32")
    return keras.losses.ctc(labels, logits)


@error("ValueError")
def steps_without_classes():
    """`ctc` takes predictions as `(batch, steps, classes)`, and these have another
    rank."""
    labels = np.ones((2, 3), "int32")
    logits = np.zeros((2, 6), "float32")  # -
    # + logits = np.zeros((2, 6, 5), "float32")
    return keras.losses.ctc(labels, logits)


@error(tensorflow="InvalidArgumentError", jax="ValueError", torch="RuntimeError")
def texts_of_another_batch():
    """`ctc` got more or fewer texts than predictions."""
    labels = np.ones((3, 3), "int32")  # -
    # + labels = np.ones((2, 3), "int32")
    return keras.losses.ctc(labels, np.zeros((2, 6, 5), "float32"))


@error("ValueError")
def one_hot_labels_of_another_width_in_a_graph():
    """A categorical crossentropy is computed inside of a functional model, and labels
    have another number of classes than predictions."""
    labels, predictions = keras.Input((3,)), keras.Input((4,))
    # + labels = keras.Input((4,))
    return keras.ops.categorical_crossentropy(labels, predictions)


@error("ValueError")
def binary_labels_of_another_width_in_a_graph():
    """A binary crossentropy is computed inside of a functional model, and labels have
    another shape than predictions."""
    labels, predictions = keras.Input((3,)), keras.Input((1,))
    # + labels = keras.Input((1,))
    return keras.ops.binary_crossentropy(labels, predictions)


@error("ValueError")
def ids_of_another_size_in_a_graph():
    """A crossentropy of ids is computed inside of a functional model, and ids have
    another shape than predictions before the axis of classes."""
    ids, predictions = keras.Input((6,), dtype="int32"), keras.Input((4, 3))
    # + ids = keras.Input((4,), dtype="int32")
    return keras.ops.sparse_categorical_crossentropy(ids, predictions)


@error("ValueError")
def no_axis_of_classes_in_a_graph():
    """A crossentropy of ids is computed inside of a functional model, of predictions
    without any axis: their mean was taken before."""
    ids, predictions = keras.Input((), dtype="int32"), keras.Input((3,))
    predictions = keras.ops.mean(predictions)  # -
    return keras.ops.sparse_categorical_crossentropy(ids, predictions)


@error("ValueError")
def numbers_for_one_hot_labels_in_a_graph():
    """A categorical crossentropy is computed inside of a functional model, of labels
    and predictions without any axis: their mean was taken before."""
    labels, predictions = keras.Input((3,)), keras.Input((3,))
    labels, predictions = keras.ops.mean(labels), keras.ops.mean(predictions)  # -
    return keras.ops.categorical_crossentropy(labels, predictions)


@error("ValueError")
def texts_of_another_batch_in_a_graph():
    """`ctc_loss` is computed inside of a functional model, and got more or fewer texts
    than predictions."""
    texts = keras.Input(batch_shape=(3, 3), dtype="int32")  # -
    # + texts = keras.Input(batch_shape=(2, 3), dtype="int32")
    logits = keras.Input(batch_shape=(2, 6, 5))
    lengths = keras.Input(batch_shape=(2,), dtype="int32")
    return keras.ops.ctc_loss(texts, logits, lengths, lengths)

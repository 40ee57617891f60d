"""What `fit` is given: data, labels, and where they come from."""

import keras
import numpy as np
from keras import layers

from losses.evidence.declarations import error


@error("ValueError")
def fewer_labels_than_samples():
    """There are fewer labels than samples, or more, or inputs of several lengths.

    The first axis of all arrays is that of the samples. It differs where rows were
    dropped from one of them, or labels have their axes in another order.
    """
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss="mse")
    x, y = np.ones((8, 4)), np.ones((6, 1))
    return model.fit(x, y)  # -
    # + return model.fit(x[:6], y)


@error("ValueError")
def labels_in_lists():
    """Labels or weights are a list of Python numbers, or of rows of several lengths.

    Keras takes a list for several outputs. Make an array of it.
    """
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss="mse")
    return model.fit(np.ones((8, 4)), [0, 1] * 4)  # -
    # + return model.fit(np.ones((8, 4)), np.array([0, 1] * 4))


@error("ValueError")
def labels_of_strings():
    """Labels or data are strings, and a loss computes with numbers.

    Give every class an id, and keep the list of names: `np.unique(y,
    return_inverse=True)`.
    """
    x, y = np.ones((8, 4)), np.array(["cat", "dog"] * 4)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2, "softmax")])
    model.compile("adam", loss="sparse_categorical_crossentropy")
    return model.fit(x, y)  # -
    # + _, ids = np.unique(y, return_inverse=True)
    # + return model.fit(x, ids)


@error("ValueError")
def labels_of_objects():
    """Labels or data are an array of dtype object: it holds text, None, or rows of
    several lengths, or numbers that are no numbers to NumPy.

    `y.astype("float32")` makes numbers of a column that holds nothing else. Text gets
    an id for each class: `np.unique(y, return_inverse=True)`. Rows of several lengths
    are padded to one.
    """
    x, y = np.ones((8, 4)), np.array([0, 1] * 4, dtype=object)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
    model.compile("adam", loss="binary_crossentropy")
    return model.fit(x, y)  # -
    # + return model.fit(x, y.astype("float32"))


@error(tensorflow="UnimplementedError")
def labels_of_strings_in_objects():
    """Labels or data are strings, in a dataset or in an array of dtype object, such as
    a column of pandas.

    Give every class an id, and keep the list of names: `np.unique(y,
    return_inverse=True)`.
    """
    x, y = np.ones((8, 4)), np.array(["cat", "dog"] * 4, dtype=object)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2, "softmax")])
    model.compile("adam", loss="sparse_categorical_crossentropy")
    return model.fit(x, y)  # -
    # + _, ids = np.unique(y, return_inverse=True)
    # + return model.fit(x, ids)


@error("ValueError")
def no_labels():
    """`fit` got no labels: `y` is left out or None, or a dataset gives inputs alone.

    A loss needs them: `fit(x, y)`, or a dataset of `(x, y)`. A model that learns its
    own input has it twice: `fit(x, x)`.
    """
    x, y = np.ones((8, 4)), np.ones((8, 1))
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss="mse")
    return model.fit(x, epochs=len(y))  # -
    # + return model.fit(x, y, epochs=len(y))


@error("ValueError")
def data_that_is_none():
    """`x` is nothing that Keras can take batches of: None, a string, an object.

    Often a function that loads the data has no `return`.
    """
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", loss="mse")
    return model.fit(object(), np.ones((8, 1)))  # -
    # + return model.fit(np.ones((8, 4)), np.ones((8, 1)))


@error("ValueError")
def labels_beside_a_dataset():
    """`y` stands beside a dataset, generator or loader, which gives labels itself."""

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return np.ones((4, 4)), np.ones(4)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    return model.fit(Batches(), np.ones(8))  # -
    # + return model.fit(Batches())


@error("ValueError")
def batch_of_four():
    """A PyDataset gives more than inputs, labels and weights.

    Several outputs have their labels in one tuple or dict: `(x, (y1, y2))`.
    """

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            x, y, weights = np.ones((4, 4)), np.ones(4), np.ones(4)
            return x, y, y, weights  # -
            # + return x, (y, y), (weights, weights)

    inputs = keras.Input((4,))
    model = keras.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(1)(inputs)])
    model.compile("adam", ["mse", "mse"])
    return model.fit(Batches())


@error("ValueError")
def generator_of_four():
    """A generator or dataset gives more than inputs, labels and weights.

    Several outputs have their labels in one tuple or dict: `(x, (y1, y2))`.
    """

    def batches():
        while True:
            x, y, weights = np.ones((4, 4)), np.ones((4, 1)), np.ones(4)
            yield x, y, y, weights  # -
            # + yield x, (y, y), (weights, weights)

    inputs = keras.Input((4,))
    model = keras.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(1)(inputs)])
    model.compile("adam", ["mse", "mse"])
    return model.fit(batches(), steps_per_epoch=2)


@error("ValueError")
def generator_of_lists():
    """A generator gives a list, and not a tuple `(x, y)` or `(x, y, weights)`."""

    def batches():
        while True:
            yield [np.ones((4, 4)), np.ones(4)]  # -
            # + yield np.ones((4, 4)), np.ones(4)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    return model.fit(batches(), steps_per_epoch=2)


@error("ValueError")
def empty_generator():
    """A generator gives nothing: it is used up, or its condition is never met."""
    batches = ((np.ones((4, 4)), np.ones(4)) for _ in range(3))
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    print(len([*batches]), "batches")  # -
    return model.fit(batches)


@error(tensorflow="InvalidArgumentError", jax="TypeError", torch="RuntimeError")
def labels_of_several_shapes():
    """A generator gives labels of another shape than in its first batches.

    Keras takes the shape from the first two batches. Pad the labels to one shape.
    """

    def batches():
        for length in (5, 5, 7):
            # + length = 5
            yield np.ones((4, 4)), np.ones((4, length))

    model = keras.Sequential([keras.Input((4,)), layers.Dense(5)])
    model.compile("adam", "mse")
    return model.fit(batches())


@error(tensorflow="ValueError")
def labels_of_rank_zero():
    """A generator gives a label of one sample, without the axis of the batch.

    Give whole batches: labels are `(batch, ...)`, also for a batch of one.
    """

    def samples():
        for _ in range(8):
            yield np.ones((1, 4)), np.float32(1)  # -
            # + yield np.ones((1, 4)), np.ones((1, 1))

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    return model.fit(samples())


@error(tensorflow="ValueError")
def labels_of_several_ranks():
    """A generator gives labels of one rank in one batch, and of another in the next."""

    def batches():
        for shape in [(4,), (4, 1)] * 4:
            # + shape = (4, 1)
            yield np.ones((4, 4)), np.ones(shape)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    return model.fit(batches())


@error("UserWarning")
def generator_that_ends_too_early():
    """There are fewer batches than `steps_per_epoch` times `epochs`.

    A generator that is used up gives nothing in the next epoch. Let it go on forever,
    or leave `steps_per_epoch` out.
    """

    def batches():
        # + while True:
        for _ in range(2):  # -
            yield np.ones((4, 4)), np.ones(4)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    return model.fit(batches(), steps_per_epoch=3, shuffle=False)


@error("UserWarning")
def shuffled_dataset():
    """`shuffle=True` is ignored: the data come from a dataset, generator or loader.

    Shuffle in there. Labels in their order make batches of one class.
    """

    def batches():
        while True:
            yield np.ones((4, 4)), np.ones(4)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    options = {"steps_per_epoch": 2, "shuffle": True}  # -
    # + options = {"steps_per_epoch": 2, "shuffle": False}
    return model.fit(batches(), **options)


@error("ValueError")
def evaluated_by_an_unknown_word():
    """`evaluate` got a word that it does not know, such as one of `fit`."""
    x, y = np.ones((8, 4)), np.ones((8, 1))
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    return model.evaluate(x, y, class_weight={0: 1.0})  # -
    # + return model.evaluate(x, y)

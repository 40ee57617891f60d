"""The operations of a loss as a graph: which tensors come from which argument."""

from dataclasses import dataclass

import keras

from losses.checker.failures import guarded
from losses.checker.memo import once

SHAPES_ONLY = {"Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike", "Fill"}
PAIRED = {
    "Add",
    "AddV2",
    "Sub",
    "Mul",
    "RealDiv",
    "Div",
    "DivNoNan",
    "MulNoNan",
    "Maximum",
    "Minimum",
    "SquaredDifference",
    "Pow",
    "Xdivy",
    "Xlogy",
    "Xlog1py",
    "FloorMod",
    "Equal",
    "NotEqual",
    "Greater",
    "GreaterEqual",
    "Less",
    "LessEqual",
    "LogicalAnd",
    "LogicalOr",
    "Select",
    "SelectV2",
}
FLAT = {"Sign", "Round", "Rint", "Floor", "Ceil", "ArgMax", "ArgMin", "BatchArgMax"}
OPAQUE = {"PyFunc", "PyFuncStateless", "EagerPyFunc", "NumpyFunction"}
SOFTMAX = {
    "Softmax",
    "LogSoftmax",
    "SoftmaxCrossEntropyWithLogits",
    "SparseSoftmaxCrossEntropyWithLogits",
}
LOGISTIC = {"Sigmoid", "Softplus", "Exp"} | SOFTMAX
COMPARISONS = {"Greater", "GreaterEqual", "Less", "LessEqual"}
# Through these a term stays a term: what is added before is added after.
LINEAR = {
    "Add",
    "AddV2",
    "AddN",
    "Sub",
    "Neg",
    "Sum",
    "Mean",
    "Identity",
    "IdentityN",
    "Cast",
    "Reshape",
    "Squeeze",
    "ExpandDims",
    "Transpose",
    "StridedSlice",
    "ConcatV2",
    "Pack",
}
LOGARITHMS = {"Log", "Log1p", "Xlogy", "Xlog1py"}
# Operations through which a tensor keeps its meaning: reshaped, cut, clipped, scaled.
HARMLESS = {
    "Identity",
    "Cast",
    "Reshape",
    "Squeeze",
    "ExpandDims",
    "StridedSlice",
    "Transpose",
    "Maximum",
    "Minimum",
    "ClipByValue",
    "ConcatV2",
    "Pack",
    "Unpack",
    "Split",
    "SplitV",
    "Slice",
    "GatherV2",
    "GatherNd",
    "Select",
    "SelectV2",
    "Abs",
    "Neg",
    "EnsureShape",
    "BroadcastTo",
    "Tile",
    "StopGradient",
}


@dataclass(frozen=True)
class Growth:
    """An operation whose result is larger than both of its operands."""

    left: tuple
    right: tuple
    result: tuple

    def __str__(self):
        return f"{self.left} with {self.right} gives {self.result}"


class Trace:
    """A graph of TensorFlow: its operations, each after those it depends on, and the
    `calls` that were heard while it was made."""

    def __init__(self, operations, inputs, returned, calls=()):
        self.operations = operations
        self.inputs = dict(zip(("y_true", "y_pred"), inputs))
        self.outputs = list(filter(_is_symbolic, keras.tree.flatten(returned)))
        self.calls = calls

    @classmethod
    def of_step(cls, step, calls):
        """Of a loss as `fit` calls it."""
        inputs = step.compiled.graph.inputs
        return cls(step.compiled.operations, inputs, step.returned, calls)

    @classmethod
    def of_direct_call(cls, loss, tensors):
        """Of a loss that is called with labels of the dtype of the predictions."""
        import tensorflow as tf

        dtype = tensors.y_pred.dtype
        arrays = tensors.y_true, tensors.y_pred
        signature = [tf.TensorSpec(array.shape, dtype) for array in arrays]
        function = tf.function(loss, autograph=False)
        graph = guarded(lambda: function.get_concrete_function(*signature)).graph
        return cls(graph.get_operations(), graph.inputs, graph.outputs)

    @once
    def sources(self):
        """By the name of a tensor: which of the arguments its values come from."""
        found = {t.name: frozenset([name]) for name, t in self.inputs.items()}
        for op in self.operations:
            if op.type in SHAPES_ONLY:
                continue
            union = frozenset().union(*(found.get(t.name, ()) for t in op.inputs))
            for tensor in op.outputs:
                found.setdefault(tensor.name, union)
        return found

    def of(self, tensor):
        name = getattr(tensor, "name", None)  # a constant outside the graph has none
        return self.sources.get(name, frozenset())

    @once
    def used(self):
        """Which of the arguments the result depends on."""
        return frozenset().union(*map(self.of, self.outputs))

    @property
    def compares_labels(self):
        """Whether it asks of labels which they are."""
        kinds = COMPARISONS | {"Equal", "NotEqual", "IsNan", "IsFinite", "Sign"}
        return any(
            op.type in kinds and any(self.of(t) == {"y_true"} for t in op.inputs)
            for op in self.operations
        )

    def columns_of_labels(self):
        """The columns of y_true, along its last axis, that are read by themselves and
        that the result depends on."""
        labels = {self.inputs["y_true"].name}
        columns = {}  # by the name of a tensor
        for op in self.operations:
            if not any(t.name in labels for t in op.inputs):
                continue
            if op.type in ("Identity", "Cast"):
                labels.update(t.name for t in op.outputs)
            elif op.type == "StridedSlice":
                column = _column(op)
                if column is not None:
                    columns[op.outputs[0].name] = column
            elif op.type in ("Split", "Unpack") and _along_the_last(op):
                columns |= {t.name: n for n, t in enumerate(op.outputs)}
        if not columns:
            return []
        needed = {t.name for t in self.outputs}
        for op in reversed(self.operations):
            if op.type not in SHAPES_ONLY and any(t.name in needed for t in op.outputs):
                needed.update(t.name for t in op.inputs)
        return sorted({n for name, n in columns.items() if name in needed})

    def growths(self):
        """Where operands of different ranks made something larger than both, because an
        axis of one met another axis of the other.

        Not counted, because it is meant: an operand that is constant; an axis put in
        by hand between others, `a[:, None] - b`, or at the end of one of two tensors
        from the same argument.
        """
        for op in self.operations:
            if op.type not in PAIRED:
                continue
            operands = [t for t in op.inputs if t.shape.rank]
            if len(operands) < 2 or any(not self.of(t) for t in operands):
                continue
            left, right = sorted(operands, key=lambda t: t.shape.rank)[-2:]
            result = op.outputs[0]
            known = all(t.shape.is_fully_defined() for t in (left, right, result))
            if not known:
                continue
            if left.shape.rank == right.shape.rank and not self._are_inputs(
                left, right
            ):
                continue  # a column and a row: made so by hand
            sizes = [t.shape.num_elements() for t in (left, right)]
            if result.shape.num_elements() <= max(sizes) or 1 in sizes:
                continue
            own = self.of(left) == self.of(right) and _put_in(left, right)
            meant = own or _is_pairing(left, right)
            if not meant:
                yield Growth(*(tuple(t.shape) for t in (left, right, result)))

    def _are_inputs(self, *operands):
        """Whether these are labels and predictions as they came, by their shapes."""
        shapes = sorted(tuple(t.shape) for t in operands)
        return shapes == sorted(tuple(t.shape) for t in self.inputs.values())

    def reductions_over_the_batch(self, batch):
        """Reductions of the first axis alone, of tensors that have others."""
        for op in self.operations:
            if op.type in ("Softmax", "LogSoftmax"):
                shape = op.inputs[0].shape
                turned = op.inputs[0].op.type == "Transpose" and shape[0] != batch
                if turned and shape[-1] == batch:
                    yield op.type, tuple(shape), tuple(shape)
            if op.type not in ("Sum", "Mean", "Max", "Min", "Prod"):
                continue
            tensor, axes = op.inputs
            axes = _constant(axes)
            shape = tensor.shape
            if axes is None or not shape.rank or shape.rank < 2 or not self.of(tensor):
                continue
            axes = {int(axis) % shape.rank for axis in axes}
            left = op.outputs[0].shape.num_elements() or 0
            if shape[0] == batch and axes == {0} and left > 1:
                yield op.type, tuple(shape), tuple(op.outputs[0].shape)

    def reaches(self, kinds, argument="y_pred", through=None, alone=False, start=None):
        """Operations of these kinds that values of an argument come to, or those of the
        tensors that `start` names.

        `through`: only by way of operations of those kinds. `alone`: only where no
        value of the other argument has come in.
        """
        touched = set(start or [self.inputs[argument].name])
        other = ({"y_true", "y_pred"} - {argument}).pop()
        found = []
        for op in self.operations:
            if op.type in SHAPES_ONLY:
                continue
            if not any(t.name in touched for t in op.inputs):
                continue
            mixed = any(other in self.of(t) for t in op.inputs)
            if op.type in kinds and not (alone and mixed):
                found.append(op)
            if through is not None and not self._passes(op, through):
                continue
            if not (alone and mixed):
                touched.update(t.name for t in op.outputs)
        return found

    def twice_logistic(self):
        """Whether a sigmoid or softmax of the predictions goes into another."""
        first = self.reaches({"Sigmoid", "Softmax"}, through=HARMLESS)
        start = {t.name for op in first for t in op.outputs}
        return bool(start and self.reaches(LOGISTIC, through=HARMLESS, start=start))

    def _passes(self, op, through):
        if op.type in through:
            return True
        # Scaled or shifted by a constant, or divided by a sum of its own.
        constant = any(not self.of(t) for t in op.inputs)
        own = all(self.of(t) == {"y_pred"} for t in op.inputs)
        return (op.type in ("Mul", "AddV2", "Sub", "RealDiv") and constant) or (
            op.type == "RealDiv" and own
        )

    def dead_ends(self):
        """Operations without a gradient whose results are added to the loss as a term
        of their own: not behind a `stop_gradient`, and not where they weigh, choose or
        shift values that have a gradient."""
        if any("_gradient_op_type" in op.node_def.attr for op in self.operations):
            return []  # a gradient of its own: what is flat inside does not count
        alive = {self.inputs["y_pred"].name}
        ends = {}
        for op in self.operations:
            if op.type in SHAPES_ONLY or op.type == "StopGradient":
                continue
            names = [t.name for t in op.inputs]
            carried = set().union(*(ends.get(name, set()) for name in names))
            live = any(name in alive for name in names)
            if live and not self._is_linear(op):
                carried = set()
            if live and self._is_flat(op):
                carried, live = {op.type}, False
            for tensor in op.outputs:
                if live:
                    alive.add(tensor.name)
                if carried:
                    ends[tensor.name] = carried
        return sorted(set().union(*(ends.get(t.name, set()) for t in self.outputs)))

    def _is_linear(self, op):
        if op.type in ("Mul", "RealDiv", "DivNoNan"):
            return sum("y_pred" in self.of(t) for t in op.inputs) == 1
        return op.type in LINEAR

    def _is_flat(self, op):
        if op.type == "Cast":
            return op.inputs[0].dtype.is_floating and op.outputs[0].dtype.is_integer
        return op.type in FLAT | OPAQUE | COMPARISONS

    @property
    def has_state(self):
        """Whether it draws from a generator or assigns a variable."""
        return any(
            op.type.startswith(("Assign", "Rng", "Random", "Stateless"))
            for op in self.operations
        )


def _is_pairing(left, right):
    """Whether one got an axis by hand that is not its last: `a[:, None] - b`, and not
    `a[..., None] - b`; or is a vector that became a column beside a vector."""
    column, other = sorted((left, right), key=lambda t: -t.shape.rank)
    op = column.op
    if op.type == "ExpandDims":
        axis = _constant(op.inputs[1])
        last = axis is None or int(axis[0]) in (-1, column.shape.rank - 1)
    elif op.type == "StridedSlice" and op.get_attr("new_axis_mask"):
        place = op.get_attr("new_axis_mask").bit_length() - 1
        last = bool(op.get_attr("ellipsis_mask")) or place == column.shape.rank - 1
    else:
        return False
    return not last or op.inputs[0].shape.rank == other.shape.rank == 1


def _column(op):
    """Which single column along the last axis a slice takes, or None."""
    tensor, *bounds = op.inputs
    begin, end, strides = map(_constant, bounds)
    rank = tensor.shape.rank
    if begin is None or end is None or strides is None or op.get_attr("new_axis_mask"):
        return None
    last = len(begin) - 1
    if not rank or not (op.get_attr("ellipsis_mask") or len(begin) == rank):
        return None
    if (op.get_attr("ellipsis_mask") | op.get_attr("end_mask")) >> last & 1:
        shrunk = op.get_attr("shrink_axis_mask") >> last & 1
        open_end = not shrunk and begin[last] in (-1, tensor.shape[-1] - 1)
        return tensor.shape[-1] - 1 if open_end else None
    start = 0 if op.get_attr("begin_mask") >> last & 1 else int(begin[last])
    width = tensor.shape[-1]
    single = op.get_attr("shrink_axis_mask") >> last & 1 or end[last] - start == 1
    return start % width if single and width else None


def _along_the_last(op):
    """Whether a tensor is taken apart into its columns."""
    tensor = op.inputs[-1]
    rank, columns = tensor.shape.rank, tensor.shape[-1] if tensor.shape.rank else None
    if not rank or len(op.outputs) != columns:
        return False
    if op.type == "Unpack":
        return op.get_attr("axis") % rank == rank - 1
    axis = _constant(op.inputs[0])
    return axis is not None and int(axis[0]) % rank == rank - 1


def _put_in(*operands):
    """Whether one of the operands got an axis by hand."""
    for tensor in operands:
        op = tensor.op
        if op.type in ("ExpandDims", "Reshape"):
            return True
        if op.type == "StridedSlice" and op.get_attr("new_axis_mask"):
            return True
    return False


def _is_symbolic(value):
    return keras.ops.is_tensor(value) and hasattr(value, "op")


def _constant(tensor):
    from tensorflow import get_static_value

    value = get_static_value(tensor)
    return None if value is None else value.reshape(-1)

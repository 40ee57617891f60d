"""Predictions at the edges of what a model can give."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Edge:
    """`surely` marks an edge that training reaches, `exact` an exact prediction."""

    where: str
    surely: bool
    exact: bool
    y_true: np.ndarray
    y_pred: np.ndarray


def edges(tensors):
    """Each edge that makes sense for these labels and predictions."""
    dtype = tensors.y_pred.dtype
    for where, surely, true, pred in _edges(tensors):
        exact = "predicted exactly" in where
        yield Edge(where, surely, exact, true, pred.astype(dtype))


def _edges(tensors):
    true, pred = tensors.y_true, tensors.y_pred
    targets, kind = tensors.targets, tensors.predictions
    if targets is not None and kind == "probabilities":
        right = targets.reshape(pred.shape)
        yield "at probabilities of exactly 0 and 1 that are right", True, true, right
        wrong = 1 - right if tensors.labels != "ids" else np.roll(right, 1, axis=-1)
        if tensors.labels == "one_hot":
            wrong = np.roll(right, 1, axis=-1)
        yield "at probabilities of exactly 0 and 1 that are wrong", True, true, wrong
    if targets is not None and kind == "logits":
        far = (200 * targets - 100).reshape(pred.shape)
        yield "at logits of 100 and -100 that are right", False, true, far
        yield "at logits of 100 and -100 that are wrong", False, true, -far
    if tensors.labels == "binary" and pred.ndim >= 3:
        empty = np.zeros_like(true)
        yield "where the mask is empty", True, empty, pred
        if kind == "probabilities":
            yield "where the mask is empty and nothing is found", False, empty, 0 * pred
        yield "where the mask covers everything", False, np.ones_like(true), pred
    elif tensors.labels == "binary" and true.size > 1:
        yield "where all labels are 0", False, np.zeros_like(true), pred
        yield "where all labels are 1", False, np.ones_like(true), pred
    yield from _alike(tensors)
    if tensors.labels == "real":
        exact = _within_reach(true.reshape(pred.shape), pred)
        one = pred.copy()
        one[0] = exact[0]
        close = tensors.is_comparable
        yield "where one sample is predicted exactly", close, true, one
        only = close and tensors.batch == 1
        yield "where all samples are predicted exactly", only, true, exact
        same = np.full_like(pred, np.mean(pred))
        yield "where all predictions are equal", False, true, same


def _alike(tensors):
    """Labels that are all alike, or of which one is like no other."""
    true, pred = tensors.y_true, tensors.y_pred
    if tensors.labels == "real" and np.all(np.isfinite(true)):
        if true[0].size > 1:
            tied = np.copy(true)
            tied[0] = true[0].flat[0]
            yield "where all labels of a sample are equal", False, tied, pred
        if tensors.batch > 1:
            equal = np.full_like(true, true.flat[0])
            yield "where all labels are equal", False, equal, pred
    if tensors.labels in ("ids", "one_hot") and tensors.batch > 2:
        one = np.repeat(true[:1], tensors.batch, axis=0)
        if true[0].size > 1 and tensors.labels == "ids":
            one = np.full_like(true, true.flat[0])
        if tensors.labels == "one_hot":
            one = np.broadcast_to(true.reshape(-1, true.shape[-1])[0], true.shape)
        yield "where all samples are of one class", False, one, pred
    if tensors.labels == "ids" and true[0].size == 1 and tensors.batch > 2:
        single = np.full_like(true, true.flat[0])
        single[-1] = tensors.other_label[0]
        yield "where a sample is alone in its class", False, single, pred


def unknown(tensors, label):
    """Labels that are all `label`, which a loss ignores."""
    true, pred = tensors.y_true, tensors.y_pred.astype(tensors.y_pred.dtype)
    if true[0].size > 1:
        one = np.copy(true)
        one[0] = label
        where = f"where all labels of a sample are {label:g}, which it ignores"
        yield Edge(where, False, False, one, pred)
    where = f"where all labels are {label:g}, which it ignores"
    yield Edge(where, False, False, np.full_like(true, label), pred)


def _within_reach(exact, pred):
    """Exact predictions where a model can give them: not below 0 where all predictions
    are positive, not outside (0, 1) where all of them lie inside."""
    low = 0 if np.all(pred > 0) else -np.inf
    high = 1 if low == 0 and np.all(pred < 1) else np.inf
    return np.where((exact > low) & (exact < high), exact, pred)  # NaN: as predicted

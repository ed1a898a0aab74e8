"""Checks of a fitted estimator that may come from elsewhere: a file, or a user's assignments.

Kernels look class codes of stored rows up without asking, so what reaches them is checked before.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sknn_tune.common.numeric import is_integer, is_real
from sknn_tune.mlp.configuration import LossOption
from sknn_tune.mlp.stored_state import damaged
from sknn_tune.mlp.targets import ClassTargets, NumericTargets
from sknn_tune.network.losses import LOSSES
from sknn_tune.tabular.columns import Schema
from sknn_tune.tabular.encoding import TableEncoder
from sknn_tune.tabular.ensemble import Ensemble
from sknn_tune.tabular.importance import UnseenRows
from sknn_tune.tabular.intervals import Residuals
from sknn_tune.tabular.targets import NumberTargets, TargetScale


def check_stored(attributes: Mapping[str, Any]) -> None:
    """Refuse fitted attributes that no fit has left.

    Parameters
    ----------
    attributes : mapping
        Those of an estimator.

    Raises
    ------
    ValueError
        If an attribute is missing, of another type, or does not fit the others.
    """
    for name, is_sound in _CHECKS.items():
        if name not in attributes and name in _OPTIONAL:
            continue
        if name not in attributes:
            raise ValueError(f"A fitted model must have {name}.")
        if not is_sound(attributes[name], attributes):
            raise damaged(name, attributes[name])


def _is_schema(schema: Any, attributes: Mapping[str, Any]) -> bool:
    return (
        isinstance(schema, Schema)
        and isinstance(schema.is_categorical, tuple)
        and all(isinstance(value, bool | np.bool_) for value in schema.is_categorical)
        and is_integer(attributes.get("n_features_in_"))
        and len(schema.is_categorical) == attributes["n_features_in_"]
        and isinstance(schema.times, tuple)
        and len(schema.times) == len(schema.is_categorical)
        and all(isinstance(time, str) and time in ("", "M", "m") for time in schema.times)
        and (schema.names is None or _are_names(schema.names, len(schema.is_categorical)))
    )


def _are_names(names: Any, n_columns: int) -> bool:
    return isinstance(names, tuple) and len(names) == n_columns and len(set(map(type, names))) < 2


def _is_encoder(encoder: Any, attributes: Mapping[str, Any]) -> bool:
    if not isinstance(encoder, TableEncoder):
        return False
    is_categorical = attributes["_schema"].is_categorical
    n_categorical = sum(map(bool, is_categorical))
    n_numeric = len(is_categorical) - n_categorical
    lists = encoder.levels, encoder.unseen, encoder.missing
    return (
        all(_is_array(a, "f", (n_numeric,)) for a in (encoder.centers, encoder.factors))
        and _is_array(encoder.marked, "iu", (np.size(encoder.marked),))
        and bool(np.all((encoder.marked >= 0) & (encoder.marked < n_numeric)))
        and isinstance(encoder.edges, list)
        and len(encoder.edges) == n_numeric
        and all(_is_array(edges, "f", (np.size(edges),)) for edges in encoder.edges)
        and all(isinstance(part, list) and len(part) == n_categorical for part in lists)
        and all(isinstance(levels, list) for levels in encoder.levels)
        and all(map(is_integer, [*encoder.unseen, *encoder.missing]))
    )


def _is_ensemble(ensemble: Any, attributes: Mapping[str, Any]) -> bool:
    if not isinstance(ensemble, Ensemble):
        return False
    try:
        ensemble.check()
    except ValueError:
        return False
    return True


def _is_targets(targets: Any, attributes: Mapping[str, Any]) -> bool:
    n_outputs = attributes["_ensemble"].sizes[-1]
    if isinstance(targets, ClassTargets):
        is_array = isinstance(targets.classes, np.ndarray) and isinstance(targets.kind, str)
        return is_array and targets.is_sound(n_outputs)
    return (
        isinstance(targets, NumberTargets)
        and isinstance(targets.numbers, NumericTargets)
        and is_integer(targets.numbers.n_outputs)
        and _is_loss(targets.numbers.loss, attributes)
        and isinstance(targets.scale, TargetScale)
        and all(_is_array(part, "f", (n_outputs,)) for part in targets.scale)
    )


def _is_loss(loss: Any, attributes: Mapping[str, Any]) -> bool:
    return (
        isinstance(loss, LossOption)
        and isinstance(loss.name, str)
        and loss.name in LOSSES
        and isinstance(loss.params, tuple)
        and len(loss.params) > 0
        and all(map(is_real, (*loss.params, loss.factor)))
    )


def _is_rows(rows: Any, attributes: Mapping[str, Any]) -> bool:
    ensemble = attributes["_ensemble"]
    if not isinstance(rows, UnseenRows):
        return False
    n_rows, n_outputs = np.shape(rows.weights)[:1], ensemble.sizes[-1]
    measure = attributes["_measure"]
    n_targets = 1 if measure.name == "log_loss" else n_outputs
    dtype = ensemble.dtype
    return (
        len(n_rows) == 1
        and _is_array(rows.weights, dtype, n_rows)
        and _is_array(rows.inputs, dtype, (*n_rows, attributes["_encoder"].n_inputs))
        and _is_array(rows.targets, dtype, (*n_rows, n_targets))
        and _is_array(rows.unseen_by, bool, (*n_rows, len(ensemble.thetas)))
        and (measure.name != "log_loss" or _are_codes(rows.targets, n_outputs))
    )


def _are_codes(targets: np.ndarray, n_classes: int) -> bool:
    return bool(np.isin(targets, np.arange(n_classes)).all())


def _is_out_of_fold(oof: Any, attributes: Mapping[str, Any]) -> bool:
    if oof is None:
        return True
    prediction, score = getattr(oof, "prediction", None), getattr(oof, "score", None)
    return isinstance(prediction, np.ndarray) and is_real(score)


def _is_residuals(residuals: Any, attributes: Mapping[str, Any]) -> bool:
    return isinstance(residuals, list) and all(map(_are_sound, residuals))


def _are_sound(residuals: Any) -> bool:
    """Whether the arrays that belong together are as long as each other."""
    if not isinstance(residuals, Residuals):
        return False
    r = residuals
    lengths = [np.shape(r.knots)] * 2 + [np.shape(r.ordered)] * 4
    arrays = r.knots, r.sizes, r.ordered, r.cumulative, r.ordered_outside, r.cumulative_outside
    return all(
        _is_array(array, "f", length) and array.ndim == 1 and array.size > 0
        for array, length in zip(arrays, lengths, strict=True)
    )


def _is_array(value: Any, kind: Any, shape: tuple[int, ...]) -> bool:
    """Whether a value is an array of a shape and a dtype, or of one of the kinds of dtypes."""
    if not isinstance(value, np.ndarray) or value.shape != shape:
        return False
    return value.dtype.kind in kind if isinstance(kind, str) else value.dtype == kind


# In this order: what is checked later relies on what was before.
_CHECKS: dict[str, Callable[[Any, Mapping[str, Any]], bool]] = {
    "_schema": _is_schema,
    "_encoder": _is_encoder,
    "_ensemble": _is_ensemble,
    "_targets": _is_targets,
    "_measure": _is_loss,
    "_unseen_rows": _is_rows,
    "_oof": _is_out_of_fold,
    "_residuals": _is_residuals,
}
#: What estimators of one kind do not have.
_OPTIONAL = {"_residuals"}

"""Arrays that scikit-learn's checks return as they are, recognised at a glance.

`validate_data` asks of everything whether it is some kind of table. That takes longer than an
epoch of a small network, and nearly always the answer is a numpy array of numbers. Such arrays
are recognised here. Everything else, and whatever must be refused, is left to scikit-learn.
"""

import math
from typing import Any

import numpy as np
from sklearn import get_config

_KINDS = "biufU"


def is_plain_input(X: Any) -> bool:
    """Whether X is a matrix of finite float32 or float64 numbers with rows and columns."""
    return type(X) is np.ndarray and X.ndim == 2 and X.dtype.kind == "f" and _is_plain(X)


def are_plain_targets(y: Any, n_rows: int) -> bool:
    """Whether y is an array of finite numbers, booleans or strings, one row for each sample."""
    return type(y) is np.ndarray and 1 <= y.ndim <= 2 and len(y) == n_rows and _is_plain(y)


def fits(estimator: Any, X: np.ndarray) -> bool:
    """Whether an estimator was fitted to so many columns, which had no names."""
    fitted = vars(estimator)
    return "feature_names_in_" not in fitted and fitted.get("n_features_in_") == X.shape[1]


def learn_columns(estimator: Any, X: np.ndarray) -> None:
    """Set the attributes of an estimator that `validate_data` sets in a first fit."""
    vars(estimator).pop("feature_names_in_", None)
    estimator.n_features_in_ = X.shape[1]


def _is_plain(array):
    kind, is_finite = array.dtype.kind, True
    if kind == "f":
        is_finite = array.dtype.itemsize in (4, 8) and (
            get_config()["assume_finite"] or _has_finite_sum(array)
        )
    return kind in _KINDS and array.size > 0 and array.dtype.isnative and is_finite


def _has_finite_sum(array):
    """Whether no number is infinite or NaN; a sum that overflows is left to scikit-learn."""
    with np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(array.sum())

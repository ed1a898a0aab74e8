"""A trial on one split: fit, score, and what else is read off the fitted estimator."""

import traceback
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from sknn_tune.common.numeric import is_real
from sknn_tune.search import compat
from sknn_tune.search.predictions import Outputs

T = TypeVar("T")


def evaluate(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    outputs: Outputs | None = None,
    measures: Mapping[str, Callable[[Any], float]] = MappingProxyType({}),
    **keywords: Any,
) -> dict[str, Any]:
    """Fit on one split and score on it; predict its test set and measure where that is wanted.

    Parameters
    ----------
    estimator : estimator object
    X, y : array-like
        All rows.
    outputs : Outputs or None, default=None
        What to predict; None predicts nothing.
    measures : dict of str to callable, default={}
        Functions of the fitted estimator that return a number.
    **keywords : dict
        Of `compat.fit_and_score`.

    Returns
    -------
    fold : dict
        What `compat.fit_and_score` returns; where the fit succeeded, with `predictions` if
        `outputs` is given, and `measures` if there are any. What fails is None, or nan.
    """
    fold = compat.fit_and_score(estimator, X, y, **keywords)
    if fold["fit_error"] is not None:
        return fold
    read = partial(_read, error_score=keywords["error_score"])
    if outputs is not None:
        rows = compat.held_out_rows(estimator, X, keywords["test"], keywords["train"])
        fold["predictions"] = read(
            lambda: outputs.predict(estimator, rows).astype(np.float32),
            "Predicting failed. This trial cannot be a member of an ensemble.",
        )
    if measures:
        values = {
            name: read(partial(_measure, name, measure, estimator), f"objective {name!r} failed.")
            for name, measure in measures.items()
        }
        fold["measures"] = {name: np.nan if v is None else v for name, v in values.items()}
    return fold


def _measure(name: str, measure: Callable[[Any], float], estimator: Any) -> float:
    value = measure(estimator)
    if not is_real(value):
        raise TypeError(f"objective {name!r} must return a number, got {value!r}.")
    return float(value)


def _read(function: Callable[[], T], failure: str, error_score: float | str) -> T | None:
    """Return what a function does; its error is raised, or warned of as one of a scorer."""
    try:
        return function()
    except Exception:
        if error_score == "raise":
            raise
        warnings.warn(f"{failure} Details: \n{traceback.format_exc()}", stacklevel=2)
        return None

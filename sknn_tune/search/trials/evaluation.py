"""A trial on one split: fit, score, and what else is read off the fitted estimator."""

import traceback
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sknn_tune.search import compat
from sknn_tune.search.predictions import Outputs


def evaluate(
    estimator: Any, X: Any, y: Any, *, outputs: Outputs | None = None, **keywords: Any
) -> dict[str, Any]:
    """Fit on one split and score on it; predict the rows of its test set where that is wanted.

    Parameters
    ----------
    estimator : estimator object
    X, y : array-like
        All rows.
    outputs : Outputs or None, default=None
        What to predict; None predicts nothing.
    **keywords : dict
        Of `compat.fit_and_score`.

    Returns
    -------
    fold : dict
        What `compat.fit_and_score` returns, with `predictions` where `outputs` is given and the
        fit succeeded.
    """
    fold = compat.fit_and_score(estimator, X, y, **keywords)
    if outputs is not None and fold["fit_error"] is None:
        rows = compat.held_out_rows(estimator, X, keywords["test"], keywords["train"])
        fold["predictions"] = _predict(outputs, estimator, rows, keywords["error_score"])
    return fold


def _predict(
    outputs: Outputs, estimator: Any, rows: Any, error_score: float | str
) -> NDArray[np.float32] | None:
    """Return the predictions; an error is raised, or becomes a warning as one of a scorer does."""
    try:
        return outputs.predict(estimator, rows).astype(np.float32)
    except Exception:
        if error_score == "raise":
            raise
        warnings.warn(
            "Predicting failed. This trial cannot be a member of an ensemble. Details: \n"
            f"{traceback.format_exc()}",
            stacklevel=2,
        )
        return None

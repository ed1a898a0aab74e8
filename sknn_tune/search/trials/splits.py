"""The splits of a search: drawn once, so that all trials are compared on the same rows."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import BaseCrossValidator, check_cv

from sknn_tune.common.labels import refuse_missing
from sknn_tune.search import compat
from sknn_tune.search.storage.splits import as_rows


def draw_splits(
    cv: int | BaseCrossValidator | Iterable | None,
    X: ArrayLike,
    y: ArrayLike | None,
    *,
    classifier: bool,
    **split_params: Any,
) -> list[tuple]:
    """Return the rows of each split, also where the splitter shuffles at each call.

    Parameters
    ----------
    cv : int, cross-validation generator, iterable or None
        As in `RandomizedSearchCV`.
    X, y : array-like
        The data.
    classifier : bool
        Whether to stratify where `cv` is a number.
    **split_params : dict
        What the splitter takes besides.

    Returns
    -------
    splits : list of (train, test)

    Raises
    ------
    TypeError, ValueError
        If `cv` is a class, `y` has no labels to stratify by, or there are no splits or not as
        many as the splitter says.
    """
    if isinstance(cv, type):
        raise TypeError(
            f"cv must be an instance, got the class {cv.__name__}; write {cv.__name__}()."
        )
    if not hasattr(cv, "split") and isinstance(cv, Iterable) and not isinstance(cv, str):
        cv = list(cv)  # an iterator can be read only once
        if not all(hasattr(split, "__len__") and len(split) == 2 for split in cv):
            raise ValueError("cv must give pairs of the rows to train on and those to test on.")
    y = _as_labels(y) if classifier and y is not None else y
    try:
        check_cv(cv)
    except ValueError as error:
        raise ValueError(f"cv={cv!r}: {error}") from error
    try:
        splitter = check_cv(cv, y, classifier=classifier)
    except (TypeError, ValueError) as error:
        raise ValueError(f"y cannot be split: {error}") from error
    n_splits = splitter.get_n_splits(X, y, **split_params)
    splits = list(splitter.split(X, y, **split_params))
    if not splits:
        raise ValueError(
            "No fits were performed. Was the CV iterator empty? Were there no candidates?"
        )
    if len(splits) != n_splits:
        raise ValueError(
            "cv.split and cv.get_n_splits return inconsistent results. "
            f"Expected {n_splits} splits, got {len(splits)}"
        )
    return splits


def tests_of(splits: list[tuple], X: Any) -> list[NDArray[np.intp]]:
    """Return the rows of each test set, whatever form they were given in."""
    return [test for _, test in as_rows(splits, compat.n_rows(X))]


def _as_labels(y: Any) -> Any:
    """Return labels that scikit-learn can stratify by: objects that are integers as integers."""
    labels = np.asarray(y)
    refuse_missing(labels, "y")
    if labels.dtype != object:
        return y
    kinds = {type(label) for label in labels.ravel()}
    if all(issubclass(k, int | np.integer | np.bool_) for k in kinds):
        return np.array(labels.tolist())
    return y

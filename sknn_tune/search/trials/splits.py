"""The splits of a search: drawn once, so that all trials are compared on the same rows."""

from collections.abc import Iterable
from typing import Any

from numpy.typing import ArrayLike
from sklearn.model_selection import BaseCrossValidator, check_cv


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
    ValueError
        If there are no splits, or not as many as the splitter says.
    """
    try:
        splitter = check_cv(cv, y, classifier=classifier)
    except ValueError as error:
        raise ValueError(f"cv={cv!r}: {error}") from error
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

"""The splits on which models are refitted, and the metric by which they are judged."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import (
    GroupKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedShuffleSplit,
    check_cv,
)

from sknn_tune.common.numeric import is_integer

#: Training rows and held-out rows.
Split = tuple[NDArray[np.intp], NDArray[np.intp]]
#: Takes a fitted estimator, X and y; larger is better.
Scorer = Callable[..., float]

N_RESAMPLES, TEST_SHARE, N_FOLDS = 10, 0.2, 5


def random_splits(
    estimator: Any, X: Any, y: Any, *, cv: Any, groups: Any, random_state: int
) -> list[Split]:
    """Return the splits of `cv`, by default random ones.

    Parameters
    ----------
    estimator : estimator object
        Splits are stratified for classifiers.
    X, y, groups : array-like
        The data.
    cv : int, cross-validation generator, iterable or None
        None draws 10 random splits that hold out a fifth of the rows; with groups, 5 folds of
        whole groups.
    random_state : int
        Seed of the default splits.

    Returns
    -------
    splits : list of (training rows, held-out rows)
    """
    _check_cv(cv)
    labels = is_classifier(estimator) and np.ndim(y) == 1
    if groups is not None and (cv is None or is_integer(cv)):
        cv = _group_folds(labels, N_FOLDS if cv is None else cv, random_state)
    elif cv is None:
        kind = StratifiedShuffleSplit if labels else ShuffleSplit
        cv = kind(N_RESAMPLES, test_size=TEST_SHARE, random_state=random_state)
    return _split(check_cv(cv, y, classifier=is_classifier(estimator)), X, y, groups)


def shuffled_folds(
    estimator: Any, X: Any, y: Any, *, cv: Any, groups: Any, rng: RandomState
) -> list[Split]:
    """Return the splits of `cv`, by default 5 folds of shuffled rows.

    Parameters
    ----------
    estimator : estimator object
        Folds are stratified for classifiers.
    X, y, groups : array-like
        The data.
    cv : int, cross-validation generator, iterable or None
        None or an integer are folds, with groups of whole groups.
    rng : RandomState
        Source of the seed of the folds.

    Returns
    -------
    splits : list of (training rows, held-out rows)
    """
    _check_cv(cv)
    seed, labels = rng.randint(2**31 - 1), is_classifier(estimator)
    splitter = check_cv(N_FOLDS if cv is None else cv, y, classifier=labels)
    if cv is None or is_integer(cv):
        if groups is not None:
            splitter = _group_folds(labels and np.ndim(y) == 1, splitter.n_splits, seed)
        else:
            # Rows are often sorted by their target or by time; folds of neighbours would mislead.
            splitter = type(splitter)(splitter.n_splits, shuffle=True, random_state=seed)
    return _split(splitter, X, y, groups)


def make_scorer_of_one_metric(estimator: Any, scoring: Any) -> Scorer:
    """Return the scorer for `scoring`.

    Raises
    ------
    ValueError
        If `scoring` holds several metrics.
    """
    if isinstance(scoring, list | tuple | set | dict):
        raise ValueError(f"scoring must be one metric, a string or a callable, got {scoring!r}.")
    return check_scoring(estimator, scoring=scoring)


def _check_cv(cv: Any) -> None:
    is_count = is_integer(cv) and cv >= 2
    is_splitter = hasattr(cv, "split") and not isinstance(cv, str | type)
    is_iterable = hasattr(cv, "__iter__") and not isinstance(cv, str | type)
    if not (cv is None or is_count or is_splitter or is_iterable):
        raise ValueError(
            "cv must be an integer of at least 2, a cross-validation generator such as KFold(5), "
            f"or an iterable of (training rows, held-out rows), got {cv!r}."
        )


def _group_folds(labels: bool, n_folds: int, random_state: int) -> Any:
    """Return a splitter into folds of whole groups, stratified where there are labels."""
    if labels:
        return StratifiedGroupKFold(n_folds, shuffle=True, random_state=random_state)
    return GroupKFold(n_folds)


def _split(splitter: Any, X: Any, y: Any, groups: Any) -> list[Split]:
    splits = [
        (_as_rows(train), _as_rows(held_out)) for train, held_out in splitter.split(X, y, groups)
    ]
    if len(splits) < 2:
        raise ValueError(f"cv must give at least 2 splits, got {len(splits)}.")
    for i, (train, held_out) in enumerate(splits):
        if not len(train) or not len(held_out):
            raise ValueError(
                f"cv must give splits with rows on both sides; split {i} has {len(train)} rows to "
                f"train on and holds out {len(held_out)}."
            )
    return splits


def _as_rows(rows: Sequence[int] | Sequence[bool]) -> NDArray[np.intp]:
    """Return the numbers of rows given by their numbers or by a mask."""
    array = np.asarray(rows)
    return np.flatnonzero(array) if array.dtype == bool else array

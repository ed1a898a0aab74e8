"""Fit one estimator on every split with every seed, keeping scores and predictions."""

from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone, is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import (
    GroupKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedShuffleSplit,
    check_cv,
)

from sknn_tune.common.numeric import is_integer
from sknn_tune.quality.compat import take_rows

N_RESAMPLES, TEST_SHARE = 10, 0.2


@dataclass
class Refits:
    """What came out of the refits of one estimator.

    Attributes
    ----------
    scores : ndarray of shape (n_splits, n_seeds)
    predictions : list of lists of ndarray, or None
        ``predictions[i][j]`` for the rows held out by split i; None without `predict`.
    """

    scores: np.ndarray
    predictions: list | None


def make_splits(estimator, X, y, groups, cv, random_state):
    """Return a list of (training rows, held-out rows), drawn once.

    None draws 10 random splits with a fifth of the rows held out, stratified for classifiers;
    with groups, 5 folds of whole groups.
    """
    labels = is_classifier(estimator) and np.ndim(y) == 1
    if groups is not None and (cv is None or is_integer(cv)):
        cv = group_folds(labels, 5 if cv is None else cv, random_state)
    elif cv is None:
        kind = StratifiedShuffleSplit if labels else ShuffleSplit
        cv = kind(N_RESAMPLES, test_size=TEST_SHARE, random_state=random_state)
    splits = list(check_cv(cv, y, classifier=is_classifier(estimator)).split(X, y, groups))
    if len(splits) < 2:
        raise ValueError(f"cv must give at least 2 splits, got {len(splits)}.")
    return splits


def group_folds(labels, n_folds, random_state):
    """Return a splitter into folds of whole groups, stratified where there are labels."""
    if labels:
        return StratifiedGroupKFold(n_folds, shuffle=True, random_state=random_state)
    return GroupKFold(n_folds)


def seed_names(estimator):
    """Names of the parameters that hold a seed, those of nested estimators included."""
    return [
        name
        for name in estimator.get_params(deep=True)
        if name == "random_state" or name.endswith("__random_state")
    ]


def refit_everywhere(estimator, X, y, splits, seeds, *, scoring, n_jobs):
    """Fit clones of `estimator` on every split with every seed.

    Parameters
    ----------
    estimator : estimator object
    X, y : array-like
    splits : list of (training rows, held-out rows)
    seeds : list of int
        Only the first is used where the estimator has no `random_state`.
    scoring : str, callable or None
    n_jobs : int or None

    Returns
    -------
    refits : Refits
    """
    scorer = check_scoring(estimator, scoring=scoring)
    names = seed_names(estimator)
    seeds = seeds if names else seeds[:1]
    results = Parallel(n_jobs=n_jobs)(
        delayed(_refit)(
            clone(estimator).set_params(**dict.fromkeys(names, seed)), X, y, split, scorer
        )
        for split in splits
        for seed in seeds
    )
    shape = len(splits), len(seeds)
    scores = np.array([score for score, _ in results], dtype=float).reshape(shape)
    predictions = None
    if hasattr(estimator, "predict"):
        parts = iter(prediction for _, prediction in results)
        predictions = [[next(parts) for _ in seeds] for _ in splits]
    return Refits(scores, predictions)


def _refit(estimator, X, y, split, scorer):
    train, held_out = split
    y_train, y_held_out = (
        (None, None) if y is None else (take_rows(y, train), take_rows(y, held_out))
    )
    X_held_out = take_rows(X, held_out)
    estimator.fit(take_rows(X, train), y_train)
    score = scorer(estimator, X_held_out, y_held_out)
    prediction = (
        np.asarray(estimator.predict(X_held_out)) if hasattr(estimator, "predict") else None
    )
    return score, prediction

"""Refits of one estimator on every split with every seed: scores and predictions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import delayed
from numpy.typing import NDArray
from sklearn.base import clone

from sknn_tune.quality.compat import take_rows
from sknn_tune.quality.parallel_fits import run_fits
from sknn_tune.quality.resampling import Scorer, Split


@dataclass(frozen=True)
class Refits:
    """Scores and predictions of the refits of one estimator.

    Parameters
    ----------
    scores : ndarray of shape (n_splits, n_seeds)
    predictions : list of lists of ndarray, or None
        ``predictions[i][j]`` for the rows held out by split i; None without `predict`.
    """

    scores: NDArray[np.float64]
    predictions: list[list[NDArray[Any]]] | None


def refit_everywhere(
    estimator: Any,
    X: Any,
    y: Any,
    splits: Sequence[Split],
    seeds: Sequence[int],
    *,
    scorer: Scorer,
    n_jobs: int | None,
    verbose: int,
    description: str,
) -> Refits:
    """Fit clones of `estimator` on every split with every seed.

    Parameters
    ----------
    estimator : estimator object
    X, y : array-like
        The data.
    splits : list of (training rows, held-out rows)
    seeds : list of int
        Only the first is used where the estimator has no `random_state`.
    scorer : callable
        Takes a fitted estimator, X and y.
    n_jobs : int or None
        Number of fits that run at the same time.
    verbose : int
        Above 0, shows the progress of the fits.
    description : str
        What is fitted.

    Returns
    -------
    refits : Refits

    Raises
    ------
    ValueError
        If a score is not finite.
    """
    names = _names_of_seeds(estimator)
    seeds = seeds if names else seeds[:1]
    tasks = (
        delayed(_refit)(
            clone(estimator).set_params(**dict.fromkeys(names, seed)), X, y, split, scorer
        )
        for split in splits
        for seed in seeds
    )
    results = run_fits(
        tasks, len(splits) * len(seeds), n_jobs=n_jobs, verbose=verbose, description=description
    )
    scores = np.array([score for score, _ in results], dtype=float)
    if not np.isfinite(scores).all():
        n_bad = np.count_nonzero(~np.isfinite(scores))
        raise ValueError(
            f"{n_bad} of {len(scores)} scores of {type(estimator).__name__} are not finite; choose "
            "another `scoring`, or splits that hold out more rows."
        )
    predictions = None
    if hasattr(estimator, "predict"):
        parts = iter(prediction for _, prediction in results)
        predictions = [[next(parts) for _ in seeds] for _ in splits]
    return Refits(scores.reshape(len(splits), len(seeds)), predictions)


def _names_of_seeds(estimator: Any) -> list[str]:
    """Names of the parameters that hold a seed, those of nested estimators included."""
    return [
        name
        for name in estimator.get_params(deep=True)
        if name == "random_state" or name.endswith("__random_state")
    ]


def _refit(
    estimator: Any, X: Any, y: Any, split: Split, scorer: Scorer
) -> tuple[float, NDArray[Any] | None]:
    train, held_out = split
    y_train, y_held_out = (
        (None, None) if y is None else (take_rows(y, train), take_rows(y, held_out))
    )
    X_held_out = take_rows(X, held_out)
    estimator.fit(take_rows(X, train), y_train)
    score = scorer(estimator, X_held_out, y_held_out)
    if not hasattr(estimator, "predict"):
        return score, None
    return score, np.asarray(estimator.predict(X_held_out))

"""Training and dev error of an estimator on each fold."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import delayed
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sknn_tune.common.estimators import innermost_estimator
from sknn_tune.common.numeric import is_integer
from sknn_tune.quality.compat import best_possible_score, take_rows
from sknn_tune.quality.parallel_fits import run_fits
from sknn_tune.quality.resampling import Scorer, Split


@dataclass(frozen=True)
class FoldErrors:
    """Errors of one estimator: 1 minus the score, or the loss where the score is its negative.

    Parameters
    ----------
    train, dev : ndarray of shape (n_folds,)
        Error on the rows trained on and on the rows held out; nan where the fit failed.
    at_limit : ndarray of bool, shape (n_folds,)
        Whether training ended because its steps were used up.
    failures : list of str
        What went wrong in the fits that failed.
    """

    train: NDArray[np.float64]
    dev: NDArray[np.float64]
    at_limit: NDArray[np.bool_]
    failures: list[str]

    @property
    def works(self) -> bool:
        """Whether every fit succeeded with finite errors."""
        return bool(np.isfinite(self.train).all() and np.isfinite(self.dev).all())


class FoldRunner:
    """Fits estimators on the same folds and counts the fits.

    Parameters
    ----------
    X, y : array-like
        The data.
    folds : list of (training rows, dev rows)
    scorer : callable
        Score of a fitted estimator; larger is better.
    n_jobs : int or None
        Number of fits that run at the same time.
    verbose : int, default=0
        Above 0, shows the progress of the fits.

    Attributes
    ----------
    n_fits : int
        Number of fits so far.
    """

    def __init__(
        self,
        X: Any,
        y: Any,
        folds: Sequence[Split],
        scorer: Scorer,
        n_jobs: int | None,
        verbose: int = 0,
    ) -> None:
        self.X, self.y, self.folds = X, y, folds
        self.scorer, self.n_jobs, self._verbose = scorer, n_jobs, verbose
        self.n_fits = 0

    @property
    def best_score(self) -> float:
        """Score of a perfect model; an error is this minus the score."""
        return best_possible_score(self.scorer)

    @property
    def dev_share(self) -> float:
        """Rows held out over rows trained on, the mean over the folds."""
        return float(np.mean([len(dev) / len(train) for train, dev in self.folds]))

    def run(
        self,
        estimator: Any,
        description: str,
        train_rows: Sequence[NDArray[np.intp]] | None = None,
    ) -> FoldErrors:
        """Return the errors of clones of `estimator`.

        Parameters
        ----------
        estimator : estimator object
        description : str
            What is fitted, for progress messages.
        train_rows : list of ndarray of int, default=None
            Rows to train on in each fold; None takes those of the folds.

        Returns
        -------
        errors : FoldErrors

        Raises
        ------
        TypeError
            If the scorer does not return a number.
        """
        train_rows = train_rows or [train for train, _ in self.folds]
        self.n_fits += len(self.folds)
        tasks = (
            delayed(_fit_fold)(clone(estimator), self.X, self.y, rows, dev, self.scorer)
            for rows, (_, dev) in zip(train_rows, self.folds, strict=True)
        )
        results = run_fits(
            tasks,
            len(self.folds),
            n_jobs=self.n_jobs,
            verbose=self._verbose,
            description=f"Fitting {description}",
        )
        train, dev, at_limit, failures = zip(*results, strict=True)
        return FoldErrors(
            np.array(train), np.array(dev), np.array(at_limit), [f for f in failures if f]
        )


def _fit_fold(
    estimator: Any,
    X: Any,
    y: Any,
    train: NDArray[np.intp],
    dev: NDArray[np.intp],
    scorer: Scorer,
) -> tuple[float, float, bool, str]:
    X_train, y_train = take_rows(X, train), take_rows(y, train)
    stage = "fitted"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # A fit that fails is a finding: a learning rate that is too high may be the reason. So is
        # a score that fails, on predictions that are not finite.
        try:
            estimator.fit(X_train, y_train)
            stage = "scored"
            on_train = scorer(estimator, X_train, y_train)
            on_dev = scorer(estimator, take_rows(X, dev), take_rows(y, dev))
        except Exception as error:
            return np.nan, np.nan, False, f"could not be {stage}: {type(error).__name__}: {error}"
    best = best_possible_score(scorer)
    warned = any(issubclass(w.category, ConvergenceWarning) for w in caught)
    at_limit = warned or _is_at_limit(estimator)
    return best - _as_number(on_train), best - _as_number(on_dev), at_limit, ""


def _as_number(score: Any) -> float:
    try:
        return float(score)
    except (TypeError, ValueError):
        raise TypeError(f"scoring must return a number, got {score!r}.") from None


def _is_at_limit(estimator: Any) -> bool:
    """Whether the predictor used all its iterations."""
    predictor = innermost_estimator(estimator)
    limit, used = getattr(predictor, "max_iter", None), getattr(predictor, "n_iter_", None)
    if not is_integer(limit) or limit < 1 or used is None:
        return False
    return bool(np.max(used) >= limit)

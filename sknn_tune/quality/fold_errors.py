"""Training and dev error of an estimator on each fold."""

import warnings
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sknn_tune.common.estimators import innermost_estimator
from sknn_tune.common.numeric import is_integer
from sknn_tune.quality.compat import best_possible_score, take_rows


@dataclass
class FoldErrors:
    """Errors of one estimator: 1 minus the score, or the loss itself for scores turned round.

    Attributes
    ----------
    train, dev : ndarray of shape (n_folds,)
        Error on the rows trained on and on the rows held out; nan where the fit failed.
    at_limit : ndarray of bool, shape (n_folds,)
        Whether training ended because its steps were used up.
    failures : list of str
        Messages of the fits that failed.
    """

    train: np.ndarray
    dev: np.ndarray
    at_limit: np.ndarray
    failures: list

    @property
    def works(self):
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
        Fits at the same time.
    """

    def __init__(self, X, y, folds, scorer, n_jobs):
        self.X, self.y, self.folds = X, y, folds
        self.scorer, self.n_jobs = scorer, n_jobs
        self.n_fits = 0

    @property
    def best_score(self):
        """Score of a perfect model; an error is this minus the score."""
        return best_possible_score(self.scorer)

    @property
    def dev_share(self):
        """Rows held out over rows trained on, the mean over the folds."""
        return float(np.mean([len(dev) / len(train) for train, dev in self.folds]))

    def run(self, estimator, train_rows=None):
        """Return the `FoldErrors` of clones of `estimator`.

        Parameters
        ----------
        estimator : estimator object
        train_rows : list of ndarray of int, default=None
            Rows to train on in each fold; None takes those of the folds.
        """
        train_rows = train_rows or [train for train, _ in self.folds]
        self.n_fits += len(self.folds)
        results = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit_fold)(clone(estimator), self.X, self.y, rows, dev, self.scorer)
            for rows, (_, dev) in zip(train_rows, self.folds, strict=True)
        )
        train, dev, at_limit, failures = zip(*results, strict=True)
        return FoldErrors(
            np.array(train), np.array(dev), np.array(at_limit), [f for f in failures if f]
        )


def _fit_fold(estimator, X, y, train, dev, scorer):
    X_train, y_train = take_rows(X, train), take_rows(y, train)
    best = best_possible_score(scorer)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            estimator.fit(X_train, y_train)
            errors = [
                best - scorer(estimator, X_train, y_train),
                best - scorer(estimator, take_rows(X, dev), take_rows(y, dev)),
            ]
        except Exception as error:
            # A fit that fails is a finding, not an end: a rate too high may be the reason.
            return np.nan, np.nan, False, f"{type(error).__name__}: {error}"
    warned = any(issubclass(w.category, ConvergenceWarning) for w in caught)
    return *errors, warned or _is_at_limit(estimator), ""


def _is_at_limit(estimator):
    """Whether the predictor used all its iterations."""
    predictor = innermost_estimator(estimator)
    limit, used = getattr(predictor, "max_iter", None), getattr(predictor, "n_iter_", None)
    if not is_integer(limit) or limit < 1 or used is None:
        return False
    return bool(np.max(used) >= limit)

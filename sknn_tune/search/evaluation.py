"""What turns a configuration into scores: the estimator, the data and the splits of one search."""

import time
import warnings

from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import indexable

from sknn_tune.deadline import fits_end_when

from . import compat
from .fingerprint import describe_data


class Evaluation:
    """Fits the estimator with a trial's configuration, on every split or on all data.

    The splits are drawn once, so that all trials are compared on the same rows, also where the
    splitter shuffles anew at each call.

    Parameters
    ----------
    search : BayesSearchCV
        The search being fitted.
    scorers : callable
        The scorer, or several in one.
    X, y : array-like
        The data.
    params : dict
        Further parameters of `fit`, routed to the estimator, the scorer and the splitter.

    Attributes
    ----------
    splits : list of (train, test)
        Indices of the rows.
    callbacks : compat.Callbacks
        The tree of tasks for scikit-learn's callbacks.

    Raises
    ------
    ValueError
        If there are no splits, or not as many as the splitter says.
    """

    def __init__(self, search, scorers, X, y, params):
        self._X, self.y = indexable(X, y)
        params = compat.check_fit_params(self._X, params)
        routed = compat.route_fit_params(search, params)
        self._fit_params = routed.estimator.fit
        self._estimator = clone(search.estimator)
        self._n_iter = search.n_iter
        self.callbacks = compat.Callbacks(search, self._X, self.y, params.get("sample_weight"))
        self.splits = _draw_splits(search, self._X, self.y, routed.splitter.split)
        self._data = {"X": X, "y": y, **params}
        self._common = {
            "scorer": scorers,
            "fit_params": self._fit_params,
            "score_params": routed.scorer.score,
            "return_train_score": search.return_train_score,
            "error_score": search.error_score,
            "verbose": search.verbose,
            "caller": search,
        }

    def tasks(self, trial):
        """Return one (function, args, kwargs) for each split.

        Parameters
        ----------
        trial : TrialRecord
        """
        n_splits = len(self.splits)
        return [
            (
                compat.fit_and_score,
                (clone(self._estimator), self._X, self.y),
                {
                    "train": train,
                    "test": test,
                    "parameters": trial.params,
                    "split_progress": (i, n_splits),
                    "candidate_progress": (trial.number, self._n_iter),
                    "callback_context": self.callbacks.fit_context(trial.number * n_splits + i),
                    **self._common,
                },
            )
            for i, (train, test) in enumerate(self.splits)
        ]

    def fingerprint(self):
        """Return shapes, types and digests of the data and the parameters of fit."""
        return {name: describe_data(value) for name, value in self._data.items()}

    def refit(self, params, end):
        """Return the estimator with the configuration `params` fitted on all data, and seconds.

        An estimator that heeds deadlines ends its fit at `end`, in seconds since the epoch.
        """
        # The parameters are cloned too: they may be estimators, which fit would change.
        estimator = clone(self._estimator).set_params(**clone(params, safe=False))
        data = (self._X,) if self.y is None else (self._X, self.y)
        with (
            self.callbacks.refitting(estimator),
            fits_end_when(lambda: time.time() >= end) as watch,
        ):
            start = time.time()
            estimator.fit(*data, **self._fit_params)
            seconds = time.time() - start
        if watch.heeded:
            warnings.warn(
                f"The refit was cut short after {seconds:.1f} seconds to keep max_time.",
                UserWarning,
                stacklevel=4,
            )
        return estimator, seconds


def _draw_splits(search, X, y, split_params):
    try:
        cv = check_cv(search.cv, y, classifier=is_classifier(search.estimator))
    except ValueError as error:
        raise ValueError(f"cv={search.cv!r}: {error}") from error
    n_splits = cv.get_n_splits(X, y, **split_params)
    splits = list(cv.split(X, y, **split_params))
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

"""What turns a configuration into scores: the estimator, the data and the splits of one search."""

import time
import warnings

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import indexable

from sknn_tune.common.labels import spread_order
from sknn_tune.deadline import fits_end_when
from sknn_tune.search import compat
from sknn_tune.search.engine.fidelity import ROWS
from sknn_tune.search.estimators import continuing


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
        self._resource, self._seed, self._paused = None, 0, {}
        self._X, self.y = indexable(X, y)
        params = compat.check_fit_params(self._X, params)
        routed = compat.route_fit_params(search, params)
        self._fit_params = routed.estimator.fit
        self._estimator = clone(search.estimator)
        self._n_iter = search.n_iter
        self.callbacks = compat.Callbacks(search, self._X, self.y, params.get("sample_weight"))
        self.splits = _draw_splits(search, self._X, self.y, routed.splitter.split)
        self._common = {
            "scorer": scorers,
            "fit_params": self._fit_params,
            "score_params": routed.scorer.score,
            "return_train_score": search.return_train_score,
            "error_score": search.error_score,
            "verbose": search.verbose,
            "caller": search,
        }

    def share_out(self, resource, seed):
        """Let trials get `resource`; `seed` decides which rows a share of them are."""
        self._resource, self._seed = resource, seed

    def tasks(self, trial):
        """Return one (function, args, kwargs) for each split.

        Parameters
        ----------
        trial : TrialRecord
        """
        return [self._task(trial, split) for split in range(len(self.splits))]

    def _task(self, trial, split):
        estimator, parameters, is_kept = self._start(trial, split)
        train, test = self.splits[split]
        n_splits = len(self.splits)
        keywords = {
            "train": self._rows_for(train, split, trial),
            "test": test,
            "parameters": parameters,
            "return_estimator": is_kept,
            "split_progress": (split, n_splits),
            "candidate_progress": (trial.number, self._n_iter),
            "callback_context": self.callbacks.fit_context(trial.number * n_splits + split),
            **self._common,
        }
        return compat.fit_and_score, (estimator, self._X, self.y), keywords

    def pause(self, trial):
        """Keep the fitted estimators of a finished trial, where it may go on."""
        for split, fold in enumerate(trial.folds):
            estimator = fold.pop("estimator", None)
            if estimator is not None and trial.n_resources < self._resource.rungs[-1]:
                self._paused[trial.configuration, split] = estimator

    def parameters(self, trial):
        """Return what a trial sets: its configuration and its resources."""
        if self._resource is None:
            return trial.params
        return {**trial.params, **self._resource.parameters(trial.n_resources)}

    def _start(self, trial, split):
        """Return the estimator to fit, what to set before, and whether to keep it after."""
        parameters = self.parameters(trial)
        paused = self._paused.pop((trial.configuration, split), None)
        if paused is not None:
            return paused, self._resource.parameters(trial.n_resources), True
        estimator = clone(self._estimator)
        if self._resource is None or trial.n_resources == self._resource.rungs[-1]:
            return estimator, parameters, False
        switch = continuing(estimator, trial.params, self._resource.name)
        return estimator, {**parameters, **switch}, bool(switch)

    def _rows_for(self, train, split, trial):
        """Return the rows to learn from: of growing numbers each holds all of the smaller ones."""
        if self._resource is None or self._resource.name != ROWS:
            return train
        size = max(round(len(train) * trial.n_resources / compat.n_rows(self._X)), 1)
        if size >= len(train):
            return train
        rng = np.random.default_rng([self._seed, split])
        order = spread_order(np.asarray(train), self.y, is_classifier(self._estimator), rng)
        return np.sort(order[:size])

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

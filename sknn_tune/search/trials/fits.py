"""From a configuration to fits of the estimator on the splits of a search."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone, is_classifier

from sknn_tune.common.caller import warn_caller
from sknn_tune.common.labels import spread_order
from sknn_tune.deadline import fits_end_when
from sknn_tune.search import compat
from sknn_tune.search.estimators import continuing
from sknn_tune.search.resource import Resource
from sknn_tune.search.storage.trial_records import TrialRecord
from sknn_tune.search.trials.evaluation import evaluate

Task = tuple[Callable, tuple, dict[str, Any]]


@dataclass(frozen=True)
class FitData:
    """The data of all fits of a search.

    Parameters
    ----------
    X, y : array-like
        All rows; indexable.
    splits : list of (train, test)
        Indices of the rows.
    fit_params : dict
        Parameters of the estimator's `fit`.
    """

    X: Any
    y: Any
    splits: list[tuple[NDArray[np.intp], NDArray[np.intp]]]
    fit_params: Mapping[str, Any] = field(default_factory=dict)


class TrialFits:
    """Fits the estimator with a trial's configuration, on every split or on all data.

    Parameters
    ----------
    estimator : estimator object
        Not changed.
    data : FitData
    resource : Resource
        What trials are given little or much of.
    seed : int
        Decides which rows a share of them are.
    callbacks : compat.Callbacks
        The tree of tasks for scikit-learn's callbacks.
    n_iter : int
        Number of configurations, for what `verbose` shows.
    **options : dict
        What `evaluate` takes besides: the scorer, its parameters, and so on.
    """

    def __init__(
        self,
        estimator: BaseEstimator,
        data: FitData,
        resource: Resource,
        seed: int,
        callbacks: compat.Callbacks,
        n_iter: int,
        **options: Any,
    ):
        self._estimator, self._data = clone(estimator), data
        self._resource, self._seed = resource, seed
        self._callbacks, self._n_iter, self._options = callbacks, n_iter, options
        self._paused: dict[tuple[int, int], BaseEstimator] = {}

    def tasks(self, trial: TrialRecord) -> list[Task]:
        """Return one (function, args, kwargs) for each split."""
        return [self._task(trial, split) for split in range(len(self._data.splits))]

    def pause(self, trial: TrialRecord) -> None:
        """Keep the fitted estimators of a finished trial, where it may continue."""
        for split, fold in enumerate(trial.folds):
            estimator = fold.pop("estimator", None)  # type: ignore[typeddict-item]
            if estimator is not None and not self._resource.is_full(trial.n_resources):
                self._paused[trial.configuration, split] = estimator

    def parameters(self, trial: TrialRecord) -> dict[str, Any]:
        """Return what a trial sets: its configuration and its resources."""
        return {**trial.params, **self._resource.parameters(trial.n_resources)}

    def refit(self, params: Mapping[str, Any], end: float) -> tuple[BaseEstimator, float]:
        """Return the estimator with the configuration `params` fitted on all data, and seconds.

        An estimator that asks for deadlines ends its fit at `end`, in seconds since the epoch.
        """
        # The parameters are cloned too: they may be estimators, which fit would change.
        estimator = clone(self._estimator).set_params(**clone(params, safe=False))
        X, y = self._data.X, self._data.y
        rows = (X,) if y is None else (X, y)
        with (
            self._callbacks.refitting(estimator),
            fits_end_when(lambda: time.time() >= end) as watch,
        ):
            start = time.time()
            estimator.fit(*rows, **self._data.fit_params)
            seconds = time.time() - start
        if watch.ended_fit:
            warn_caller(
                f"The refit was cut short after {seconds:.1f} seconds to keep max_time, though "
                "fits on the splits had ended sooner; best_estimator_ may be undertrained."
            )
        return estimator, seconds

    def scoring_error(self, trial: TrialRecord, metric: str) -> Exception | None:
        """Return what the scorer raises after a fit with a trial's configuration, if anything."""
        function, args, keywords = self._task(trial, split=0)
        scorer = compat.scorer_of(keywords["scorer"], metric)
        keywords |= {"scorer": scorer, "error_score": "raise", "return_estimator": False}
        try:
            function(*args, **keywords)
        except Exception as error:
            return error
        return None

    # ------------------------------------------------------------ within
    def _task(self, trial: TrialRecord, split: int) -> Task:
        estimator, parameters, is_kept = self._start(trial, split)
        train, test = self._data.splits[split]
        n_splits = len(self._data.splits)
        keywords = {
            "train": self._rows_for(train, split, trial),
            "test": test,
            "parameters": parameters,
            "return_estimator": is_kept,
            "split_progress": (split, n_splits),
            "candidate_progress": (trial.number, self._n_iter),
            "callback_context": self._callbacks.fit_context(trial.number * n_splits + split),
            "fit_params": self._data.fit_params,
            **self._options,
        }
        return evaluate, (estimator, self._data.X, self._data.y), keywords

    def _start(self, trial: TrialRecord, split: int) -> tuple[BaseEstimator, dict, bool]:
        """Return the estimator to fit, what to set before, and whether to keep it after."""
        paused = self._paused.pop((trial.configuration, split), None)
        if paused is not None:
            return paused, self._resource.parameters(trial.n_resources), True
        estimator, parameters = clone(self._estimator), self.parameters(trial)
        if self._resource.is_full(trial.n_resources):
            return estimator, parameters, False
        switch = continuing(estimator, trial.params, self._resource.name)
        return estimator, {**parameters, **switch}, bool(switch)

    def _rows_for(
        self, train: NDArray[np.intp], split: int, trial: TrialRecord
    ) -> NDArray[np.intp]:
        """Return the training rows; a larger share includes the rows of all smaller ones."""
        n_samples = compat.n_rows(self._data.X)
        size = self._resource.n_rows(len(train), trial.n_resources, n_samples)
        if size == len(train):
            return train
        rng = np.random.default_rng([self._seed, split])
        is_labelled = is_classifier(self._estimator)
        order = spread_order(np.asarray(train), self._data.y, is_labelled, rng)
        return np.sort(order[:size])

"""The one number of a trial that the search maximises."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

from sknn_tune.search import compat
from sknn_tune.search.storage.trial_records import TrialRecord


class Objective(Protocol):
    """What the loop of a search asks of what it maximises."""

    #: Name of the first metric, None where it is not known or there is none.
    metric: str | None
    #: Names of several objectives.
    labels: Sequence[str]
    #: The functions of fitted estimators among them.
    measures: Mapping[str, Callable]

    def rate(self, trial: TrialRecord) -> None:
        """Set the score of a finished trial, and its objectives where there are several."""


class SearchObjective:
    """Reads the objective off the scores of a trial.

    With one metric that is the objective. With several it is the one that `objective` names,
    else the one that `refit` names, else the first. What a function given as `scoring` returns
    is known after its first call only; the names are settled then.

    Parameters
    ----------
    names : sequence of str or None
        The metrics, an empty sequence for a single one; None while they are not known.
    objective : str or None
    refit : bool, str or callable
    selection : {"mean", "posterior"}
        Parameters of the search.

    Attributes
    ----------
    metric : str or None
        Name of the objective; "score" for a single metric, None while it is not known.

    Raises
    ------
    ValueError
        If the parameters contradict each other.
    """

    def __init__(
        self,
        names: Sequence[str] | None,
        objective: str | None,
        refit: bool | str | Callable,
        selection: str,
    ):
        self._objective, self._refit, self._selection = objective, refit, selection
        self.labels: Sequence[str] = ()
        self.measures: Mapping[str, Callable] = {}
        self.metric: str | None = None
        if selection == "posterior" and callable(refit):
            raise ValueError(
                f"selection='posterior' and refit={refit!r} both choose the winner; "
                "use selection='mean' with a callable refit."
            )
        if names is not None:
            self.metric = self._settle(names)

    def rate(self, trial: TrialRecord) -> None:
        """Set the score of a finished trial."""
        trial.score = self.score(trial)

    def score(self, trial: TrialRecord) -> float:
        """Return the objective's mean over a trial's splits, nan if a fit failed."""
        if any(fold["fit_error"] is not None for fold in trial.folds):
            return math.nan
        scores = [fold["test_scores"] for fold in trial.folds]
        names = next((list(s) for s in scores if isinstance(s, dict)), [])
        if names and self.metric not in names:
            compat.check_refit_for_multimetric(self._refit, names)
            self.metric = self._settle(names)
        elif self.metric is None:
            # A callable `scoring` that fails gives one score, even if it gives several otherwise.
            if all(isinstance(score, float) and math.isnan(score) for score in scores):
                return math.nan
            self.metric = self._settle(names)
        return float(np.mean([s[self.metric] if isinstance(s, dict) else s for s in scores]))

    def _settle(self, names: Sequence[str]) -> str:
        """Return the objective among the metrics."""
        refit_metric = self._refit if names and isinstance(self._refit, str) else None
        names = names or ["score"]
        metric = self._objective or refit_metric or names[0]
        if metric not in names:
            raise ValueError(
                f"objective={metric!r} is not a metric of scoring, which has {list(names)}."
            )
        if self._selection == "posterior" and refit_metric not in (None, metric):
            raise ValueError(
                f"selection='posterior' chooses by the objective {metric!r}, but "
                f"refit={refit_metric!r} names another metric; let them agree."
            )
        return metric

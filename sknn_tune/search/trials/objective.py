"""The one number of a trial that the search maximises."""

import math

import numpy as np

from sknn_tune.search import compat


class Objective:
    """Reads the objective off the scores of a trial.

    With one metric that is the objective. With several it is the one that `objective` names,
    else the one that `refit` names, else the first. What a function given as `scoring` returns
    is known after its first call only; the names are settled then.

    Parameters
    ----------
    search : BayesSearchCV
        Its parameters `scoring`, `refit`, `objective` and `selection` are looked at.
    scorers : callable or dict
        The scorer, or the scorers by name.

    Attributes
    ----------
    metric : str or None
        Name of the objective; "score" for a single metric, None while it is not known.

    Raises
    ------
    ValueError
        If the parameters contradict each other.
    """

    def __init__(self, search, scorers):
        self._search = search
        self.metric = None
        if search.selection == "posterior" and callable(search.refit):
            raise ValueError(
                f"selection='posterior' and refit={search.refit!r} both choose the winner; "
                "use selection='mean' with a callable refit."
            )
        if isinstance(scorers, dict):
            self._settle(list(scorers), multimetric=True)
        elif not callable(search.scoring):
            self._settle(["score"], multimetric=False)

    def score(self, folds):
        """Return the objective's mean over a trial's splits, nan if a fit failed.

        Parameters
        ----------
        folds : list of dict
            One for each split, with "fit_error" and "test_scores".

        Returns
        -------
        score : float
        """
        if any(fold["fit_error"] is not None for fold in folds):
            return math.nan
        scores = [fold["test_scores"] for fold in folds]
        multimetric = isinstance(scores[0], dict)
        if self.metric is None:
            if multimetric:
                compat.check_refit_for_multimetric(self._search, scores[0])
            self._settle(list(scores[0]) if multimetric else ["score"], multimetric)
        return float(np.mean([s[self.metric] if multimetric else s for s in scores]))

    def _settle(self, names, multimetric):
        search = self._search
        refit_metric = search.refit if multimetric and isinstance(search.refit, str) else None
        metric = search.objective or refit_metric or names[0]
        if metric not in names:
            raise ValueError(f"objective={metric!r} is not a metric of scoring, which has {names}.")
        if search.selection == "posterior" and refit_metric not in (None, metric):
            raise ValueError(
                f"selection='posterior' chooses by the objective {metric!r}, but "
                f"refit={refit_metric!r} names another metric; let them agree."
            )
        self.metric = metric

"""The results of a search: `cv_results_` and the winner."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sknn_tune.search import compat
from sknn_tune.search.engine.surrogate import Surrogate
from sknn_tune.search.resource import Resource
from sknn_tune.search.storage.trial_records import Fold, TrialRecord

Scores = float | dict[str, float]


def tabulate(
    search: compat.BaseSearchCV,
    trials: Sequence[TrialRecord],
    resource: Resource,
    surrogate: Surrogate | None,
) -> dict[str, Any]:
    """Return `cv_results_`; warn of failed fits, and raise if all failed.

    Parameters
    ----------
    search : BayesSearchCV
        Its parameters say what scikit-learn puts into the table.
    trials : sequence of TrialRecord
        Finished, in the order of the rows.
    resource : Resource
    surrogate : Surrogate or None
        None where no trial succeeded.
    """
    folds = [_with_error_score(fold, search.error_score) for t in trials for fold in t.folds]
    compat.report_failed_fits(search, folds)
    params = [{**trial.params, **resource.parameters(trial.n_resources)} for trial in trials]
    results = compat.format_results(search, params, len(trials[0].folds), folds)
    amounts = [trial.n_resources or 0 for trial in trials]
    results |= resource.columns(amounts, [trial.configuration for trial in trials])
    mean = std = np.full(len(trials), np.nan)
    if surrogate is not None:
        mean, std = surrogate.predict([trial.params for trial in trials])
    return results | {"posterior_mean": mean, "posterior_std": std}


def choose_row(
    search: compat.BaseSearchCV,
    results: dict[str, Any],
    trials: Sequence[TrialRecord],
    metric: str | Callable,
    selection: str,
) -> int:
    """Return the row of the winner, among those that succeeded with the most resources.

    Parameters
    ----------
    search : BayesSearchCV
        Its `refit` may choose.
    results : dict
        `cv_results_`.
    trials : sequence of TrialRecord
        Of the rows.
    metric : str or callable
        The metric that decides, or a callable `refit`.
    selection : {"mean", "posterior"}

    Raises
    ------
    ValueError
        If no row has a finite score in the metric although fits succeeded.
    """
    if callable(metric) or callable(search.refit):
        return compat.select_best_index(search, metric, results)
    succeeded = np.array([_succeeded(trial, metric) for trial in trials])
    if not succeeded.any():
        # Where fits failed in every trial, the fit on all rows may succeed, or raise their error.
        if not any(map(_is_fitted, trials)):
            return compat.select_best_index(search, metric, results)
        raise ValueError(
            f"No trial has a finite {metric!r} on every split; there is no winner by it."
        )
    # Whatever `error_score` is, a configuration that failed does not win.
    n_resources = np.array([trial.n_resources or 0 for trial in trials])
    among = succeeded & (n_resources == n_resources[succeeded].max())
    if selection == "posterior":
        return int(np.where(among, results["posterior_mean"], -np.inf).argmax())
    ranks = results[f"rank_test_{metric}"]
    return int(np.where(among, ranks, len(ranks) + 1).argmin())


def _is_fitted(trial: TrialRecord) -> bool:
    """Whether all fits of a trial succeeded."""
    return all(fold["fit_error"] is None for fold in trial.folds)


def _succeeded(trial: TrialRecord, metric: str) -> bool:
    """Whether all fits of a trial succeeded, with finite scores."""
    return _is_fitted(trial) and all(math.isfinite(_score(fold, metric)) for fold in trial.folds)


def _score(fold: Fold, metric: str) -> float:
    scores = fold["test_scores"]
    return scores[metric] if isinstance(scores, dict) else scores


def _with_error_score(fold: Fold, error_score: float | str) -> Fold:
    """Return a fold as the table shows it, with `error_score` where there is no score."""
    shown = fold.copy()
    shown.pop("measures", None)
    if isinstance(error_score, str) or math.isnan(error_score):
        return shown
    shown["test_scores"] = _without_nan(fold["test_scores"], error_score)
    if "train_scores" in fold:
        shown["train_scores"] = _without_nan(fold["train_scores"], error_score)
    return shown


def _without_nan(scores: Scores, replacement: float) -> Scores:
    if isinstance(scores, dict):
        return {name: replacement if math.isnan(s) else s for name, s in scores.items()}
    return replacement if math.isnan(scores) else scores

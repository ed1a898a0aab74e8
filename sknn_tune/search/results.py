"""What comes of the trials of a search: its table and its winner."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sknn_tune.search import compat
from sknn_tune.search.engine.surrogate import Surrogate
from sknn_tune.search.resource import Resource
from sknn_tune.search.storage.trial_records import TrialRecord


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
    folds = [fold for trial in trials for fold in trial.folds]
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
    """
    n_resources = np.array([trial.n_resources or 0 for trial in trials])
    succeeded = np.isfinite([trial.score for trial in trials])
    is_full = n_resources == n_resources[succeeded].max(initial=0)
    if selection == "posterior":
        mean = results["posterior_mean"]
        return int(np.where(is_full & succeeded, mean, -np.inf).argmax())
    if is_full.all() or callable(metric):
        return compat.select_best_index(search, metric, results)
    ranks = results[f"rank_test_{metric}"]
    return int(np.where(is_full & succeeded, ranks, len(ranks) + 1).argmin())

"""Reading `cv_results_` of any search that follows scikit-learn's."""

from collections.abc import Iterable, Mapping
from typing import Any

#: Columns of the objectives of a search that has several; larger is better in each.
OBJECTIVE = "objective_"


def finished_results(search: Any) -> Mapping[str, Any]:
    """Return `cv_results_` of a fitted search.

    Raises
    ------
    TypeError
        If `search` has none.
    """
    results = getattr(search, "cv_results_", None)
    if results is None:
        raise TypeError(f"search must be a fitted search with cv_results_, got {search!r}.")
    return results


def metric_names(columns: Iterable[object]) -> list[str]:
    """Return the metrics among the columns of `cv_results_`, in their order."""
    prefix = "mean_test_"
    return [str(name).removeprefix(prefix) for name in columns if str(name).startswith(prefix)]


def choose_metric(results: Mapping[str, Any], metric: str | None) -> str:
    """Return the name of the metric to read from `cv_results_`.

    Parameters
    ----------
    results : dict
        `cv_results_`.
    metric : str or None
        None is allowed where there is only one.

    Raises
    ------
    ValueError
        If there is no such metric, or there are several and none is named.
    """
    known = metric_names(results)
    if metric is None and len(known) == 1:
        return known[0]
    if metric not in known:
        raise ValueError(f"metric must be one of {known}, got {metric!r}.")
    return metric


def objective_labels(results: Mapping[str, Any]) -> list[str]:
    """Return the objectives of a search with several, in their order; none of any other."""
    columns = (str(name) for name in results)
    return [name.removeprefix(OBJECTIVE) for name in columns if name.startswith(OBJECTIVE)]


def leading_metric(search: Any, results: Mapping[str, Any]) -> str:
    """Return the metric that a search goes by, where it has several.

    That which `refit` names, else the objective, or the first metric of several, else the first
    in the table.
    """
    known = metric_names(results)
    objective = getattr(search, "objective", None)
    several = objective if isinstance(objective, list | tuple) else [objective]
    named = [str(name).removeprefix("-") for name in (search.refit, *several)]
    return next((name for name in named if name in known), known[0])

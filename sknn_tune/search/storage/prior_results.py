"""The trials of an earlier search, given as a table."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sknn_tune.common.caller import warn_caller
from sknn_tune.common.cv_results import metric_names
from sknn_tune.search.engine.space import Space


def read_prior_results(
    prior_results: Any, space: Space, metric: str | None
) -> list[tuple[dict[str, Any], float]]:
    """Return the trials of an earlier search that lie in `space`.

    Parameters
    ----------
    prior_results : dict, DataFrame or optuna.Study
        `cv_results_` of a search, what `search_history` returns, or a table with such columns:
        `mean_test_<metric>` or `score`, and either `params` or one `param_<name>` for each
        parameter. Of a table with `n_resources`, the rows with the most are taken. Of a study of
        one objective, the trials that are complete or failed.
    space : Space
        The space of the search to come. Rows outside it are left out with a warning.
    metric : str or None
        The objective; None where it is known after the first trial only, which stands for the
        first metric in the table.

    Returns
    -------
    trials : list of (dict, float)
        Configurations and scores; nan where the evaluation failed.

    Raises
    ------
    TypeError, ValueError
        If the table cannot be read, or none of its rows lies in the space.
    """
    table = _as_columns(prior_results)
    scores = _as_numbers(_score_column(table, metric), table)
    rows = _configurations(table, len(scores))
    if "n_resources" in table and rows:
        searched = {name for branch in space.branches for name in branch}
        amounts = _as_numbers("n_resources", table)
        rows, scores = _with_full_resource(rows, scores, amounts, searched)
    found = [space.find(row, loosely=True) for row in rows]
    inside = [(p, float(s)) for p, s in zip(found, scores, strict=True) if p is not None]
    if rows and not inside:
        raise ValueError(
            f"prior_results: none of the {len(rows)} configurations lies in the space of "
            f"param_distributions; the first is {rows[0]!r}, the space is {space.describe()}."
        )
    if len(inside) < len(rows):
        warn_caller(
            f"prior_results: {len(rows) - len(inside)} of {len(rows)} configurations lie outside "
            "the space of param_distributions and are not used."
        )
    return inside


def _as_columns(prior_results: Any) -> Mapping[str, Any]:
    if hasattr(prior_results, "trials") and hasattr(prior_results, "directions"):
        return _of_study(prior_results)
    if hasattr(prior_results, "columns"):
        return {name: prior_results[name].to_numpy() for name in prior_results.columns}
    if not isinstance(prior_results, dict):
        raise TypeError(
            "prior_results must be the cv_results_ dict of a search, a DataFrame of it or a "
            f"study of Optuna, got {prior_results!r} of type {type(prior_results).__name__}."
        )
    return prior_results


def _of_study(study: Any) -> dict[str, list]:
    """Return the trials of a study of Optuna as columns, larger scores being better."""
    if len(study.directions) != 1:
        raise ValueError(
            f"prior_results: the study has {len(study.directions)} objectives; give one with one."
        )
    sign = -1.0 if study.directions[0].name == "MINIMIZE" else 1.0
    # What was pruned had less than the full resource.
    trials = [trial for trial in study.trials if trial.state.name in ("COMPLETE", "FAIL")]
    scores = [sign * t.value if t.state.name == "COMPLETE" else math.nan for t in trials]
    return {"params": [trial.params for trial in trials], "score": scores}


def _score_column(table: Mapping[str, Any], metric: str | None) -> str:
    metrics = metric_names(table)
    if not metrics and "score" in table:
        return "score"  # the objective's, in a `search_history`
    wanted = metric if metric is not None else next(iter(metrics), "score")
    if wanted not in metrics:
        raise ValueError(
            f"prior_results has no column 'mean_test_{wanted}' with the objective's scores; "
            f"it has {sorted(map(str, table))}."
        )
    return f"mean_test_{wanted}"


def _as_numbers(column: str, table: Mapping[str, Any]) -> NDArray[np.float64]:
    try:
        return np.ma.filled(np.ma.asarray(table[column], dtype=float), np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"prior_results: the column {column!r} must hold numbers: {error}"
        ) from None


def _with_full_resource(
    rows: list[dict[str, Any]],
    scores: NDArray[np.float64],
    amounts: NDArray[np.float64],
    searched: set[str],
) -> tuple[list[dict[str, Any]], NDArray[np.float64]]:
    """Leave out rows with less than the full resource, and the resource among the parameters."""
    is_full = amounts == amounts.max()
    configurations = [
        {name: value for name, value in row.items() if name in searched or value != amount}
        for row, amount in zip(rows, amounts, strict=True)
        if amount == amounts.max()
    ]
    return configurations, scores[is_full]


def _configurations(table: Mapping[str, Any], n_rows: int) -> list[dict[str, Any]]:
    """The configuration of each row, from `params` or from the columns `param_<name>`."""
    params = list(table.get("params", []))
    columns: dict[str, np.ma.MaskedArray] = {
        str(name).removeprefix("param_"): np.ma.asarray(values, dtype=object)
        for name, values in table.items()
        if str(name).startswith("param_")
    }
    if params and all(isinstance(p, dict) for p in params):
        rows = params
    elif columns:
        rows = [
            {name: values[i] for name, values in columns.items() if not _is_absent(values[i])}
            for i in range(n_rows)
        ]
    else:
        raise ValueError(
            "prior_results names no configurations: it needs the column 'params', or one "
            f"'param_<name>' for each parameter; it has {sorted(map(str, table))}."
        )
    if len(rows) != n_rows:
        raise ValueError(
            f"prior_results: {len(rows)} configurations, but {n_rows} scores; "
            "all columns must have the same length."
        )
    return rows


def _is_absent(value: object) -> bool:
    """Whether a cell says that the row's configuration has no such parameter."""
    return value is np.ma.masked or (isinstance(value, float) and math.isnan(value))

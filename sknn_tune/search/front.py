"""The front of a search with several objectives, as columns of its results and as a table."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sknn_tune.common.cv_results import OBJECTIVE, objective_labels
from sknn_tune.common.dominance import non_dominated
from sknn_tune.common.tables import import_pandas
from sknn_tune.search.storage.trial_records import TrialRecord

if TYPE_CHECKING:
    import pandas as pd


def front_columns(labels: Sequence[str], trials: Sequence[TrialRecord]) -> dict[str, Any]:
    """Return what several objectives add to `cv_results_`: their values, and who is on the front.

    Parameters
    ----------
    labels : sequence of str
        The objectives; of a single one, which adds nothing, an empty sequence.
    trials : sequence of TrialRecord
        Of the rows. Those with less than the most resources are not on the front.
    """
    if not labels:
        return {}
    values = np.array([trial.objectives for trial in trials])
    amounts = np.array([trial.n_resources or 0 for trial in trials])
    worked = np.isfinite(values[:, 0])
    is_full = worked & (amounts == np.max(amounts[worked], initial=0))
    columns = {f"{OBJECTIVE}{label}": values[:, i] for i, label in enumerate(labels)}
    on_front = non_dominated(np.where(is_full[:, None], values, np.nan))
    return columns | {"pareto_optimal": on_front}


def front_table(results: Mapping[str, Any]) -> "pd.DataFrame":
    """Return the rows of `cv_results_` on the front, the best of the first objective first.

    Parameters
    ----------
    results : dict
        `cv_results_` of a search with several objectives.

    Raises
    ------
    ImportError
        If pandas is not installed.
    """
    pd = import_pandas("pareto_front_")
    labels = objective_labels(results)
    rows = np.flatnonzero(results["pareto_optimal"])
    order = rows[np.argsort(-results[f"{OBJECTIVE}{labels[0]}"][rows], kind="stable")]
    table = {}
    for label in labels:
        sign = -1.0 if label.startswith("-") else 1.0
        table[label.removeprefix("-")] = sign * results[f"{OBJECTIVE}{label}"][order]
    params = pd.DataFrame([results["params"][row] for row in order]).add_prefix("param_")
    front = pd.concat([pd.DataFrame(table), params], axis=1)
    return front.set_index(pd.Index(order, name="row"))

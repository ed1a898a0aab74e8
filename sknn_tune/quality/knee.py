"""A rule that chooses a winner where several objectives compete: a callable for `refit`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sknn_tune.common.cv_results import OBJECTIVE, objective_labels
from sknn_tune.common.dominance import non_dominated


@dataclass(frozen=True)
class Knee:
    """The configuration at the bend of the front, where a little of one objective costs most.

    Each objective is scaled to run from 0 to 1 over the front, the configurations that no other
    beats in all objectives; the largest sum wins. With two objectives that is the point of the
    front that lies farthest from the line between its ends (Das 1999, Structural Optimization
    18).

    Parameters
    ----------
    objectives : sequence of str, default=None
        Columns of `cv_results_`, with a minus sign where less is better, such as
        `("mean_test_score", "-mean_score_time")`. None takes the objectives of a `BayesSearchCV`
        that has several.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sknn_tune import BayesSearchCV, Knee
    >>> X, y = load_iris(return_X_y=True)
    >>> search = BayesSearchCV(
    ...     KNeighborsClassifier(),
    ...     {"n_neighbors": [1, 3, 5, 9, 15]},
    ...     n_iter=5,
    ...     objective=["accuracy", "-score_time"],
    ...     scoring="accuracy",
    ...     refit=Knee(),
    ...     random_state=0,
    ... ).fit(X, y)
    >>> bool(search.cv_results_["pareto_optimal"][search.best_index_])
    True
    """

    objectives: Sequence[str] | None = None

    def __call__(self, cv_results: Mapping[str, Any]) -> int:
        """Return the row of `cv_results_` that wins.

        Parameters
        ----------
        cv_results : dict
            `cv_results_` of a search.

        Returns
        -------
        index : int

        Raises
        ------
        ValueError
            If an objective is not there, or no row has all of them.
        """
        values = self._values(cv_results)
        if "n_resources" in cv_results:
            worked = ~np.isnan(values).any(axis=1)
            amounts = np.where(worked, np.asarray(cv_results["n_resources"]), -1)
            values = np.where((amounts == amounts.max())[:, None], values, np.nan)
        front = np.flatnonzero(non_dominated(values))
        if not len(front):
            raise ValueError("No configuration has a finite value of every objective.")
        low, spread = values[front].min(axis=0), np.ptp(values[front], axis=0)
        scaled = (values[front] - low) / np.where(spread > 0, spread, 1.0)
        return int(front[scaled.sum(axis=1).argmax()])

    def _values(self, cv_results: Mapping[str, Any]) -> NDArray[np.float64]:
        """The objectives, (n_candidates, n_objectives), larger is better."""
        columns = self.objectives
        if columns is None:
            columns = [f"{OBJECTIVE}{label}" for label in objective_labels(cv_results)]
        missing = [name for name in columns if name.removeprefix("-") not in cv_results]
        if not columns or missing:
            raise ValueError(
                f"objectives={self.objectives!r}: "
                + (f"{missing} are" if missing else "several objectives are")
                + f" not in cv_results_, which has {sorted(cv_results)}."
            )
        signs = [-1.0 if name.startswith("-") else 1.0 for name in columns]
        table = [np.asarray(cv_results[name.removeprefix("-")], dtype=float) for name in columns]
        values = np.column_stack(table) * signs
        return np.where(np.isfinite(values), values, np.nan)

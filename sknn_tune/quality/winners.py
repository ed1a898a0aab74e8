"""Rules that choose the winner of a search: callables for `refit`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sknn_tune.common.numeric import is_real
from sknn_tune.quality.capacity import capacity_ranks

#: `cv_results_` of a search.
Results = Mapping[str, Any]


@dataclass(frozen=True)
class OneStandardError:
    """The simplest configuration whose score lies within one standard error of the best.

    A difference smaller than the standard error of the best score is mostly noise; among
    configurations that differ by less, the simplest is the safest choice (Breiman, Friedman,
    Olshen and Stone, Classification and Regression Trees, 1984, section 3.4.3).

    Parameters
    ----------
    complexity : str or callable, default=None
        What makes a configuration complex: the name of a numeric parameter ("C"; with a minus
        sign, "-alpha", where small values are complex), or a function of the configuration (a
        dict) that returns a number. None ranks by all parameters whose effect on the capacity is
        known (`hidden_layer_sizes`, `alpha`, `C`, `max_depth`, ...), and by fit time where there
        is none.
    metric : str, default="score"
        Name of the metric; "score" where there is only one.

    Raises
    ------
    TypeError
        If `complexity` is of another type.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sknn_tune import OneStandardError
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> search = GridSearchCV(
    ...     tree, {"max_depth": [1, 2, 3, 4, 8]}, refit=OneStandardError("max_depth")
    ... ).fit(X, y)
    >>> search.best_params_
    {'max_depth': 3}
    """

    complexity: str | Callable[[Mapping[str, Any]], float] | None = None
    metric: str = "score"

    def __post_init__(self) -> None:
        if not (self.complexity is None or isinstance(self.complexity, str | Callable)):
            raise TypeError(
                "complexity must be the name of a parameter, a function of a configuration or "
                f"None, got {self.complexity!r}."
            )

    def __call__(self, cv_results: Results) -> int:
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
            If the metric or the parameter is not there, its values are not numbers, or no score
            is finite.
        """
        scores = split_scores(cv_results, self.metric)
        mean = scores.mean(axis=0)
        best = _argmax(mean, self.metric)
        error = scores[:, best].std(ddof=1) / np.sqrt(len(scores)) if len(scores) > 1 else 0.0
        # Rounding must not exclude the best one.
        within = mean >= mean[best] - error - 1e-12 * abs(mean[best])
        complexity = np.full(len(mean), np.inf)
        complexity[within] = self._complexities(cv_results, np.flatnonzero(within))
        simplest = np.flatnonzero(complexity == complexity.min())
        return int(simplest[mean[simplest].argmax()])

    def _complexities(self, cv_results: Results, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Complexities of the configurations in some rows."""
        params = [cv_results["params"][i] for i in rows]
        if callable(self.complexity):
            found = [self.complexity(p) for p in params]
            for configuration, value in zip(params, found, strict=True):
                if not is_real(value) or np.isnan(value):
                    raise ValueError(
                        f"complexity must return a number, got {value!r} for {configuration}."
                    )
            return np.array(found, dtype=float)
        if self.complexity is None:
            ranks = capacity_ranks(cv_results["params"])
            return np.asarray(cv_results["mean_fit_time"] if ranks is None else ranks)[rows]
        name = self.complexity.removeprefix("-")
        known = {n for p in cv_results["params"] for n in p}
        if name not in known:
            raise ValueError(
                f"complexity={self.complexity!r} is not a parameter of the search; there are "
                f"{sorted(known)}."
            )
        sign = -1.0 if self.complexity.startswith("-") else 1.0
        return sign * np.array([_size(name, p.get(name)) for p in params])


@dataclass(frozen=True)
class MeanMinusSpread:
    """The configuration with the best mean score minus a multiple of its spread over the splits.

    Parameters
    ----------
    weight : float, default=1.0
        Standard deviations over the splits to subtract; 0 is the usual rule.
    metric : str, default="score"
        Name of the metric; "score" where there is only one.

    Raises
    ------
    ValueError
        If `weight` is not a finite number.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_tune import MeanMinusSpread
    >>> results = {
    ...     "split0_test_score": np.array([0.99, 0.91]),
    ...     "split1_test_score": np.array([0.85, 0.91]),
    ... }
    >>> MeanMinusSpread(0.0)(results), MeanMinusSpread(1.0)(results)
    (0, 1)
    """

    weight: float = 1.0
    metric: str = "score"

    def __post_init__(self) -> None:
        if not is_real(self.weight) or not np.isfinite(self.weight):
            raise ValueError(f"weight must be a finite number, got {self.weight!r}.")

    def __call__(self, cv_results: Results) -> int:
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
            If the metric is not there, or no score is finite.
        """
        scores = split_scores(cv_results, self.metric)
        spread = scores.std(axis=0, ddof=1) if len(scores) > 1 else 0.0
        return _argmax(scores.mean(axis=0) - self.weight * spread, self.metric)


def split_scores(cv_results: Results, metric: str) -> NDArray[np.float64]:
    """Return the scores of the splits.

    Parameters
    ----------
    cv_results : dict
        `cv_results_` of a search.
    metric : str

    Returns
    -------
    scores : ndarray of shape (n_splits, n_candidates)

    Raises
    ------
    ValueError
        If there is no such metric.
    """
    ending = f"_test_{metric}"
    columns = [name for name in cv_results if name.startswith("split") and name.endswith(ending)]
    if not columns:
        first = "split0_test_"
        known = sorted(name.removeprefix(first) for name in cv_results if name.startswith(first))
        raise ValueError(f"metric={metric!r} is not in cv_results; there are {known}.")
    return np.array([cv_results[name] for name in columns], dtype=float)


def _argmax(values: NDArray[np.float64], metric: str) -> int:
    if not np.isfinite(values).any():
        raise ValueError(f"No configuration has a finite {metric}.")
    return int(np.nanargmax(values))


def _size(name: str, value: Any) -> float:
    """A number to order values by; a tuple counts as its product, None as no limit."""
    if value is None:
        return np.inf
    numbers = value if isinstance(value, tuple | list) else [value]
    if not all(map(is_real, numbers)):
        raise ValueError(
            f"complexity needs numbers, {name!r} has the value {value!r}; give a function of the "
            "configuration that returns a number."
        )
    return float(np.prod(numbers))

"""Rules that choose the winner of a search: callables for `refit`."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sknn_tune.quality.knobs import capacity_ranks


@dataclass(frozen=True)
class OneStandardError:
    """The simplest configuration whose score lies within one standard error of the best.

    A difference smaller than the standard error of the best score is mostly luck; among those
    that cannot be told apart the simplest is the safest (Breiman, Friedman, Olshen and Stone,
    Classification and Regression Trees, 1984, section 3.4.3).

    Parameters
    ----------
    complexity : str or callable, default=None
        What makes a configuration complex: the name of a parameter ("C"; with a minus sign,
        "-alpha", where small values are complex), or a function of the configuration (a dict)
        that returns a number. None ranks by all parameters whose direction is known
        (`hidden_layer_sizes`, `alpha`, `C`, `max_depth`, ...), and by fit time where none is.
    metric : str, default="score"
        Name of the metric; "score" where there is one only.

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

    complexity: str | Callable | None = None
    metric: str = "score"

    def __call__(self, cv_results):
        """Return the row of `cv_results_` that wins.

        Raises
        ------
        ValueError
            If the metric or the parameter is not there, or no score is finite.
        """
        scores = split_scores(cv_results, self.metric)
        mean = scores.mean(axis=0)
        best = _argmax(mean, self.metric)
        error = scores[:, best].std(ddof=1) / np.sqrt(len(scores)) if len(scores) > 1 else 0.0
        # Rounding must not push the best one out.
        within = mean >= mean[best] - error - 1e-12 * abs(mean[best])
        complexity = np.where(within, self._complexities(cv_results), np.inf)
        simplest = np.flatnonzero(complexity == complexity.min())
        return int(simplest[mean[simplest].argmax()])

    def _complexities(self, cv_results):
        params = cv_results["params"]
        if callable(self.complexity):
            return np.array([self.complexity(p) for p in params], dtype=float)
        if self.complexity is None:
            ranks = capacity_ranks(params)
            return np.asarray(cv_results["mean_fit_time"]) if ranks is None else ranks
        name = self.complexity.removeprefix("-")
        if not any(name in p for p in params):
            raise ValueError(
                f"complexity={self.complexity!r} is not a parameter of the search; "
                f"there are {sorted({n for p in params for n in p})}."
            )
        sign = -1.0 if self.complexity.startswith("-") else 1.0
        return sign * np.array([_size(p.get(name)) for p in params])


@dataclass(frozen=True)
class MeanMinusSpread:
    """The configuration with the best mean score minus a multiple of its spread over the splits.

    Quality is a good score and a dependable one.

    Parameters
    ----------
    weight : float, default=1.0
        Standard deviations over the splits to subtract; 0 is the usual rule.
    metric : str, default="score"
        Name of the metric; "score" where there is one only.

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

    def __call__(self, cv_results):
        """Return the row of `cv_results_` that wins."""
        scores = split_scores(cv_results, self.metric)
        spread = scores.std(axis=0, ddof=1) if len(scores) > 1 else 0.0
        return _argmax(scores.mean(axis=0) - self.weight * spread, self.metric)


def split_scores(cv_results, metric):
    """Return the scores of the splits, (n_splits, n_candidates)."""
    ending = f"_test_{metric}"
    columns = [name for name in cv_results if name.startswith("split") and name.endswith(ending)]
    if not columns:
        known = sorted(n.removeprefix("split0_test_") for n in cv_results if "split0_test_" in n)
        raise ValueError(f"metric={metric!r} is not in cv_results; there are {known}.")
    return np.array([cv_results[name] for name in columns], dtype=float)


def _argmax(values, metric):
    if not np.isfinite(values).any():
        raise ValueError(f"No configuration has a finite {metric}.")
    return int(np.nanargmax(values))


def _size(value):
    """A number to order values by: as they are, the product of a tuple, no limit as infinity."""
    if value is None:
        return np.inf
    return float(np.prod(value)) if np.ndim(value) else float(value)

"""Hyperparameters whose effect on the capacity of a model is known by their name.

The capacity of a model is how closely it can follow its training rows: more of it lowers the bias
and raises the variance. To teach the diagnosis another parameter, add a row to `CAPACITY`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.base import is_classifier, is_regressor

from sknn_tune.common.numeric import is_integer, is_real
from sknn_tune.common.parameter_names import without_path

#: Parameters that set the size of an optimizer's steps, and those that limit their number.
RATES = ("learning_rate_init", "eta0", "learning_rate")
LIMITS = ("max_iter", "n_estimators")


@dataclass(frozen=True)
class CapacityRule:
    """How the value of a hyperparameter changes the capacity of a model.

    Parameters
    ----------
    kind : {"size", "penalty"}
        Whether it sets the size of the model or regularizes a model of given size.
    sign : {1, -1}
        1 where larger values give more capacity.
    factor : float
        One full step multiplies or divides by this.
    least : float, default=0.0
        Zero, or a value below this, is replaced by this before it is multiplied.
    low, high : float, default=0.0, inf
        Bounds of the result.
    unlimited : float, default=None
        The value that None, which means no limit, is replaced by in a step to less capacity.
    beside, not_beside : str, default=None
        A parameter that the estimator must, or must not, have for the name to mean this.
    """

    kind: Literal["size", "penalty"]
    sign: Literal[1, -1]
    factor: float
    least: float = 0.0
    low: float = 0.0
    high: float = np.inf
    unlimited: float | None = None
    beside: str | None = None
    not_beside: str | None = None

    def move(self, value: Any, step: float) -> Any:
        """Return a value after `step` steps to more capacity; None where it cannot move.

        Parameters
        ----------
        value : object
            A number, a tuple of numbers, or None for no limit; others do not move.
        step : float
            Negative for less capacity.
        """
        if value is None:
            return None if step > 0 or self.unlimited is None else self._round(self.unlimited)
        if isinstance(value, tuple | list) and value and all(map(is_real, value)):
            moved = tuple(self._scaled(v, step) for v in value)
            return None if moved == tuple(value) else moved
        if not is_real(value):
            return None
        scaled = self._scaled(value, step)
        return None if scaled == value else scaled

    def action(self, more: bool) -> Literal["raise", "lower"]:
        """Return what to do to the parameter for more, or for less capacity."""
        return "raise" if (self.sign > 0) == more else "lower"

    def _scaled(self, value: float, step: float) -> float:
        if value < self.least and step * self.sign < 0:
            return value
        moved = max(value, self.least) * self.factor ** (self.sign * step)
        return self._round(moved) if is_integer(value) else float(self._clip(moved))

    def _round(self, value: float) -> int:
        return int(self._clip(round(value)))

    def _clip(self, value: float) -> float:
        return min(max(value, self.low), self.high)


CAPACITY = {
    "hidden_layer_sizes": CapacityRule("size", 1, 8.0, least=8, low=1, high=256),
    "max_depth": CapacityRule("size", 1, 3.0, low=1, unlimited=4),
    "max_leaf_nodes": CapacityRule("size", 1, 4.0, low=2, unlimited=8),
    "num_leaves": CapacityRule("size", 1, 4.0, low=2),
    "min_samples_leaf": CapacityRule("size", -1, 8.0, low=1),
    "n_neighbors": CapacityRule("size", -1, 4.0, low=1),
    "degree": CapacityRule("size", 1, 2.0, low=1, beside="kernel"),
    "gamma": CapacityRule("size", 1, 10.0, beside="kernel"),
    "alpha": CapacityRule("penalty", -1, 1e3, least=1e-3, not_beside="n_estimators"),
    "C": CapacityRule("penalty", 1, 1e2, least=1e-6),
    "l2_regularization": CapacityRule("penalty", -1, 1e2, least=0.1),
    "reg_lambda": CapacityRule("penalty", -1, 1e2, least=0.1),
    "ccp_alpha": CapacityRule("penalty", -1, 1e1, least=1e-3),
    "dropout": CapacityRule("penalty", -1, 1e1, least=0.05, high=0.5),
    "var_smoothing": CapacityRule("penalty", -1, 1e3, least=1e-9),
}


def capacity_rules(estimator: Any) -> dict[str, CapacityRule]:
    """Return the rules for the parameters of an estimator, by the names that `set_params` takes.

    The parameters with the clearest effect come first. Only those of predictors count: the
    `alpha` of a transformer means something else.
    """
    found = {}
    for name, siblings in _parameters_of_predictors(estimator):
        rule = CAPACITY.get(without_path(name))
        if rule is None or (rule.beside or name) not in {*siblings, name}:
            continue
        if rule.not_beside not in siblings:
            found[name] = rule
    order = list(CAPACITY)
    return dict(sorted(found.items(), key=lambda item: order.index(without_path(item[0]))))


def numeric_params(estimator: Any, names: Sequence[str]) -> dict[str, float]:
    """Return the numeric parameters of predictors whose own name is one of `names`.

    Parameters
    ----------
    estimator : estimator object
    names : sequence of str

    Returns
    -------
    params : dict of str to number
        By the names that `set_params` takes.
    """
    params = estimator.get_params(deep=True)
    return {
        name: params[name]
        for name, _ in _parameters_of_predictors(estimator)
        if without_path(name) in names and is_real(params[name])
    }


def capacity_ranks(candidates: Sequence[Mapping[str, Any]]) -> NDArray[np.float64] | None:
    """Return the capacity of configurations relative to each other.

    Each parameter with a rule ranks the configurations; the ranks are averaged.

    Parameters
    ----------
    candidates : sequence of dict
        Names and values, as in ``cv_results_["params"]``.

    Returns
    -------
    ranks : ndarray of shape (n_candidates,) or None
        Mean ranks in (0, 1]; None where no parameter has a rule and varies.
    """
    names = {n for params in candidates for n in params if without_path(n) in CAPACITY}
    columns = []
    for name in sorted(names):
        rule = CAPACITY[without_path(name)]
        values = [_as_number(params.get(name)) for params in candidates]
        if len(set(values)) > 1 and not np.isnan(values).any():
            columns.append(rankdata(rule.sign * np.array(values)) / len(values))
    return np.mean(columns, axis=0) if columns else None


def _parameters_of_predictors(estimator: Any) -> Iterator[tuple[str, set[str]]]:
    params = estimator.get_params(deep=True)
    for name in params:
        prefix = name.rpartition("__")[0]
        owner = params.get(prefix) if prefix else estimator
        if owner is not None and hasattr(owner, "fit") and _predicts(owner):
            yield name, set(owner.get_params(deep=False))


def _predicts(owner: Any) -> bool:
    return is_classifier(owner) or is_regressor(owner)


def _as_number(value: Any) -> float:
    """None is no limit, a tuple its number of weights, a word nothing known."""
    if value is None:
        return np.inf
    if isinstance(value, tuple | list) and all(map(is_real, value)):
        return float(np.sum(value) + np.dot(value[:-1], value[1:]))
    return float(value) if is_real(value) else np.nan

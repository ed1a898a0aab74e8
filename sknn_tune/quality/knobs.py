"""Hyperparameters whose direction is known by name: what makes a model bolder, what tamer.

A model is bolder the closer it can follow its training rows. To teach the diagnosis another
parameter, add a row to `KNOBS`.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata
from sklearn.base import is_classifier, is_regressor

from sknn_tune.common.numeric import is_integer, is_real

#: Parameters that set the size of an optimizer's steps, and those that limit their number.
RATES = ("learning_rate_init", "eta0", "learning_rate")
LIMITS = ("max_iter", "n_estimators")


@dataclass(frozen=True)
class Knob:
    """How one hyperparameter moves between tame and bold.

    Parameters
    ----------
    kind : {"size", "penalty"}
        Whether it sets the size of the model or holds a model of given size back.
    sign : {1, -1}
        1 where larger values are bolder.
    factor : float
        One full step multiplies or divides by this.
    least : float
        Zero, or a value below this, is taken as this before it is moved.
    low, high : float
        Bounds of the result.
    unlimited : float, default=None
        The value that stands for None when a step makes the model tamer.
    beside, not_beside : str, default=None
        A parameter that the owner must, or must not, have for the name to mean this.
    """

    kind: str
    sign: int
    factor: float
    least: float = 0.0
    low: float = 0.0
    high: float = np.inf
    unlimited: float | None = None
    beside: str | None = None
    not_beside: str | None = None

    def move(self, value, step):
        """Return `value` after `step` steps (bolder above 0), None where it cannot move."""
        if value is None:
            return None if step > 0 or self.unlimited is None else self._round(int(self.unlimited))
        if isinstance(value, tuple | list) and value and all(map(is_real, value)):
            moved = tuple(self._scaled(v, step) for v in value)
            return None if moved == tuple(value) else moved
        if not is_real(value):
            return None
        moved = self._scaled(value, step)
        return None if moved == value else moved

    def _scaled(self, value, step):
        if value < self.least and step * self.sign < 0:
            return value
        moved = max(value, self.least) * self.factor ** (self.sign * step)
        if is_integer(value):
            return self._round(round(moved))
        return float(np.clip(moved, self.low, self.high))

    def _round(self, value):
        return int(np.clip(value, self.low, self.high))

    def words(self, bolder):
        """Return "raise" or "lower"."""
        return "raise" if (self.sign > 0) == bolder else "lower"


KNOBS = {
    "hidden_layer_sizes": Knob("size", 1, 8.0, least=8, low=1, high=256),
    "max_depth": Knob("size", 1, 3.0, low=1, unlimited=4),
    "max_leaf_nodes": Knob("size", 1, 4.0, low=2, unlimited=8),
    "num_leaves": Knob("size", 1, 4.0, low=2),
    "min_samples_leaf": Knob("size", -1, 8.0, low=1),
    "n_neighbors": Knob("size", -1, 4.0, low=1),
    "degree": Knob("size", 1, 2.0, low=1, beside="kernel"),
    "gamma": Knob("size", 1, 10.0, beside="kernel"),
    "alpha": Knob("penalty", -1, 1e3, least=1e-3, not_beside="n_estimators"),
    "C": Knob("penalty", 1, 1e2, least=1e-6),
    "l2_regularization": Knob("penalty", -1, 1e2, least=0.1),
    "reg_lambda": Knob("penalty", -1, 1e2, least=0.1),
    "ccp_alpha": Knob("penalty", -1, 1e1, least=1e-3),
    "dropout": Knob("penalty", -1, 1e1, least=0.05, high=0.5),
    "var_smoothing": Knob("penalty", -1, 1e3, least=1e-9),
}


def find_knobs(estimator):
    """Return the knobs of an estimator, by the names that `set_params` takes.

    The most telling come first. Only those of predictors count: the `alpha` of a step that
    transforms means something else.
    """
    found = {}
    for name, siblings in _parameters_of_predictors(estimator):
        knob = KNOBS.get(name.rpartition("__")[2])
        if knob is None or (knob.beside or name) not in {*siblings, name}:
            continue
        if knob.not_beside not in siblings:
            found[name] = knob
    order = list(KNOBS)
    return dict(sorted(found.items(), key=lambda item: order.index(item[0].rpartition("__")[2])))


def find_numbers(estimator, names):
    """Return {full name: value} of numeric parameters of predictors that bear one of `names`."""
    params = estimator.get_params(deep=True)
    return {
        name: params[name]
        for name, _ in _parameters_of_predictors(estimator)
        if name.rpartition("__")[2] in names and is_real(params[name])
    }


def capacity_ranks(candidates):
    """Return how bold each configuration is beside the others, from 0; None if nothing tells.

    Each parameter of known direction ranks the configurations; the ranks are averaged.

    Parameters
    ----------
    candidates : sequence of dict
        Names and values, as in ``cv_results_["params"]``.
    """
    names = {n for params in candidates for n in params if n.rpartition("__")[2] in KNOBS}
    columns = []
    for name in sorted(names):
        knob = KNOBS[name.rpartition("__")[2]]
        values = [_as_number(params.get(name)) for params in candidates]
        if len(set(values)) > 1 and not np.isnan(values).any():
            columns.append(rankdata(knob.sign * np.array(values)) / len(values))
    return np.mean(columns, axis=0) if columns else None


def _parameters_of_predictors(estimator):
    params = estimator.get_params(deep=True)
    for name in params:
        prefix = name.rpartition("__")[0]
        owner = params.get(prefix) if prefix else estimator
        if owner is not None and hasattr(owner, "fit") and _predicts(owner):
            yield name, set(owner.get_params(deep=False))


def _predicts(owner):
    return is_classifier(owner) or is_regressor(owner)


def _as_number(value):
    """None is no limit, a tuple its number of weights, a word nothing known."""
    if value is None:
        return np.inf
    if isinstance(value, tuple | list) and all(map(is_real, value)):
        return float(np.sum(value) + np.dot(value[:-1], value[1:]))
    return float(value) if is_real(value) else np.nan

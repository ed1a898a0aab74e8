"""Variants of an estimator and baselines that the diagnosis fits for comparison."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune.common.numeric import is_integer
from sknn_tune.quality.capacity import LIMITS, RATES, CapacityRule, capacity_rules, numeric_params

#: Estimators by the names under which the report lists them.
Models = dict[str, Any]


def baselines(estimator: Any) -> Models:
    """Return a dummy ("chance"), a linear model and a forest.

    They replace the last step where the estimator is a Pipeline, so that they see data prepared
    in the same way.
    """
    if is_classifier(estimator):
        # "prior" and "most_frequent" predict alike; the former has probabilities as well.
        chance, linear = DummyClassifier(strategy="prior"), LogisticRegression(max_iter=1000)
        forest = RandomForestClassifier(random_state=0)
    else:
        chance, linear = DummyRegressor(), Ridge()
        forest = RandomForestRegressor(random_state=0)
    scaled = make_pipeline(StandardScaler(with_mean=False), linear)
    models = {"chance": chance, "linear model": scaled, "forest": forest}
    return {name: _replace_last_step(estimator, model) for name, model in models.items()}


def _replace_last_step(estimator: Any, model: Any) -> Any:
    if not isinstance(estimator, Pipeline) or len(estimator.steps) < 2:
        return model
    return Pipeline([*clone(estimator).steps[:-1], ("model", model)])


def probes_with_more_capacity(estimator: Any) -> Models:
    """Return the estimator with every parameter that has a rule moved to more capacity."""
    return _probes(estimator, {"more capacity": (capacity_rules(estimator), 1.0)})


def probes_with_less_capacity(estimator: Any) -> Models:
    """Return the estimator with more regularization, with much more, and with a smaller size."""
    rules = capacity_rules(estimator)
    penalties = {name: rule for name, rule in rules.items() if rule.kind == "penalty"}
    sizes = {name: rule for name, rule in rules.items() if rule.kind == "size"}
    moves = {
        "more regularization": (penalties, -0.5),
        "much more regularization": (penalties, -1.0),
        "smaller size": (sizes, -1.0),
    }
    return _probes(estimator, moves)


def probes_with_lower_rate(estimator: Any) -> Models:
    """Return the estimator with the learning rate divided by 10, 100 and 1000."""
    rates = numeric_params(estimator, RATES)
    if not rates:
        return {}
    return {f"rate / {factor}": _scaled(estimator, rates, 1 / factor) for factor in (10, 100, 1000)}


def probes_with_more_steps(estimator: Any) -> Models:
    """Return the estimator with more steps, and with larger ones."""
    limits = {n: value for n, value in numeric_params(estimator, LIMITS).items() if value > 0}
    rates = numeric_params(estimator, RATES)
    probes = {}
    if limits:
        probes = {f"steps * {factor}": _scaled(estimator, limits, factor) for factor in (8, 64)}
    if rates:
        probes |= {f"rate * {factor}": _scaled(estimator, rates, factor) for factor in (10, 100)}
    return probes


def _probes(
    estimator: Any, moves: Mapping[str, tuple[Mapping[str, CapacityRule], float]]
) -> Models:
    moved = {name: _moved(estimator, rules, step) for name, (rules, step) in moves.items()}
    return {name: clone(estimator).set_params(**params) for name, params in moved.items() if params}


def _moved(estimator: Any, rules: Mapping[str, CapacityRule], step: float) -> dict[str, Any]:
    """New values of the parameters that move."""
    params = estimator.get_params(deep=True)
    moved = {name: rule.move(params[name], step) for name, rule in rules.items()}
    return {name: value for name, value in moved.items() if value is not None}


def _scaled(estimator: Any, params: Mapping[str, float], factor: float) -> Any:
    scaled = {
        name: type(value)(np.ceil(value * factor)) if is_integer(value) else value * factor
        for name, value in params.items()
    }
    return clone(estimator).set_params(**scaled)

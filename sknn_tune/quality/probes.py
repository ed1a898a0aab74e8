"""What the diagnosis tries out beside the estimator: baselines, bolder, tamer, slower, longer."""

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune.quality.knobs import LIMITS, RATES, find_knobs, find_numbers


def baselines(estimator):
    """Return {name: estimator}: chance, a linear model, a forest.

    They take the place of the last step where the estimator is a Pipeline, so that they see data
    prepared in the same way.
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
    return {name: _in_place_of_last_step(estimator, model) for name, model in models.items()}


def _in_place_of_last_step(estimator, model):
    if not isinstance(estimator, Pipeline) or len(estimator.steps) < 2:
        return model
    return Pipeline([*clone(estimator).steps[:-1], ("model", model)])


def bolder_probes(estimator):
    """Return {name: estimator} with all hyperparameters of known direction moved to be bolder."""
    return _probes(estimator, {"bolder": (find_knobs(estimator), 1.0)})


def tamer_probes(estimator):
    """Return {name: estimator}: held back a little, a lot, or made smaller."""
    knobs = find_knobs(estimator)
    penalties = {name: knob for name, knob in knobs.items() if knob.kind == "penalty"}
    sizes = {name: knob for name, knob in knobs.items() if knob.kind == "size"}
    moves = {
        "tamer by penalty": (penalties, -0.5),
        "much tamer by penalty": (penalties, -1.0),
        "tamer by size": (sizes, -1.0),
    }
    return _probes(estimator, moves)


def _probes(estimator, moves):
    moved = {name: _moved(estimator, knobs, step) for name, (knobs, step) in moves.items()}
    return {name: clone(estimator).set_params(**params) for name, params in moved.items() if params}


def slower_probes(estimator):
    """Return {name: estimator} with the learning rate divided by 10, 100 and 1000."""
    rates = find_numbers(estimator, RATES)
    if not rates:
        return {}
    return {f"rate / {factor}": _scaled(estimator, rates, 1 / factor) for factor in (10, 100, 1000)}


def longer_probes(estimator):
    """Return {name: estimator} with more steps, and with larger ones."""
    limits, rates = find_numbers(estimator, LIMITS), find_numbers(estimator, RATES)
    limits = {name: value for name, value in limits.items() if value > 0}
    probes = {}
    if limits:
        probes = {f"steps * {factor}": _scaled(estimator, limits, factor) for factor in (8, 64)}
    if rates:
        probes |= {f"rate * {factor}": _scaled(estimator, rates, factor) for factor in (10, 100)}
    return probes


def _moved(estimator, knobs, step):
    """Parameters of the knobs that move."""
    params = estimator.get_params(deep=True)
    moved = {name: knob.move(params[name], step) for name, knob in knobs.items()}
    return {name: value for name, value in moved.items() if value is not None}


def _scaled(estimator, numbers_, factor):
    scaled = {
        name: type(value)(np.ceil(value * factor)) if isinstance(value, int) else value * factor
        for name, value in numbers_.items()
    }
    return clone(estimator).set_params(**scaled)

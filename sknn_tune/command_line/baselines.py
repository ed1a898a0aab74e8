"""Models that a tuned network should be compared with, fitted in seconds."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline

from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.errors import BadInput
from sknn_tune.command_line.preparation import make_tree_preparation
from sknn_tune.command_line.problem import Problem

DUMMY, BOOSTING = "dummy", "HistGradientBoosting"
#: What `--also` takes: the name → the package to install.
OTHERS = {"lightgbm": "lightgbm", "xgboost": "xgboost", "catboost": "catboost"}
_N_TREES, _FIRST_TREES = 100, 10
# scikit-learn stops boosting early on more rows than this, by held-out rows.
_EARLY_STOPPING_ROWS = 10_000


class Contender(NamedTuple):
    """A model on the leaderboard, before it is fitted."""

    name: str
    fit: Callable[[Clock], Any]  #: returns the model, from a frame to predictions
    remark: Callable[[Any], str] = lambda model: ""  #: what the fitted model should be excused for


def make_baselines(problem: Problem, also: tuple[str, ...] = ()) -> Iterator[Contender]:
    """Yield the models to compare with, the fastest first.

    Parameters
    ----------
    problem : Problem
    also : tuple of str, default=()
        Of `OTHERS`.

    Yields
    ------
    contender : Contender
    """
    classification = problem.task == "classification"
    dummy = DummyClassifier(strategy="prior") if classification else DummyRegressor()
    yield Contender(DUMMY, lambda clock: dummy.fit(np.zeros((len(problem.y), 1)), problem.y))
    yield Contender(BOOSTING, partial(_boost, problem), _about_trees)
    for name in also:
        yield Contender(name, partial(_fit_other, problem, name))


def make_linear(task: str) -> tuple[str, Any]:
    """Return the linear model that takes what a network takes, and its name."""
    if task == "classification":
        return "logistic regression", LogisticRegression(max_iter=200)
    return "linear regression", Ridge()


def check_others(names: tuple[str, ...]) -> None:
    """Raise a BadInput for a package that is not installed."""
    for name in names:
        if find_spec(OTHERS[name]) is None:
            raise BadInput(f"--also {name} needs a package: pip install {OTHERS[name]}.")


def _boost(problem: Problem, clock: Clock) -> Pipeline:
    """Fit boosted trees with scikit-learn's defaults, fewer where the time does not suffice."""
    preparation, categorical = make_tree_preparation(problem.columns)
    X = preparation.fit_transform(problem.X)
    kind = (
        HistGradientBoostingClassifier
        if problem.task == "classification"
        else HistGradientBoostingRegressor
    )
    settings: dict[str, Any] = {"categorical_features": categorical or None, "random_state": 0}
    began = time.monotonic()
    model = kind(max_iter=_FIRST_TREES, warm_start=True, **settings).fit(X, problem.y)
    a_tree = (time.monotonic() - began) / _FIRST_TREES
    n_trees = int(min(_N_TREES, _FIRST_TREES + clock.left / a_tree))
    if n_trees == _N_TREES or model.n_iter_ < _FIRST_TREES:
        model = kind(max_iter=_N_TREES, **settings).fit(X, problem.y)
    elif n_trees > _FIRST_TREES:
        model = model.set_params(max_iter=n_trees).fit(X, problem.y)
    return Pipeline([*preparation.steps, ("trees", model)])


def _about_trees(model: Pipeline) -> str:
    n_trees = model.named_steps["trees"].max_iter
    return f"{n_trees} of {_N_TREES} trees, for lack of time" if n_trees < _N_TREES else ""


def _fit_other(problem: Problem, name: str, clock: Clock) -> Pipeline:
    """Fit a model of another package, which cannot be cut short."""
    preparation, _ = make_tree_preparation(problem.columns)
    model = _make_other(name, problem.task == "classification")
    return Pipeline([*preparation.steps, (name, model)]).fit(problem.X, problem.y)


def _make_other(name: str, classification: bool) -> Any:
    """Return a model of another package with its own defaults."""
    if name == "lightgbm":
        import lightgbm

        kind = lightgbm.LGBMClassifier if classification else lightgbm.LGBMRegressor
        return kind(random_state=0, verbose=-1)
    if name == "xgboost":
        import xgboost

        kind = xgboost.XGBClassifier if classification else xgboost.XGBRegressor
        return kind(random_state=0)
    import catboost

    kind = catboost.CatBoostClassifier if classification else catboost.CatBoostRegressor
    return kind(random_state=0, verbose=False, allow_writing_files=False)

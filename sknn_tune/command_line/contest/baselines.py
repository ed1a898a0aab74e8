"""Models that a network should be compared with, fitted in seconds."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from typing import Any, NamedTuple

from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline

from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.contest.preparation import (
    category_names,
    make_linear_preparation,
    make_tree_preparation,
)
from sknn_tune.command_line.contest.problem import Problem
from sknn_tune.command_line.errors import BadInput

DUMMY, BOOSTING = "dummy", "HistGradientBoosting"
#: What `--also` takes: the name → the package to install.
OTHERS = {"lightgbm": "lightgbm", "xgboost": "xgboost", "catboost": "catboost"}
_N_TREES, _FIRST_TREES = 100, 10
_N_STEPS, _FIRST_STEPS = 200, 20
# Of a category for trees; the codes of more are numbers for them.
_MOST_WORDS = 250


class Contender(NamedTuple):
    """A model on the leaderboard, before it is fitted."""

    name: str
    fit: Callable[[Clock], Any]  #: returns the model, from a frame to predictions
    remark: Callable[[Any], str] = lambda model: ""  #: such as that it was cut short


def make_baselines(problem: Problem) -> Iterator[Contender]:
    """Yield the models to compare with, the fastest first.

    Parameters
    ----------
    problem : Problem
        Of numbers and categories.

    Yields
    ------
    contender : Contender
    """
    if problem.task == "classification":
        dummy: Any = DummyClassifier(strategy="prior")
        yield Contender(DUMMY, lambda clock: dummy.fit(problem.X, problem.y))
        yield Contender("logistic regression", partial(_fit_logistic, problem), _about_steps)
    else:
        dummy = DummyRegressor()
        linear = make_linear_preparation(category_names(problem.columns))
        linear.steps.append(("linear", Ridge()))
        yield Contender(DUMMY, lambda clock: dummy.fit(problem.X, problem.y))
        yield Contender("linear regression", lambda clock: linear.fit(problem.X, problem.y))
    yield Contender(BOOSTING, partial(_boost, problem), _about_trees)


def check_others(names: tuple[str, ...]) -> None:
    """Raise a BadInput for a model that is not known, or its package not installed."""
    for name in names:
        if name not in OTHERS:
            raise BadInput(f"--also knows {', '.join(OTHERS)}; it does not know {name!r}.")
        if find_spec(OTHERS[name]) is None:
            raise BadInput(f"--also {name} needs a package: pip install {OTHERS[name]}.")


def _fit_logistic(problem: Problem, clock: Clock) -> Pipeline:
    """Fit a logistic regression, with fewer steps where the time does not suffice."""
    preparation = make_linear_preparation(category_names(problem.columns))
    X = preparation.fit_transform(problem.X)
    model = LogisticRegression(max_iter=_FIRST_STEPS, warm_start=True)
    began = time.monotonic()
    model.fit(X, problem.y)
    a_step = (time.monotonic() - began) / _FIRST_STEPS
    n_steps = _N_STEPS
    if model.n_iter_.max() == _FIRST_STEPS:
        n_steps = int(min(_N_STEPS, _FIRST_STEPS + clock.left / a_step))
        if n_steps > _FIRST_STEPS:
            model.set_params(max_iter=n_steps - _FIRST_STEPS).fit(X, problem.y)
    return Pipeline([*preparation.steps, ("logistic", model.set_params(max_iter=n_steps))])


def _about_steps(model: Pipeline) -> str:
    return _shortened("steps", model.named_steps["logistic"].max_iter, _N_STEPS)


def _boost(problem: Problem, clock: Clock) -> Pipeline:
    """Fit boosted trees with scikit-learn's defaults, fewer where the time does not suffice."""
    preparation = make_tree_preparation(category_names(problem.columns))
    X = preparation.fit_transform(problem.X)
    kind = (
        HistGradientBoostingClassifier
        if problem.task == "classification"
        else HistGradientBoostingRegressor
    )
    n_words = [len(column.words) for column in problem.columns if column.kind == "category"]
    categorical = [place for place, n in enumerate(n_words) if n <= _MOST_WORDS] or None
    settings: dict[str, Any] = {"categorical_features": categorical, "random_state": 0}
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
    return _shortened("trees", model.named_steps["trees"].max_iter, _N_TREES)


def _shortened(what: str, n: int, n_of_all: int) -> str:
    return f"{n} of {n_of_all} {what}, for lack of time" if n < n_of_all else ""


def fit_other(problem: Problem, name: str) -> Pipeline:
    """Fit a model of another package, which cannot be cut short.

    Parameters
    ----------
    problem : Problem
        Of numbers and categories.
    name : str
        Of `OTHERS`.

    Returns
    -------
    model : Pipeline
    """
    preparation = make_tree_preparation(category_names(problem.columns))
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

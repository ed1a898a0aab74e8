"""The ensemble of networks that takes a table as it is and needs no tuning."""

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from sknn_tune.command_line.preparation import make_table_preparation
from sknn_tune.command_line.problem import Problem
from sknn_tune.command_line.scores import Metric
from sknn_tune.tabular import TabularMLPClassifier, TabularMLPRegressor

_WARM_UP_ROWS = 64


def make_table_network(problem: Problem, max_time: float) -> Pipeline:
    """Return the ensemble, which is to be fitted on the frame of a problem.

    Numbers and categories reach it untouched, dates and text as numbers.

    Parameters
    ----------
    problem : Problem
    max_time : float
        Seconds that its fit may take.

    Returns
    -------
    model : Pipeline
    """
    # Rows that must not be on both sides of a split must not be on both sides within it either.
    cv = problem.pairs if problem.has_design else None
    network = _kind(problem.task)(cv=cv, max_time=max(max_time, 1.0), n_jobs=-1, random_state=0)
    return Pipeline([*make_table_preparation(problem.columns).steps, ("network", network)])


def compile_table_kernels(task: str) -> None:
    """Fit a few made rows, which compiles the kernels or loads them from the cache.

    Parameters
    ----------
    task : {"classification", "regression"}
    """
    import pandas as pd

    numbers = np.linspace(-1, 1, _WARM_UP_ROWS)
    X = pd.DataFrame({"number": numbers, "category": ["u", "v"] * (_WARM_UP_ROWS // 2)})
    y = np.where(numbers > 0, "a", "b") if task == "classification" else numbers
    _kind(task)(n_members=2, max_epochs=1, random_state=0).fit(X, y).predict(X)


def unseen_figure(model: Pipeline, problem: Problem, metric: Metric) -> float | None:
    """Return the metric of the rows that configurations are compared on, predicted unseen.

    Parameters
    ----------
    model : Pipeline
        Fitted, of `make_table_network`.
    problem : Problem
    metric : Metric

    Returns
    -------
    figure : float or None
        None where some of the rows were seen by all members.
    """
    network = model.named_steps["network"]
    predicted = getattr(network, "oof_prediction_", None)
    if predicted is None:
        return None
    rows = np.concatenate([dev for _, dev in problem.pairs])
    truth = problem.y
    if problem.task == "classification":
        truth = np.searchsorted(network.classes_, problem.y)
    losses = metric.loss(truth[rows], np.asarray(predicted, dtype=float)[rows])
    return metric.of(losses, problem.y[rows]) if np.isfinite(losses).all() else None


def _kind(task: str) -> Any:
    return TabularMLPClassifier if task == "classification" else TabularMLPRegressor

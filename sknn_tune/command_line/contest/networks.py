"""The network that competes and is tuned: an ensemble that takes numbers and categories."""

from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import KFold

from sknn_tune.command_line.contest.problem import Problem
from sknn_tune.command_line.contest.scores import Metric
from sknn_tune.common.layer_sizes import hidden_layers
from sknn_tune.tabular import TabularMLPClassifier, TabularMLPRegressor
from sknn_tune.tabular.recipe import batch_size_for, epochs_for

# Members of a configuration that is tried, one of each of the two kinds that there are.
TRIED_MEMBERS = 2
# Times as many epochs as by default that are tried, up to so many: of many rows, more may gain.
_LONGER, _MOST_EPOCHS = (2, 4), 80
_TRIED_FOLDS = 5
_WARM_UP_ROWS = 64


def make_network(problem: Problem, max_time: float) -> Any:
    """Return the ensemble with its default settings, which is to be fitted on all rows.

    Parameters
    ----------
    problem : Problem
    max_time : float
        Seconds that its fit may take.

    Returns
    -------
    network : estimator
    """
    # Rows that must not be on both sides of a split must not be on both sides within it either.
    cv = problem.pairs if problem.has_design else None
    return _kind(problem.task)(cv=cv, max_time=max(max_time, 1.0), n_jobs=-1, random_state=0)


def make_tried_network(problem: Problem) -> Any:
    """Return the ensemble that stands for a configuration while many are compared.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    network : estimator
    """
    # Whole blocks of rows are held out where neighbours belong together.
    cv = KFold(_TRIED_FOLDS) if problem.has_design else None
    n_rows = len(problem.pairs[0][0])
    return _kind(problem.task)(
        n_members=TRIED_MEMBERS,
        max_epochs=epochs_for(n_rows, batch_size_for(n_rows)),
        cv=cv,
        n_jobs=-1,
        random_state=0,
    )


def choose_lengths(network: Any, affordable: float) -> list[int]:
    """Return numbers of epochs to choose from, the shortest first.

    Parameters
    ----------
    network : estimator
        Of `make_tried_network`.
    affordable : float
        How many times as long as the default network one may take.

    Returns
    -------
    lengths : list of int
    """
    n_epochs = network.max_epochs
    longer = [k * n_epochs for k in _LONGER if k <= affordable and k * n_epochs <= _MOST_EPOCHS]
    return [n_epochs, *longer]


def choose_widths(network: Any, offered: hidden_layers, affordable: float) -> hidden_layers:
    """Return a distribution of sizes of hidden layers that a search has time for.

    Parameters
    ----------
    network : estimator
        Of `make_tried_network`.
    offered : hidden_layers
        Which sizes to choose from.
    affordable : float
        How many times as long as the default network one may take.

    Returns
    -------
    widths : hidden_layers
        Those that are offered, but for layers so wide that the largest network takes longer; as
        wide as the default ones in any case.
    """
    # What a layer costs is the product of its width and that of the layer before.
    n_weights = sum(n * m for n, m in pairwise(network.hidden_layer_sizes))
    widest = (affordable * n_weights / (offered.n_layers[1] - 1)) ** 0.5
    units = int(np.clip(widest, max(network.hidden_layer_sizes), offered.units[1]))
    return hidden_layers(offered.n_layers, (offered.units[0], units))


def compile_kernels(task: str) -> None:
    """Fit a few made rows, which compiles the kernels or loads them from the cache.

    Parameters
    ----------
    task : {"classification", "regression"}
    """
    import pandas as pd

    numbers = np.linspace(-1, 1, _WARM_UP_ROWS)
    X = pd.DataFrame({"number": numbers, "category": ["u", "v"] * (_WARM_UP_ROWS // 2)})
    y = np.where(numbers > 0, "a", "b") if task == "classification" else numbers
    _kind(task)(n_members=TRIED_MEMBERS, max_epochs=1, random_state=0).fit(X, y).predict(X)


def average(networks: list[Any], problem: Problem) -> Any:
    """Return the average of fitted networks.

    Parameters
    ----------
    networks : list of estimator
    problem : Problem
        That they were fitted on.

    Returns
    -------
    average : estimator
        Fitted.
    """
    named = [(f"network{i}", FrozenEstimator(network)) for i, network in enumerate(networks, 1)]
    if problem.task == "regression":
        return VotingRegressor(named).fit(problem.X, problem.y)
    return VotingClassifier(named, voting="soft").fit(problem.X, problem.y)


def predict_unseen(network: Any) -> np.ndarray | None:
    """Return what a network predicts for the rows of its fit, each by members that lack it.

    Parameters
    ----------
    network : estimator
        Fitted.

    Returns
    -------
    prediction : ndarray of shape (n_rows,) or (n_rows, n_classes), or None
        None where some of the rows were seen by all members.
    """
    predicted = getattr(network, "oof_prediction_", None)
    return None if predicted is None else np.asarray(predicted, dtype=float)


def unseen_losses(predicted: np.ndarray, problem: Problem, metric: Metric) -> np.ndarray:
    """Return the loss of each row of what `predict_unseen` predicts."""
    truth = problem.y
    if problem.task == "classification":
        truth = np.searchsorted(np.unique(problem.y), problem.y)
    return metric.loss(truth, predicted)


def unseen_loss(predicted: np.ndarray, problem: Problem, metric: Metric) -> float:
    """Return how bad what `predict_unseen` predicts is by a metric; smaller is better."""
    sign = -1 if metric.larger_is_better else 1
    return sign * metric.of(unseen_losses(predicted, problem, metric), problem.y)


def _kind(task: str) -> Any:
    return TabularMLPClassifier if task == "classification" else TabularMLPRegressor

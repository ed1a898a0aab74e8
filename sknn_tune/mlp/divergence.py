"""Detects networks that have diverged: parameters or outputs that are not finite, or useless."""

import math
from typing import Any

import numpy as np
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning

from sknn_tune.common.caller import warn_caller
from sknn_tune.mlp.problem import Problem
from sknn_tune.network.blueprint import Network
from sknn_tune.network.layers import NORM_EPSILON
from sknn_tune.network.prediction import Predictor

#: A smaller mean of the sample weights may be the cause of a divergence.
_SMALL_WEIGHT = 1e-6
#: Predictions whose error is this many times that of predicting 0 are useless.
_FAR = 4.0


def divergence(problem: Problem) -> ValueError:
    """The error of a fit that diverges."""
    message = (
        "Solver produced non-finite parameter weights. The input data may contain large values "
        "and need to be preprocessed, or learning_rate_init is too high."
    )
    mean = problem.samples.weights.mean()
    if mean < _SMALL_WEIGHT:
        message += (
            f" Or the sample weights are too small: their mean, sample_weight times class_weight, "
            f"is {mean:.3g}, and the penalty is divided by their sum. Scale them to a mean of 1."
        )
    return ValueError(message)


def check_finite(network: Network, loss: float, problem: Problem) -> None:
    """Refuse a loss, or a network with a number, that is not finite."""
    _, theta, statistics = network
    if not (np.isfinite(loss) and np.isfinite(theta).all() and np.isfinite(statistics).all()):
        raise divergence(problem)


def check_outputs(network: Network, problem: Problem, rows: Any, loss: float | None) -> None:
    """Refuse a network whose scores are not finite, and warn of a useless one.

    A loss belongs to the parameters before a step, so the last parameters have not been checked
    by any loss. The scores are computed only if a bound on them does not settle the question:
    those before the link, which turns an infinite one into a probability.

    Parameters
    ----------
    network : Network
        After training.
    problem : Problem
        What it was fitted to.
    rows : slice or ndarray of int
        Some of the rows.
    loss : float or None
        Of the last epoch, if training has stopped by itself; None to allow a useless network.
    """
    X = problem.samples.X[rows]
    is_suspect = loss is not None and _is_suspect(problem, rows, loss)
    if _are_surely_finite(network, X) and not is_suspect:
        return
    scores = Predictor(*network, X, "identity")()
    if not np.isfinite(scores).all():
        raise divergence(problem)
    if is_suspect:
        _warn_if_useless(scores, problem.samples.targets[rows])


def _are_surely_finite(network: Network, X: Any) -> bool:
    """Whether a bound on the scores is far below the largest number of the dtype."""
    blueprint, theta, statistics = network
    largest, n_norms = float(np.abs(theta).max()), len(blueprint.norms)
    moments = float(np.abs(statistics).max(initial=0.0))
    values = X.data if scipy.sparse.issparse(X) else X
    bound = max(float(np.abs(values).max(initial=0.0)), largest, 1.0)
    # No activation of the table exceeds twice its input by more than 2, times its parameter.
    slope = 2.0 * max(1.0, *np.abs(blueprint.plan.params).tolist())
    for _, (fan_in, _) in blueprint.weights:
        before = bound
        bound = largest * (fan_in * bound + 1.0)
        if n_norms:
            bound = largest * ((max(bound, before) + moments) / math.sqrt(NORM_EPSILON) + 1.0)
        bound = slope * (bound + 1.0) + before * max(1.0, largest * fan_in)  # of a residual
    return bool(bound < float(np.finfo(theta.dtype).max) / 1e3)


def _is_suspect(problem: Problem, rows: Any, value: float) -> bool:
    """Whether a loss is so large that the predictions of some rows may be useless."""
    loss = problem.loss
    if loss.link != "identity":  # probabilities are bounded, and exp(score) may be large at first
        return False
    distance = np.sqrt(2.0 * value / loss.factor) if loss.name == "squared_error" else 100.0 * value
    return bool(distance > _FAR * _scale(problem.samples.targets[rows]))


def _scale(targets):
    """How large targets are, at least as large as the outputs of an untrained network."""
    with np.errstate(over="ignore"):
        return max(np.sqrt(np.mean(np.square(targets.astype(float)))), 1.0)


def _warn_if_useless(scores: np.ndarray, targets: np.ndarray) -> None:
    """Warn of predicted numbers that are much further from the targets than 0 is.

    Training ends like this if it makes no progress because of the scale of the inputs.
    """
    scale = _scale(targets)
    with np.errstate(over="ignore", invalid="ignore"):
        distance = np.sqrt(np.mean(np.square(scores.astype(float) - targets)))
    if distance > _FAR * scale:
        warn_caller(
            f"Training stopped at predictions that are off by {distance:.3g}, while y is of the "
            f"order of {scale:.3g}. Scale the features (StandardScaler) or change "
            "learning_rate_init.",
            ConvergenceWarning,
        )

"""Validation during training: the score for early stopping, and the best epoch."""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import check_scoring

from sknn_tune.mlp.samples import Samples
from sknn_tune.network.blueprint import Network
from sknn_tune.network.context import Objective
from sknn_tune.network.prediction import Evaluator


class Score(NamedTuple):
    """A validation score, larger is better."""

    #: (loss, predictions, samples) -> score
    function: Callable[[float, np.ndarray, Samples], float]
    #: Whether it looks at the rows as a user gave them.
    uses_given: bool


class Validation:
    """Scores a validation set and keeps the parameters of the best epoch.

    Parameters
    ----------
    network : Network
        The parameters while they change, in the blueprint for input like that of the samples.
    samples : Samples
        The rows.
    objective : Objective
        What training minimises.
    score : Score
        The score.
    """

    def __init__(
        self, network: Network, samples: Samples, objective: Objective, score: Score
    ) -> None:
        self._samples, self._score = samples, score
        self._parameters = network[1:]
        self._evaluate = Evaluator(*network, *samples.arrays, objective)
        self.remember()

    def measure(self) -> tuple[float, float]:
        """Loss and score of the present parameters; both NaN where predictions are not finite."""
        loss, predictions = self._evaluate()
        if not np.isfinite(predictions).all():
            return np.nan, np.nan
        return loss, self._score.function(loss, predictions, self._samples)

    def remember(self) -> None:
        """Keep the present parameters as the best."""
        self._best = [part.copy() for part in self._parameters]

    def restore_best(self) -> list[np.ndarray]:
        """Return to the best parameters; returns those of the last epoch."""
        last = [part.copy() for part in self._parameters]
        for part, best in zip(self._parameters, self._best, strict=True):
            part[:] = best
        return last


def make_score(estimator: Any, default: Callable[..., float]) -> Score:
    """The validation score that an estimator's ``scoring`` asks for.

    Parameters
    ----------
    estimator : BaseMLP
        A scorer gets it in the middle of its fit.
    default : callable
        ``(predictions, targets, weights) -> score``, for ``scoring=None``.
    """
    if estimator.scoring == "loss":
        return Score(lambda loss, predictions, samples: -loss, uses_given=False)
    if estimator.scoring is None:
        return Score(
            lambda loss, predictions, samples: default(
                predictions, samples.targets, samples.weights
            ),
            uses_given=False,
        )
    scorer = check_scoring(estimator, estimator.scoring)
    takes_weights = _takes_weights(scorer)

    def score(loss, predictions, samples):
        X, y, sample_weight = samples.given
        if sample_weight is None or not takes_weights:
            return float(scorer(estimator, X, y))
        return float(scorer(estimator, X, y, sample_weight=sample_weight))

    return Score(score, uses_given=True)


def _takes_weights(scorer):
    parameters = inspect.signature(scorer).parameters
    kinds = {parameter.kind for parameter in parameters.values()}
    return "sample_weight" in parameters or inspect.Parameter.VAR_KEYWORD in kinds

"""Validation during training: the score that stops it, and the epoch worth keeping."""

import inspect

import numpy as np
from sklearn.metrics import check_scoring

from sknn_tune.network.training import Evaluator


class Validation:
    """Measures samples that are not learnt from and keeps the parameters of the best epoch.

    Parameters
    ----------
    estimator : BaseMLP
        Whose ``scoring`` is used; a scorer gets the estimator itself, in the midst of its fit.
    network : Network
        The parameters while they change.
    samples : Samples
        The rows.
    objective : Objective
        What training minimises.
    """

    def __init__(self, estimator, network, samples, objective):
        self._estimator, self._samples = estimator, samples
        self._parameters = network[1:]
        self._evaluate = Evaluator(*network, *samples[:3], objective)
        self._scorer = _scorer(estimator)
        self.remember()

    def measure(self):
        """Loss and score of the present parameters; both NaN where predictions are not finite."""
        loss, predictions = self._evaluate()
        if not np.isfinite(predictions).all():
            return np.nan, np.nan
        if self._scorer is not None:
            return loss, float(self._scorer(self._estimator, *self._samples.given))
        if self._estimator.scoring == "loss":
            return loss, -loss
        samples = self._samples
        score = self._estimator._validation_score(predictions, samples.targets, samples.weights)
        return loss, score

    def remember(self, best=None):
        """Keep the present parameters, or those given, as the best."""
        self._best = [part.copy() for part in best or self._parameters]

    def restore_best(self):
        """Return to the best parameters; returns those of the last epoch."""
        last = [part.copy() for part in self._parameters]
        for part, best in zip(self._parameters, self._best, strict=True):
            part[:] = best
        return last


def _scorer(estimator):
    """``(estimator, X, y, sample_weight) -> score``; None for what needs no scorer."""
    if estimator.scoring in (None, "loss"):
        return None
    scorer = check_scoring(estimator, estimator.scoring)

    def score(estimator, X, y, sample_weight):
        if sample_weight is None or not _takes_weights(scorer):
            return scorer(estimator, X, y)
        return scorer(estimator, X, y, sample_weight=sample_weight)

    return score


def _takes_weights(scorer):
    parameters = inspect.signature(scorer).parameters
    kinds = {parameter.kind for parameter in parameters.values()}
    return "sample_weight" in parameters or inspect.Parameter.VAR_KEYWORD in kinds

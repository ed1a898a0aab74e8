"""Curves and counters of a training."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sknn_tune.network.progress import Progress

#: Fitted attributes of the stochastic solvers that 'lbfgs' does not set.
CURVES = (
    "loss_curve_",
    "learning_rate_curve_",
    "best_loss_",
    "validation_loss_curve_",
    "validation_scores_",
    "best_validation_score_",
)


@dataclass
class History:
    """Curves and counters of a training.

    Attributes
    ----------
    n_epochs : int
        Epochs of this fit; of all fits where a training is continued exactly.
    losses, rates : list of float
        Loss and mean learning rate of each epoch, over all fits.
    validation_losses, scores : list of float or None
        The same of the validation set; None where there is none.
    best_loss, best_score : float or None
        The best so far; None where it does not apply.
    n_without_progress : int
        Epochs in a row without an improvement by ``tol``.
    n_samples_seen : int
        Rows that training has seen over all fits, repetitions counted.
    """

    n_epochs: int = 0
    losses: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    best_loss: float | None = None
    validation_losses: list[float] | None = None
    scores: list[float] | None = None
    best_score: float | None = None
    n_without_progress: int = 0
    n_samples_seen: int = 0

    @classmethod
    def of(cls, attributes: Mapping[str, Any], n_without_progress: int = 0) -> "History":
        """The history that a fitted estimator shows, without the epochs of its last fit."""
        if "loss_curve_" not in attributes:  # as after 'lbfgs'
            return cls(n_samples_seen=attributes["t_"])
        return cls(
            losses=attributes["loss_curve_"],
            rates=attributes["learning_rate_curve_"],
            best_loss=attributes["best_loss_"],
            validation_losses=attributes["validation_loss_curve_"],
            scores=attributes["validation_scores_"],
            best_score=attributes["best_validation_score_"],
            n_without_progress=n_without_progress,
            n_samples_seen=attributes["t_"],
        )

    def prepare(self, *, early_stopping: bool, has_validation: bool, same_validation: bool) -> None:
        """Open curves that this fit adds and drop what it cannot be compared with.

        Parameters
        ----------
        early_stopping : bool
            Whether the validation score decides on progress, not the loss.
        has_validation : bool
            Whether there is a validation set.
        same_validation : bool
            Whether earlier scores are of the same validation set.
        """
        if early_stopping:
            self.best_loss = None
        elif self.best_loss is None:
            self.best_loss = np.inf
        if not has_validation:
            if not same_validation:
                self.scores = self.validation_losses = self.best_score = None
        elif self.scores is None:
            self.scores, self.validation_losses, self.best_score = [], [], -np.inf
        elif not same_validation:
            self.best_score, self.n_without_progress = -np.inf, 0

    def add_epochs(self, losses: list[float], rate: float, n_samples_seen: int) -> None:
        """Record the losses of epochs, their mean learning rate, and the rows seen so far."""
        self.n_epochs += len(losses)
        self.n_samples_seen = n_samples_seen
        self.losses += losses
        self.rates += [rate] * len(losses)

    def add_validation(self, loss: float, score: float) -> None:
        """Record loss and score of the validation set after an epoch."""
        assert self.validation_losses is not None
        assert self.scores is not None
        assert self.best_score is not None
        self.validation_losses.append(loss)
        self.scores.append(score)
        if score > self.best_score:
            self.best_score = score

    def progress(self, tol: float, patience: float) -> Progress:
        """Where the loss stands, for the epochs that follow."""
        lowest = np.inf if self.best_loss is None else self.best_loss
        return Progress(lowest, self.n_without_progress, tol, patience)

    def follow(self, progress: Progress) -> None:
        """Take over what the epochs have made of the progress."""
        self.best_loss, self.n_without_progress = progress.lowest, progress.n_fruitless

    def count(self, has_progressed: bool) -> None:
        """Count the epochs in a row without progress."""
        self.n_without_progress = 0 if has_progressed else self.n_without_progress + 1

    def attributes(self) -> dict[str, Any]:
        """The fitted attributes of an estimator that has this history."""
        attributes: dict[str, Any] = {
            "n_iter_": self.n_epochs,
            "t_": self.n_samples_seen,
            "loss_curve_": self.losses,
            "learning_rate_curve_": self.rates,
            "best_loss_": self.best_loss,
            "validation_loss_curve_": self.validation_losses,
            "validation_scores_": self.scores,
            "best_validation_score_": self.best_score,
        }
        if self.losses:
            attributes["loss_"] = self.losses[-1]
        return attributes

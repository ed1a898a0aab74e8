"""Predictions of the members for the rows that they leave out."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit, softmax

from sknn_tune.mlp.configuration import LossOption
from sknn_tune.tabular.member import Rows, summed_loss

LINKS = {
    "identity": lambda z: z,
    "exp": np.exp,
    "logistic": expit,
    "softmax": lambda z: softmax(z, axis=1),
}
_TINY = 1e-15
#: From predictions back to raw scores.
_INVERSES = {
    "identity": lambda p: p,
    "exp": lambda p: np.log(np.maximum(p, _TINY)),
    "logistic": lambda p: logit(np.clip(p, _TINY, 1.0 - _TINY)),
    "softmax": lambda p: np.log(np.maximum(p, _TINY)),
}


class Part(NamedTuple):
    """One member's share."""

    kind: int  #: of the member
    rows: np.ndarray  #: int, those that it does not see
    scores: np.ndarray  #: float64 (len(rows), n_outputs), raw


@dataclass(frozen=True)
class UnseenScores:
    """Raw scores of rows by members that have not seen them.

    Attributes
    ----------
    parts : list of Part
        One for each member.
    n_rows : int
        Of the table.
    link : str
        From raw scores to predictions.
    """

    parts: list[Part]
    n_rows: int
    link: str

    @property
    def kinds(self) -> np.ndarray:
        """Kind of each member."""
        return np.array([part.kind for part in self.parts])

    def covers(self, present: np.ndarray, kind: int | None = None) -> bool:
        """Whether each row that has a weight is unseen by some member, one of a kind if given."""
        counts = np.zeros(self.n_rows, dtype=int)
        for part in self.parts:
            counts[part.rows] += kind is None or part.kind == kind
        return bool(counts[present].all())

    def predictions(
        self, temperature: float = 1.0, weights: np.ndarray | None = None
    ) -> np.ndarray:
        """Mean prediction of each row by the members that have not seen it; NaN without one.

        Parameters
        ----------
        temperature : float
            What raw scores are divided by.
        weights : ndarray of shape (n_members,), default=None
            Of the members in the mean; None weighs all alike.
        """
        n_outputs = self.parts[0].scores.shape[1]
        total, sums = np.zeros((self.n_rows, n_outputs)), np.zeros((self.n_rows, 1))
        weights = np.ones(len(self.parts)) if weights is None else weights
        for part, weight in zip(self.parts, weights.tolist(), strict=True):
            total[part.rows] += weight * LINKS[self.link](part.scores / temperature)
            sums[part.rows] += weight
        with np.errstate(invalid="ignore", divide="ignore"):
            return total / np.where(sums > 0, sums, np.nan)


class UnseenLoss:
    """Mean loss of predictions of the rows that have a weight.

    Parameters
    ----------
    rows : Rows
        Targets and weights.
    measure : LossOption
        The loss.
    n_outputs : int
        Of a member.
    """

    def __init__(self, rows: Rows, measure: LossOption, n_outputs: int) -> None:
        self.present = rows.weights > 0
        parts = (rows.targets[self.present], rows.weights[self.present])
        targets, weights = (part.astype(np.float64) for part in parts)
        self._to_scores = _INVERSES[measure.link]
        self._sum = summed_loss(measure, n_outputs, Rows(targets[:, :0], targets, weights))
        self._weight = float(weights.sum())

    def __call__(self, predictions: np.ndarray) -> float:
        """Mean loss of predictions of shape (n_rows, n_outputs)."""
        return self._sum(self._to_scores(predictions[self.present])) / self._weight

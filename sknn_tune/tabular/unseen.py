"""What members predict for the rows that they do not see."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, softmax

#: The temperature lies between the exponentials of minus and plus this.
_WIDEST_LOG_TEMPERATURE = 2.0

LINKS = {
    "identity": lambda z: z,
    "exp": np.exp,
    "logistic": expit,
    "softmax": lambda z: softmax(z, axis=1),
}


class Part(NamedTuple):
    """One member's share."""

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

    def covers(self, present: np.ndarray) -> bool:
        """Whether each row that has a weight is unseen by some member."""
        counts = np.zeros(self.n_rows, dtype=int)
        for part in self.parts:
            counts[part.rows] += 1
        return bool(counts[present].all())

    def predictions(self, temperature: float = 1.0) -> np.ndarray:
        """Mean prediction of each row by the members that have not seen it; NaN without one."""
        n_outputs = self.parts[0].scores.shape[1]
        total, counts = np.zeros((self.n_rows, n_outputs)), np.zeros((self.n_rows, 1))
        for part in self.parts:
            total[part.rows] += LINKS[self.link](part.scores / temperature)
            counts[part.rows] += 1
        with np.errstate(invalid="ignore", divide="ignore"):
            return total / np.where(counts > 0, counts, np.nan)


def best_temperature(unseen: UnseenScores, targets: np.ndarray, weights: np.ndarray) -> float:
    """The temperature of least log-loss on unseen rows (Guo et al. 2017, arXiv:1706.04599).

    Parameters
    ----------
    unseen : UnseenScores
        Of classes.
    targets : ndarray of shape (n_rows, n_targets)
        Numbers of classes, or 0 and 1 for each label.
    weights : ndarray of shape (n_rows,)
        Weights of the rows; those of 0 do not count.
    """
    present = np.flatnonzero(weights > 0)

    def loss(log_temperature):
        p = unseen.predictions(float(np.exp(log_temperature)))[present]
        of_truth = _probability_of_truth(p, targets[present], unseen.link)
        losses = -np.log(np.clip(of_truth, 1e-12, 1.0)).mean(axis=1)
        return float(np.average(losses, weights=weights[present]))

    bounds = (-_WIDEST_LOG_TEMPERATURE, _WIDEST_LOG_TEMPERATURE)
    result = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-9})
    return float(np.exp(result.x))


def _probability_of_truth(p, targets, link):
    if link == "softmax":
        return np.take_along_axis(p, targets.astype(int), axis=1)
    return np.where(targets > 0, p, 1.0 - p)

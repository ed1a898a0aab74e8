"""What is fitted to the predictions of unseen rows: a temperature, and the weights of members."""

import numpy as np
from scipy.optimize import minimize_scalar

from sknn_tune.tabular.unseen import UnseenLoss, UnseenScores

#: The temperature lies between the exponentials of minus and plus this.
_WIDEST_LOG_TEMPERATURE = 2.0


def best_temperature(unseen: UnseenScores, loss: UnseenLoss, weights: np.ndarray) -> float:
    """The temperature of least log-loss on unseen rows (Guo et al. 2017, arXiv:1706.04599).

    Parameters
    ----------
    unseen : UnseenScores
        Of classes.
    loss : UnseenLoss
        Log-loss.
    weights : ndarray of shape (n_members,)
        Of the members.
    """

    def loss_at(log_temperature):
        return loss(unseen.predictions(float(np.exp(log_temperature)), weights))

    bounds = (-_WIDEST_LOG_TEMPERATURE, _WIDEST_LOG_TEMPERATURE)
    result = minimize_scalar(loss_at, bounds=bounds, method="bounded", options={"xatol": 1e-9})
    return float(np.exp(result.x))


def best_weights(unseen: UnseenScores, loss: UnseenLoss, temperature: float = 1.0) -> np.ndarray:
    """Weights of the members, the same for all of a kind, of least loss on unseen rows.

    Stacking (Wolpert 1992; Breiman 1996, "Stacked Regressions") with a single number to learn, so
    that even few rows tell. Where the kinds have not left the same rows unseen, all weigh alike.

    Parameters
    ----------
    unseen : UnseenScores
    loss : UnseenLoss
    temperature : float, default=1.0
        What raw scores are divided by.

    Returns
    -------
    weights : ndarray of shape (n_members,)
        Their sum is 1.
    """
    kinds = unseen.kinds
    if not all(unseen.covers(loss.present, kind) for kind in (0, 1)):
        return np.full(len(kinds), 1.0 / len(kinds))
    first, second = ((kinds == kind) / np.sum(kinds == kind) for kind in (0, 1))
    parts = [unseen.predictions(temperature, weights) for weights in (first, second)]

    def loss_at(share):
        return loss(share * parts[0] + (1.0 - share) * parts[1])

    share = minimize_scalar(loss_at, bounds=(0, 1), method="bounded", options={"xatol": 1e-9}).x
    return share * first + (1.0 - share) * second

"""Permutation importance of each column, measured on rows that the members have not seen.

Breiman 2001, "Random Forests", section 10. On training rows a column could seem important only
because the network has overfitted to it.
"""

from dataclasses import dataclass, replace

import numpy as np

from sknn_tune.mlp.configuration import LossOption
from sknn_tune.network.prediction import Predictor
from sknn_tune.tabular.ensemble import Ensemble
from sknn_tune.tabular.folds import Split
from sknn_tune.tabular.member import Rows, summed_loss

#: Rows that are kept, and how often each column is shuffled.
MOST_ROWS, N_SHUFFLES = 1000, 3


@dataclass(frozen=True)
class UnseenRows:
    """A few encoded rows, and the members that were not trained on them.

    Attributes
    ----------
    inputs, targets, weights : ndarray
        The rows.
    unseen_by : ndarray of bool, shape (n_rows, n_members)
        Whether a member was not trained on a row.
    """

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    unseen_by: np.ndarray

    @classmethod
    def of(cls, rows: Rows, splits: list[Split]) -> "UnseenRows":
        """Keep some of the rows to learn from, evenly over the table."""
        unseen_by = np.zeros((len(rows.weights), len(splits)), dtype=bool)
        for m, split in enumerate(splits):
            unseen_by[split.held_out, m] = True
        candidates = np.flatnonzero(unseen_by.any(axis=1))
        places = np.linspace(0, len(candidates) - 1, min(len(candidates), MOST_ROWS)).astype(int)
        kept = candidates[places]
        return cls(*rows.take(kept), unseen_by[kept])

    def of_members(self, members: np.ndarray) -> "UnseenRows":
        """The same rows for some of the members, given by their numbers."""
        return replace(self, unseen_by=self.unseen_by[:, members])


def permutation_importances(
    ensemble: Ensemble, unseen: UnseenRows, measure: LossOption, columns: list[np.ndarray]
) -> np.ndarray:
    """Mean rise of the loss on unseen rows where columns are shuffled.

    Parameters
    ----------
    ensemble : Ensemble
    unseen : UnseenRows
    measure : LossOption
        The loss.
    columns : list of ndarray of int
        Encoded columns of each column of the table.
    """
    random_state = np.random.RandomState(0)
    orders = [random_state.permutation(len(unseen.weights)) for _ in range(N_SHUFFLES)]
    before = _loss(ensemble, unseen, measure, unseen.inputs)
    rises = np.zeros(len(columns))
    for j, own in enumerate(columns):
        for order in orders:
            shuffled = unseen.inputs.copy()
            shuffled[:, own] = unseen.inputs[order][:, own]
            rises[j] += (_loss(ensemble, unseen, measure, shuffled) - before) / N_SHUFFLES
    return rises


def _loss(ensemble, unseen, measure, inputs):
    """Mean loss of members on rows that they have not seen."""
    total, weight = 0.0, 0.0
    for m, (blueprint, theta) in enumerate(
        zip(ensemble.blueprints(), ensemble.thetas, strict=True)
    ):
        rows = unseen.unseen_by[:, m]
        if not rows.any():
            continue
        nothing = np.empty(0, theta.dtype)
        own = Rows(inputs[rows], unseen.targets[rows], unseen.weights[rows])
        scores = Predictor(blueprint, theta, nothing, own.inputs, "identity")()
        share = float(ensemble.weights[m])
        total += share * summed_loss(measure, scores.shape[1], own)(scores)
        weight += share * float(own.weights.sum(dtype=np.float64))
    return total / weight

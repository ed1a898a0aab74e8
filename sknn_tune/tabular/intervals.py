"""Conformal intervals and quantiles from the out-of-fold errors.

Conformal prediction (Vovk, Gammerman and Shafer 2005): a share of new errors lies within the same
share of the errors on unseen rows. Errors grow with the size of what is predicted in
most tables, so each is divided by how large errors are at a prediction of its size, learnt from
the same rows (Lei et al. 2018, arXiv:1604.04173, section 5.2).
"""

from dataclasses import dataclass

import numpy as np

#: Rows that a local size of errors is averaged over, at least.
_NEIGHBOURS = 100
#: Places between which the size of errors is interpolated.
_N_KNOTS = 12


@dataclass(frozen=True)
class Residuals:
    """Errors of one output on unseen rows, relative to their usual size.

    Attributes
    ----------
    knots, sizes : ndarray of shape (n_knots,)
        Predictions, and the usual size of errors at each.
    ordered : ndarray of shape (n_rows,)
        Errors divided by their usual size, sorted.
    cumulative : ndarray of shape (n_rows,)
        Share of the weight up to each.
    ordered_outside, cumulative_outside : ndarray of shape (n_rows,)
        The same of how far the truth lies outside what was predicted; negative inside.
    """

    knots: np.ndarray
    sizes: np.ndarray
    ordered: np.ndarray
    cumulative: np.ndarray
    ordered_outside: np.ndarray
    cumulative_outside: np.ndarray

    @classmethod
    def learn(
        cls, y: np.ndarray, low: np.ndarray, high: np.ndarray, weights: np.ndarray
    ) -> "Residuals":
        """Learn from the truth of one output and between what it was predicted to be."""
        middle, half = (low + high) / 2, (high - low) / 2
        errors = y - middle
        knots, sizes = _local_sizes(middle, np.abs(errors), weights)
        size = np.interp(middle, knots, sizes)
        outside = (np.abs(errors) - half) / size
        return cls(
            knots,
            sizes,
            *_distribution(errors / size, weights),
            *_distribution(outside, weights),
        )

    def size_at(self, predictions: np.ndarray) -> np.ndarray:
        """Usual size of errors at predictions."""
        return np.interp(predictions, self.knots, self.sizes)

    def bound(self, coverage: float) -> float:
        """How far outside, relatively, a share of new targets lies at most."""
        n = len(self.ordered)
        share = min(1.0, coverage * (n + 1) / n)  # the new row counts too
        return float(_quantile(self.ordered_outside, self.cumulative_outside, share))

    def quantile(self, share: float) -> float:
        """Relative error that a share of new errors lies below."""
        return float(_quantile(self.ordered, self.cumulative, share))


def _local_sizes(predictions, errors, weights):
    """Mean absolute errors of neighbours in the order of the prediction, at a few places."""
    n_knots = int(np.clip(len(errors) // _NEIGHBOURS, 1, _N_KNOTS))
    groups = np.array_split(np.argsort(predictions, kind="stable"), n_knots)
    overall = max(float(np.average(errors, weights=weights)), np.finfo(float).tiny)
    knots = np.array([np.average(predictions[g], weights=weights[g]) for g in groups])
    sizes = np.array([np.average(errors[g], weights=weights[g]) for g in groups])
    return knots, np.maximum(sizes, 0.1 * overall)


def _distribution(values, weights):
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order], dtype=np.float64)
    return values[order], cumulative / cumulative[-1]


def _quantile(ordered, cumulative, share):
    place = np.searchsorted(cumulative, share * (1 - 1e-12))
    return ordered[min(place, len(ordered) - 1)]

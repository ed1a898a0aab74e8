"""Log expected hypervolume improvement of independent models, one for each objective.

What lies beyond the front is divided into boxes from l to u. A point y adds to a box the volume
prod_i (min(y_i, u_i) - l_i)+, and for independent normal y_i the expectation of the product is
the product of the expectations, std_i (h((mean_i - l_i) / std_i) - h((mean_i - u_i) / std_i))
with h of `acquisition`: exact, for any number of objectives (Emmerich et al. 2011, Yang et al.
2019, Global Optimization 75). Its logarithm as in Ament et al. 2023, arXiv 2310.20708.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, logsumexp

from sknn_tune.common.dominance import non_dominated
from sknn_tune.search.engine.acquisition import LOG_SQRT_2PI, Posterior, log_h
from sknn_tune.search.engine.gaussian_process import Floats
from sknn_tune.search.engine.pareto import boxes_beyond, hypervolume

# The reference point lies below the worst posterior mean by this share of the range.
MARGIN = 0.1


class ExpectedHypervolumeImprovement:
    """Log expected hypervolume improvement, averaged over fantasies.

    The improvement is over the front of the posterior means at the observed points, not of the
    scores, which may be noise.

    Parameters
    ----------
    posteriors : list of Posterior
        One for each objective, with the same observed points and the same number of columns.
    """

    def __init__(self, posteriors: Sequence[Posterior]):
        self._posteriors = posteriors
        self._observed = np.stack([p.at_observed() for p in posteriors], axis=-1)
        self._fronts = [_Front(values) for values in np.moveaxis(self._observed, 1, 0)]

    def order_of_observed(self) -> NDArray[np.intp]:
        """Return the observed points, those first whose loss would cost the most volume."""
        values = self._observed.mean(axis=1)
        reference = _reference(values)
        front = np.flatnonzero(non_dominated(values))
        whole = hypervolume(values[front], reference)
        losses = np.zeros(len(values))
        losses[front] = [whole - hypervolume(values[front[front != i]], reference) for i in front]
        return np.argsort(-losses, kind="stable")

    def __call__(self, X: Floats) -> Floats:
        """Return the log acquisition, (len(X),)."""
        return self._average_over_fronts([p.predict(X) for p in self._posteriors])

    def by_trials(self, X: Floats, at: Floats) -> Floats:
        """Return the log improvement of the posterior means at X that observations will bring.

        One at each row of `at`, on its own, as in `ExpectedImprovement.by_trials`.
        """
        return self._average_over_fronts([p.predict_shift(X, at) for p in self._posteriors])

    def _average_over_fronts(self, predictions: Sequence[tuple[Floats, Floats]]) -> Floats:
        means, stds = zip(*predictions, strict=True)
        parts = [
            front.log_improvement(np.column_stack([m[:, j] for m in means]), np.column_stack(stds))
            for j, front in enumerate(self._fronts)
        ]
        return logsumexp(parts, axis=0) - np.log(len(parts))

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """Return the log acquisition, (len(X),), and its gradient by X, of the shape of X."""
        predicted = [p.predict_with_gradient(X) for p in self._posteriors]
        std = np.column_stack([p[1] for p in predicted])
        std_slope = np.stack([p[3] for p in predicted], axis=1)
        values, gradients = [], []
        for j, front in enumerate(self._fronts):
            mean = np.column_stack([p[0][:, j] for p in predicted])
            mean_slope = np.stack([p[2][:, :, j] for p in predicted], axis=1)
            value, by_mean, by_std = front.with_derivatives(mean, std)
            values.append(value)
            gradients.append(
                np.einsum("ni,nif->nf", by_mean, mean_slope)
                + np.einsum("ni,nif->nf", by_std, std_slope)
            )
        value = logsumexp(values, axis=0) - np.log(len(values))
        shares = np.exp(np.array(values) - value) / len(values)
        return value, np.einsum("jn,jnf->nf", shares, np.array(gradients))


class _Front:
    """The boxes beyond some points; m objectives, k boxes, n candidates.

    Parameters
    ----------
    points : ndarray, shape (n_points, m)
    """

    def __init__(self, points: Floats):
        lower, upper = boxes_beyond(points[non_dominated(points)], _reference(points))
        # Boxes share their edges, and what is computed of an edge.
        self._edges: list[Floats] = []
        self._places: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
        for low, high in zip(lower.T, upper.T, strict=True):
            edges, places = np.unique(np.r_[low, high], return_inverse=True)
            self._edges.append(edges)
            self._places.append((places[: len(low)], places[len(low) :]))

    def log_improvement(self, mean: Floats, std: Floats) -> Floats:
        """Return the log of the expected volume, (n,), of `mean` and `std`, (n, m)."""
        return logsumexp(self._log_sides(mean, std).sum(axis=0), axis=1)

    def with_derivatives(self, mean: Floats, std: Floats) -> tuple[Floats, Floats, Floats]:
        """Return `log_improvement` and its derivatives by `mean` and by `std`, (n, m)."""
        sides = self._log_sides(mean, std)
        volumes = sides.sum(axis=0)
        value = logsumexp(volumes, axis=1)
        shares = volumes - value[:, None]
        by_mean, by_std = np.empty_like(mean), np.empty_like(std)
        for i, (edges, (low, high)) in enumerate(zip(self._edges, self._places, strict=True)):
            z = _standardised(mean[:, i], std[:, i], edges)
            # d side / d mean = Phi(z_low) - Phi(z_high), d side / d std = phi(z_low) - phi(z_high).
            cumulative, density = log_ndtr(z), -0.5 * z * z - LOG_SQRT_2PI
            scale = shares - np.where(np.isfinite(shares), sides[i], 0.0)
            by_mean[:, i] = _sum_of_differences(cumulative, low, high, scale)
            by_std[:, i] = _sum_of_differences(density, low, high, scale)
        return value, by_mean, by_std

    def _log_sides(self, mean: Floats, std: Floats) -> Floats:
        """Return the logs of the expected sides of all boxes, (m, n, k)."""
        sides = []
        for i, (edges, (low, high)) in enumerate(zip(self._edges, self._places, strict=True)):
            z = _standardised(mean[:, i], std[:, i], edges)
            is_finite = np.isfinite(z)
            log_gain = np.where(is_finite, log_h(np.where(is_finite, z, 0.0)), -np.inf)
            near = log_gain[:, low]
            steps = np.minimum(log_gain[:, high] - near, 0.0)  # rounding may turn them round
            with np.errstate(divide="ignore"):  # a box too narrow to differ from none
                sides.append(np.log(std[:, i, None]) + near + np.log(-np.expm1(steps)))
        return np.array(sides)


def _reference(points: Floats) -> Floats:
    """The point from which volumes are counted."""
    return points.min(axis=0) - MARGIN * np.ptp(points, axis=0) - 1e-9


def _standardised(mean: Floats, std: Floats, edges: Floats) -> Floats:
    return (mean[:, None] - edges) / std[:, None]


def _sum_of_differences(
    log_values: Floats, low: NDArray[np.intp], high: NDArray[np.intp], log_scale: Floats
) -> Floats:
    """Return the sum over boxes of (values at the lower edge - at the upper one) * scale."""
    near, far = (np.exp(log_values[:, at] + log_scale) for at in (low, high))
    return (near - far).sum(axis=1)

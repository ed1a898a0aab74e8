"""Log expected improvement (Ament et al. 2023, arXiv 2310.20708), for maximisation.

With z = (mean - best) / std the expected improvement is std h(z), h(z) = phi(z) + z Phi(z). Its
logarithm is finite and has a gradient where the improvement itself underflows.
"""

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfcx, log_ndtr, logsumexp, ndtr

from sknn_tune.search.engine.gaussian_process import Floats

LOG_SQRT_2PI = 0.5 * np.log(2.0 * np.pi)
# Left of -SERIES, 1 - x R(x) (R: Mills ratio) loses digits; its asymptotic series takes over.
SERIES = 14.0
# 1 - x R(x) = sum of (-1)^k (2k+1)!! / x^(2k+2)
SERIES_COEFFICIENTS = np.cumprod([1.0] + [-(2.0 * k + 1.0) for k in range(1, 14)])


def log_h(z: ArrayLike) -> Floats:
    """Return log(phi(z) + z Phi(z)) to double precision for all z.

    Parameters
    ----------
    z : array-like of float

    Returns
    -------
    ndarray of float, of the shape of z
    """
    z = np.asarray(z, dtype=float)
    x = np.minimum(z, -1.0)
    out = -0.5 * x * x - LOG_SQRT_2PI + _log_mills_gap(-x)
    near = z > -1.0
    if near.any():
        x = z[near]
        out = np.array(out)
        out[near] = np.log(np.exp(-0.5 * x * x - LOG_SQRT_2PI) + x * ndtr(x))
    return out


def _log_mills_gap(x: Floats) -> Floats:
    """Return log(1 - x R(x)) for x >= 1, where R(x) = Phi(-x) / phi(x)."""
    inverse_square = 1.0 / (x * x)
    far = np.log(
        inverse_square
        * np.polynomial.polynomial.polyval(
            np.minimum(inverse_square, SERIES**-2), SERIES_COEFFICIENTS
        )
    )
    ratio = np.sqrt(np.pi / 2) * x * erfcx(x / np.sqrt(2.0))
    return np.where(x > SERIES, far, np.log1p(-np.where(x > SERIES, 0.0, ratio)))


def log_expected_improvement(mean: Floats, std: Floats, best: Floats | float) -> Floats:
    """Return log E[max(f - best, 0)] for f normal with `mean` and `std`; arguments broadcast."""
    return log_h((mean - best) / std) + np.log(std)


class Posterior(Protocol):
    """What the acquisition asks of a model; `X` are features, m columns of y are alternatives."""

    def predict(self, X: Floats) -> tuple[Floats, Floats]:
        """Return mean, (len(X), m), and standard deviation, (len(X),)."""

    def predict_with_gradient(self, X: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return `predict` and the gradients of both."""

    def predict_shift(self, X: Floats, at: Floats) -> tuple[Floats, Floats]:
        """Return the mean, and the standard deviation of what an observation will add to it."""

    def at_observed(self) -> Floats:
        """Return the posterior mean at the observed points, (n, m)."""


class Acquisition(Protocol):
    """How much is expected of points, of which `maximize` finds the best."""

    def __call__(self, X: Floats) -> Floats:
        """Return the log acquisition, (len(X),)."""

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """Return the log acquisition, (len(X),), and its gradient by X, of the shape of X."""

    def by_trials(self, X: Floats, at: Floats) -> Floats:
        """Return the log acquisition at X with what observations at rows of `at` would tell."""

    def order_of_observed(self) -> NDArray[np.intp]:
        """Return the observed points, those first around which to search."""


class ExpectedImprovement:
    """Log expected improvement of a Gaussian process, averaged over its columns of y.

    Columns are fantasies: possible scores of configurations that are still running. The
    improvement is over the best posterior mean among the observed points, not over the best
    score, which may be noise.

    Parameters
    ----------
    posterior : Posterior

    Attributes
    ----------
    at_observed : ndarray, shape (n, m)
        Posterior means at the observed points.
    """

    def __init__(self, posterior: Posterior):
        self._posterior = posterior
        self.at_observed = posterior.at_observed()
        self._best = self.at_observed.max(axis=0)

    def order_of_observed(self) -> NDArray[np.intp]:
        """Return the observed points, those of the best posterior mean first."""
        return np.argsort(-self.at_observed.mean(axis=1), kind="stable")

    def __call__(self, X: Floats) -> Floats:
        """Return the log acquisition, (len(X),)."""
        mean, std = self._posterior.predict(X)
        return _average(log_expected_improvement(mean, std[:, None], self._best))

    def by_trials(self, X: Floats, at: Floats) -> Floats:
        """Return the log improvement of the posterior mean at X that observations will bring.

        One at each row of `at`, on its own: the knowledge gradient (Frazier et al. 2009), were X
        the only place whose mean it moves.

        Parameters
        ----------
        X : ndarray, shape (n, n_features)
        at : ndarray, shape (n, n_features or one more)
            With the feature of the resource, where there is one.
        """
        mean, std = self._posterior.predict_shift(X, at)
        return _average(log_expected_improvement(mean, std[:, None], self._best))

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """Return the log acquisition, (len(X),), and its gradient by X, of the shape of X."""
        mean, std, mean_slope, std_slope = self._posterior.predict_with_gradient(X)
        std = std[:, None]
        z = (mean - self._best) / std
        log_improvement = log_h(z) + np.log(std)
        value = _average(log_improvement)
        # Of each column its share in the average; d EI = Phi(z) d mean + phi(z) d std.
        log_share = log_improvement - value[:, None] - np.log(log_improvement.shape[1])
        by_mean = np.exp(log_share + log_ndtr(z) - log_improvement)
        by_std = np.exp(log_share - 0.5 * z * z - LOG_SQRT_2PI - log_improvement)
        gradient = np.einsum("nm,nfm->nf", by_mean, mean_slope)
        return value, gradient + by_std.sum(axis=1)[:, None] * std_slope


def _average(log_values: Floats) -> Floats:
    """Return the log of the mean over the last axis."""
    if log_values.shape[1] == 1:
        return log_values[:, 0]
    return logsumexp(log_values, axis=1) - np.log(log_values.shape[1])

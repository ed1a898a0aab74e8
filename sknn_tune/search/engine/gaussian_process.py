"""Gaussian process regression: Matern-5/2, one length scale per group of features, MAP.

Notation
--------
- n, m: numbers of observed points, and of alternative observations of the same points.
- X: observed features, shape (n, n_features), in [0, 1].
- Z: the same in units of the length scales.
- y: observations, shape (n, m), in transformed scores.
- theta: logarithms of (length scales..., scale, noise); scale and noise are variances.
- r2: squared distances in units of the length scales.
- K, k: prior covariance of the observed points with themselves (noise included), and with others.
- L: lower Cholesky factor of K.
- alpha: K^-1 y.
- v: L^-1 k^T; the posterior variance is scale - v^T v.
- D: squared distances of all pairs of points within each group, shape (n_groups, n * n).
- H: basis functions of the prior at points, shape (n, n_functions).
"""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from scipy.optimize import minimize

Floats = NDArray[np.float64]

SQRT5 = np.sqrt(5.0)
# Bounds of theta keep the covariance positive definite in double precision.
LOG_LENGTH_BOUNDS = (np.log(0.02), np.log(100.0))
LOG_SCALE_BOUNDS = (np.log(0.02), np.log(50.0))
LOG_NOISE_BOUNDS = (np.log(1e-6), np.log(2.0))
# Points that decide theta; a fit costs the cube of their number.
MAX_FITTED = 200


class Prior:
    """Independent normal distributions of the logarithms of the hyperparameters.

    Length scales grow with the square root of the number of dimensions, so that a sample is no
    more complex in more dimensions (Hvarfner et al. 2024, arXiv 2402.02229); they vary by a
    factor of about three around that. Features lie in [0, 1].

    Parameters
    ----------
    n_groups : int
        Number of length scales.
    """

    def __init__(self, n_groups: int):
        length = 0.5 * np.log(max(n_groups, 1) / 5.0)
        self.mean = np.r_[np.full(n_groups, length), 0.0, -3.0]
        self.std = np.r_[np.full(n_groups, 0.5), 1.0, 1.0]
        self.bounds = [LOG_LENGTH_BOUNDS] * n_groups + [LOG_SCALE_BOUNDS, LOG_NOISE_BOUNDS]

    def negative_log(self, theta: Floats) -> tuple[float, Floats]:
        """Return -log density up to a constant, and its gradient."""
        t = (theta - self.mean) / self.std
        return 0.5 * t @ t, t / self.std


class Basis(Protocol):
    """Functions that are part of the prior, with normal weights of variance 1.

    Rasmussen and Williams 2006, section 2.7: they add ``H @ weights`` to the prior mean and
    ``H @ H.T`` to the prior covariance.

    Attributes
    ----------
    weights : ndarray, shape (n_functions,)
        The prior means of their weights.
    """

    weights: Floats

    def __call__(self, X: Floats) -> Floats:
        """Return the functions at X, (len(X), n_functions)."""

    def slope(self, X: Floats) -> Floats:
        """Return their gradients, (len(X), n_features, n_functions)."""


class NoBasis:
    """No functions: a prior of mean zero."""

    weights = np.empty(0)

    def __call__(self, X: Floats) -> Floats:
        """Return an array of no columns."""
        return np.empty((len(X), 0))

    def slope(self, X: Floats) -> Floats:
        """Return an array of no columns for each feature."""
        return np.empty((*X.shape, 0))


NO_BASIS = NoBasis()


class Points(NamedTuple):
    """Points as the prior covariance takes them."""

    Z: Floats
    H: Floats


def matern52(r2: Floats) -> Floats:
    """Return the correlation at squared distance `r2`."""
    root = SQRT5 * np.sqrt(np.maximum(r2, 0.0))
    return (1.0 + root + root * root / 3.0) * np.exp(-root)


def matern52_with_slope(r2: Floats) -> tuple[Floats, Floats]:
    """Return the correlation at squared distance `r2`, and -2 times its derivative by `r2`."""
    root = SQRT5 * np.sqrt(np.maximum(r2, 0.0))
    decay = np.exp(-root)
    return (1.0 + root + root * root / 3.0) * decay, (5.0 / 3.0) * (1.0 + root) * decay


def squared_distances(A: Floats, B: Floats) -> Floats:
    """Return squared Euclidean distances, (len(A), len(B)); rounding may leave them below 0."""
    return (A * A).sum(axis=1)[:, None] + (B * B).sum(axis=1) - 2.0 * (A @ B.T)


def group_distances(X: Floats, groups: NDArray[np.intp], n_groups: int) -> Floats:
    """Return the squared distances of all pairs within each group, (n_groups, n * n)."""
    out = np.zeros((n_groups, len(X), len(X)))
    for x, group in zip(X.T, groups, strict=True):
        out[group] += (x[:, None] - x) ** 2
    return out.reshape(n_groups, len(X) ** 2)


def negative_log_posterior(
    theta: Floats, D: Floats, y: Floats, prior: Prior, fixed: Floats | float = 0.0
) -> tuple[float, Floats]:
    """Return the negative log posterior of theta (up to a constant) and its gradient.

    Rasmussen and Williams 2006, equations 5.8 and 5.9.

    Parameters
    ----------
    theta : ndarray, shape (n_groups + 2,)
    D : ndarray, shape (n_groups, n * n)
        From `group_distances`.
    y : ndarray, shape (n,)
    prior : Prior
    fixed : ndarray, shape (n, n), default=0.0
        The part of the covariance that theta has no influence on.
    """
    n = len(y)
    weights, scale, noise = np.exp(-2.0 * theta[:-2]), np.exp(theta[-2]), np.exp(theta[-1])
    correlation, slope = matern52_with_slope(weights @ D)
    K = scale * correlation.reshape(n, n) + fixed
    K.flat[:: n + 1] += noise
    L = lapack.dpotrf(K, lower=1, clean=0)[0]
    alpha = lapack.dpotrs(L, y, lower=1)[0]
    inverse = np.tril(lapack.dpotri(L, lower=1)[0])
    # W = K^-1 - alpha alpha^T; symmetric, so its lower triangle counts twice.
    lower = 2.0 * inverse - np.diag(inverse.diagonal())
    W = (lower - np.outer(alpha, alpha)).ravel()
    trace = inverse.trace() - alpha @ alpha
    gradient = np.empty_like(theta)
    gradient[:-2] = 0.5 * scale * weights * (D @ (W * slope))
    gradient[-2] = 0.5 * scale * (W @ correlation)
    gradient[-1] = 0.5 * noise * trace
    value = 0.5 * y @ alpha + np.log(L.diagonal()).sum()
    prior_value, prior_gradient = prior.negative_log(theta)
    return value + prior_value, gradient + prior_gradient


def fit_theta(X: Floats, groups: NDArray[np.intp], y: Floats, basis: Basis = NO_BASIS) -> Floats:
    """Return the theta of highest posterior density, climbing from the prior's mode.

    No start comes from an earlier fit: theta is a function of the data alone. Of very many
    points a subset decides that is evenly spaced in their order.
    """
    rows = spread(len(X), MAX_FITTED)
    X, y, prior = X[rows], y[rows], Prior(len(set(groups.tolist())))
    D, H = group_distances(X, groups, len(prior.mean) - 2), basis(X)
    result = minimize(
        negative_log_posterior,
        prior.mean,
        args=(D, y - H @ basis.weights, prior, H @ H.T),
        jac=True,
        method="L-BFGS-B",
        bounds=prior.bounds,
        options={"maxiter": 50, "ftol": 1e-5},
    )
    return result.x


def spread(n: int, size: int) -> NDArray[np.intp]:
    """Return at most `size` of the numbers below n, evenly spaced, the first and the last too."""
    return np.arange(n) if n <= size else np.linspace(0, n - 1, size).astype(int)


class Kernel:
    """Matern-5/2 covariance with a length scale for each group of features.

    Parameters
    ----------
    groups : ndarray of int, shape (n_features,)
    theta : ndarray, shape (n_groups + 2,)
    """

    def __init__(self, groups: NDArray[np.intp], theta: Floats):
        self._inverse_lengths = np.exp(-theta[:-2])[groups]
        self.scale = np.exp(theta[-2])

    def scaled(self, X: Floats) -> Floats:
        """Return points in units of the length scales, as the other methods take them."""
        return X * self._inverse_lengths

    def __call__(self, A: Floats, B: Floats) -> Floats:
        """Return the covariance, (len(A), len(B))."""
        return self.scale * matern52(squared_distances(A, B))

    def of_pairs(self, A: Floats, B: Floats) -> Floats:
        """Return the covariance of each row of A with the same row of B."""
        return self.scale * matern52(((A - B) ** 2).sum(axis=1))

    def with_gradient(self, A: Floats, B: Floats) -> tuple[Floats, Floats]:
        """Return the covariance, and its gradient by the features of A, before scaling.

        Returns
        -------
        k : ndarray, shape (len(A), len(B))
        gradient : ndarray, shape (len(A), n_features, len(B))
        """
        correlation, slope = matern52_with_slope(squared_distances(A, B))
        steps = (A[:, :, None] - B.T) * self._inverse_lengths[:, None]
        return self.scale * correlation, -self.scale * slope[:, None, :] * steps


class GaussianProcess:
    """A Gaussian process conditioned on observations.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
    groups : ndarray of int, shape (n_features,)
    y : ndarray, shape (n, m)
    theta : ndarray, shape (n_groups + 2,)
    basis : Basis, default=NO_BASIS
        Functions that the prior has besides; without them its mean is zero.
    """

    def __init__(
        self,
        X: Floats,
        groups: NDArray[np.intp],
        y: Floats,
        theta: Floats,
        basis: Basis = NO_BASIS,
    ):
        self.X, self.groups, self.y, self.theta, self.basis = X, groups, y, theta, basis
        self.kernel, self.noise = Kernel(groups, theta), np.exp(theta[-1])
        self.points = self._at(X)
        K = self.covariance(self.points, self.points)
        K.flat[:: len(X) + 1] += self.noise
        self.L = np.linalg.cholesky(K)
        self.alpha = lapack.dpotrs(self.L, y - self._prior_mean(self.points), lower=1)[0]

    def covariance(self, A: Points, B: Points) -> Floats:
        """Return the prior covariance of points."""
        k = self.kernel(A.Z, B.Z)
        if len(self.basis.weights):  # adding nothing takes time too
            k += A.H @ B.H.T
        return k

    def predict(self, X: Floats) -> tuple[Floats, Floats]:
        """Return mean, (len(X), m), and standard deviation, (len(X),), both without noise."""
        at = self._at(X)
        k = self.covariance(at, self.points)
        v = lapack.dtrtrs(self.L, k.T, lower=1)[0]
        return self._prior_mean(at) + k @ self.alpha, self._std(at, v)

    def predict_with_gradient(self, X: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return `predict` and the gradients: (len(X), n_features, m) and (len(X), n_features)."""
        at, H_slope = self._at(X), self.basis.slope(X)
        k, k_slope = self.kernel.with_gradient(at.Z, self.points.Z)
        if len(self.basis.weights):
            k += at.H @ self.points.H.T
            k_slope += H_slope @ self.points.H.T
        v = lapack.dtrtrs(self.L, k.T, lower=1)[0]
        mean, std = self._prior_mean(at) + k @ self.alpha, self._std(at, v)
        mean_slope = k_slope @ self.alpha + (H_slope @ self.basis.weights)[:, :, None]
        weights = lapack.dtrtrs(self.L, v, lower=1, trans=1)[0]
        explained = np.einsum("nfi,in->nf", k_slope, weights)
        std_slope = (np.einsum("nfj,nj->nf", H_slope, at.H) - explained) / std[:, None]
        return mean, std, mean_slope, std_slope

    def predict_shift(self, X: Floats, at: Floats) -> tuple[Floats, Floats]:
        """Return the mean at rows of X, and how far an observation elsewhere is going to move it.

        Parameters
        ----------
        X, at : ndarray, shape (n, n_features)
            Of each row of X the observation is at the same row of `at`.

        Returns
        -------
        mean : ndarray, shape (n, m)
        std : ndarray, shape (n,)
            Standard deviation of the mean at X once the observation, noise included, is known.
        """
        here, there = self._at(X), self._at(at)
        k, a = self.covariance(here, self.points), self.covariance(there, self.points)
        v = lapack.dtrtrs(self.L, k.T, lower=1)[0]
        w = lapack.dtrtrs(self.L, a.T, lower=1)[0]
        prior = self.kernel.of_pairs(here.Z, there.Z) + (here.H * there.H).sum(axis=1)
        shared = np.abs(prior - (v * w).sum(axis=0))
        return self._prior_mean(here) + k @ self.alpha, np.minimum(
            np.maximum(shared, 1e-12 * self.kernel.scale)
            / np.hypot(self._std(there, w), np.sqrt(self.noise)),
            self._std(here, v),
        )

    def at_observed(self, roughness: float = 0.0) -> Floats:
        """Return the posterior mean at the observed points, of the shape of y.

        `roughness` is the share of the noise that is a property of the configuration: a white
        component of the signal, which leaves the posterior mean elsewhere as it is.
        """
        return self.y - (1.0 - roughness) * self.noise * self.alpha

    def sample(self, X: Floats, rng: np.random.Generator, size: int) -> Floats:
        """Draw `size` joint observations, noise included, at X from the first column's posterior.

        Returns
        -------
        ndarray, shape (len(X), size)
        """
        at = self._at(X)
        k = self.covariance(at, self.points)
        v = lapack.dtrtrs(self.L, k.T, lower=1)[0]
        K = self.covariance(at, at) - v.T @ v
        K.flat[:: len(X) + 1] += self.noise
        mean = self._prior_mean(at) + k @ self.alpha[:, :1]
        return mean + np.linalg.cholesky(K) @ rng.standard_normal((len(X), size))

    def with_fantasies(self, X: Floats, rng: np.random.Generator, size: int) -> "GaussianProcess":
        """Return the process that has seen `size` possible scores at X as well."""
        y = np.vstack([np.repeat(self.y, size, axis=1), self.sample(X, rng, size)])
        return GaussianProcess(np.vstack([self.X, X]), self.groups, y, self.theta, self.basis)

    def _at(self, X: Floats) -> Points:
        return Points(self.kernel.scaled(X), self.basis(X))

    def _prior_mean(self, at: Points) -> Floats:
        return (at.H @ self.basis.weights)[:, None]

    def _std(self, at: Points, v: Floats) -> Floats:
        variance = self.kernel.scale + (at.H * at.H).sum(axis=1) - (v * v).sum(axis=0)
        return np.sqrt(np.maximum(variance, 1e-12 * self.kernel.scale))

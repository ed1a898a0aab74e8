"""Gaussian process regression: Matern-5/2, one length scale a group of features, MAP.

Notation: `X` (n, n_features) observed features; `Z` the same divided by the length scales; `y`
(n, m) observations, each column an alternative observation of the same points; `theta` the
logarithms of (length scales..., scale, noise), scale and noise being variances; `r2` squared
distances in units of the length scales.
"""

import numpy as np
from scipy.linalg import lapack
from scipy.optimize import minimize

from sknn_tune.search.engine.space import same_features
from sknn_tune.search.engine.transform import OutputTransform

SQRT5 = np.sqrt(5.0)
# Bounds of theta keep the covariance positive definite in double precision.
LOG_LENGTH_BOUNDS = (np.log(0.02), np.log(100.0))
LOG_SCALE_BOUNDS = (np.log(0.02), np.log(50.0))
LOG_NOISE_BOUNDS = (np.log(1e-6), np.log(2.0))
# Trials that decide the hyperparameters; a fit costs the cube of their number.
MAX_FITTED = 200
# Of what the smooth model leaves over of a single score, the share that is the configuration's own.
ROUGHNESS = 0.25


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

    def __init__(self, n_groups):
        length = 0.5 * np.log(max(n_groups, 1) / 5.0)
        self.mean = np.r_[np.full(n_groups, length), 0.0, -3.0]
        self.std = np.r_[np.full(n_groups, 0.5), 1.0, 1.0]
        self.bounds = [LOG_LENGTH_BOUNDS] * n_groups + [LOG_SCALE_BOUNDS, LOG_NOISE_BOUNDS]

    def negative_log(self, theta):
        """Return -log density up to a constant, and its gradient."""
        t = (theta - self.mean) / self.std
        return 0.5 * t @ t, t / self.std


def own_share(n_scores):
    """Return the share of what the smooth model leaves over that is the configuration's own.

    The rest is luck, which shrinks as 1 / `n_scores` in a mean of so many scores.
    """
    return ROUGHNESS / (ROUGHNESS + (1.0 - ROUGHNESS) / n_scores)


def matern52(r2):
    """Return the correlation at squared distance `r2`, and -2 times its derivative by `r2`."""
    root = SQRT5 * np.sqrt(np.maximum(r2, 0.0))
    decay = np.exp(-root)
    slope = (5.0 / 3.0) * (1.0 + root) * decay
    return (1.0 + root + root * root / 3.0) * decay, slope


def squared_distances(A, B):
    """Return squared Euclidean distances, (len(A), len(B)); rounding may leave them below 0."""
    return (A * A).sum(axis=1)[:, None] + (B * B).sum(axis=1) - 2.0 * (A @ B.T)


def group_distances(X, groups, n_groups):
    """Return the squared distances of all pairs within each group, (n_groups, n * n)."""
    out = np.zeros((n_groups, len(X), len(X)))
    for x, group in zip(X.T, groups, strict=True):
        out[group] += (x[:, None] - x) ** 2
    return out.reshape(n_groups, len(X) ** 2)


def negative_log_posterior(theta, D, y, prior):
    """Return the negative log posterior of theta (up to a constant) and its gradient.

    Rasmussen and Williams 2006, equations 5.8 and 5.9.

    Parameters
    ----------
    theta : ndarray, shape (n_groups + 2,)
    D : ndarray, shape (n_groups, n * n)
        From `group_distances`.
    y : ndarray, shape (n,)
    prior : Prior
    """
    n = len(y)
    weights, scale, noise = np.exp(-2.0 * theta[:-2]), np.exp(theta[-2]), np.exp(theta[-1])
    correlation, slope = matern52(weights @ D)
    K = scale * correlation.reshape(n, n)
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


def fit_theta(X, groups, y, prior):
    """Return the theta of highest posterior density, climbing from the prior's mode.

    No start comes from an earlier fit: theta is a function of the data alone.
    """
    D = group_distances(X, groups, len(prior.mean) - 2)
    result = minimize(
        negative_log_posterior,
        prior.mean,
        args=(D, y, prior),
        jac=True,
        method="L-BFGS-B",
        bounds=prior.bounds,
        options={"maxiter": 50, "ftol": 1e-5},
    )
    return result.x


class GaussianProcess:
    """A Gaussian process of mean zero, conditioned on observations.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
    groups : ndarray of int, shape (n_features,)
    y : ndarray, shape (n, m)
    theta : ndarray, shape (n_groups + 2,)
    """

    def __init__(self, X, groups, y, theta):
        self.X, self.groups, self.y, self.theta = X, groups, y, theta
        self.inverse_lengths = np.exp(-theta[:-2])[groups]
        self.scale, self.noise = np.exp(theta[-2]), np.exp(theta[-1])
        self.Z = X * self.inverse_lengths
        K = self.covariance(self.Z, self.Z)
        K.flat[:: len(X) + 1] += self.noise
        self.L = np.linalg.cholesky(K)
        self.alpha = lapack.dpotrs(self.L, y, lower=1)[0]

    def covariance(self, A, B):
        """Return the prior covariance of points given in units of the length scales."""
        return self.scale * matern52(squared_distances(A, B))[0]

    def predict(self, X):
        """Return mean, (len(X), m), and standard deviation, (len(X),), both without noise."""
        k = self.covariance(X * self.inverse_lengths, self.Z)
        v = lapack.dtrtrs(self.L, k.T, lower=1)[0]
        return k @ self.alpha, self._std(v)

    def predict_with_gradient(self, X):
        """Return `predict` and the gradients: (len(X), n_features, m) and (len(X), n_features)."""
        Z = X * self.inverse_lengths
        correlation, slope = matern52(squared_distances(Z, self.Z))
        k = self.scale * correlation
        v = lapack.dtrtrs(self.L, k.T, lower=1)[0]
        std = self._std(v)
        steps = (Z[:, None, :] - self.Z) * self.inverse_lengths
        k_slope = -self.scale * slope[:, :, None] * steps
        weights = lapack.dtrtrs(self.L, v, lower=1, trans=1)[0]
        mean_slope = np.einsum("nif,im->nfm", k_slope, self.alpha)
        std_slope = -np.einsum("nif,in->nf", k_slope, weights) / std[:, None]
        return k @ self.alpha, std, mean_slope, std_slope

    def at_observed(self, roughness=0.0):
        """Return the posterior mean at the observed points, of the shape of y.

        `roughness` is the share of the noise that is a property of the configuration: a white
        component of the signal, which leaves the posterior mean elsewhere as it is.
        """
        return self.y - (1.0 - roughness) * self.noise * self.alpha

    def sample(self, X, rng, size):
        """Draw `size` joint observations, noise included, at X from the first column's posterior.

        Returns
        -------
        ndarray, shape (len(X), size)
        """
        Z = X * self.inverse_lengths
        k = self.covariance(Z, self.Z)
        v = lapack.dtrtrs(self.L, k.T, lower=1)[0]
        K = self.covariance(Z, Z) - v.T @ v
        K.flat[:: len(X) + 1] += self.noise
        mean = k @ self.alpha[:, :1]
        return mean + np.linalg.cholesky(K) @ rng.standard_normal((len(X), size))

    def with_fantasies(self, X, rng, size):
        """Return the process that has seen `size` possible scores at X as well."""
        y = np.vstack([np.repeat(self.y, size, axis=1), self.sample(X, rng, size)])
        return GaussianProcess(np.vstack([self.X, X]), self.groups, y, self.theta)

    def _std(self, v):
        variance = self.scale - (v * v).sum(axis=0)
        return np.sqrt(np.maximum(variance, 1e-12 * self.scale))


class Surrogate:
    """The model of a search: predicts scores of configurations.

    Failed trials count as the worst score where the model is conditioned, and not at all where
    its hyperparameters and the output transform are fitted. Of very many trials, some that are
    evenly spaced in time decide the hyperparameters; all of them condition the model.

    Parameters
    ----------
    space : Space
    codes : ndarray, shape (n, n_codes)
        Configurations tried.
    scores : ndarray, shape (n,)
        Larger is better; nan where a trial failed. At least one is finite.
    scores_per_trial : int, default=1
        Number of scores, each with luck of its own, that `scores` are the means of.

    Attributes
    ----------
    gp : GaussianProcess
        The model in the transformed scores.
    transform : OutputTransform
    """

    def __init__(self, space, codes, scores, scores_per_trial=1):
        self.space, self.roughness = space, own_share(scores_per_trial)
        X = space.features(codes)
        worked = np.isfinite(scores)
        self.transform = OutputTransform(scores[worked])
        z = self.transform.forward(np.where(worked, scores, np.min(scores[worked])))
        prior = Prior(len(set(space.groups.tolist())))
        rows = _spread(np.flatnonzero(worked), MAX_FITTED)
        theta = fit_theta(X[rows], space.groups, z[rows], prior)
        self.gp = GaussianProcess(X, space.groups, z[:, None], theta)

    @property
    def observed(self):
        """The scores that the model was conditioned on, (n,)."""
        return self.transform.inverse(self.gp.y[:, 0])

    def predict(self, candidates):
        """Predict the score of configurations.

        Parameters
        ----------
        candidates : sequence of dict
            Configurations of the space.

        Returns
        -------
        mean : ndarray, shape (n,)
            Median of the posterior, in units of the score.
        std : ndarray, shape (n,)
            Half the distance between the 16 and 84 per cent quantiles of the posterior, noise of
            a single evaluation not included; the standard deviation where the posterior is
            normal.
        """
        candidates = list(candidates)
        if not candidates:
            return np.empty(0), np.empty(0)
        X = self.space.features(np.array([self.space.encode(c) for c in candidates]))
        return self._to_scores(*self._posterior(X))

    def _posterior(self, X):
        """Mean and std in transformed scores, the configurations' own roughness included."""
        mean, std = self.gp.predict(X)
        mean, variance = mean[:, 0], std**2 + self.roughness * self.gp.noise
        known = same_features(X, self.gp.X)
        row, at = known.argmax(axis=1), known.any(axis=1)
        return np.where(at, self.gp.at_observed(self.roughness)[row, 0], mean), np.sqrt(variance)

    def _to_scores(self, mean, std):
        low, middle, high = (self.transform.inverse(mean + s * std) for s in (-1, 0, 1))
        return middle, 0.5 * (high - low)


def _spread(rows, size):
    """Return at most `size` of `rows`, evenly spaced, the first and the last among them."""
    if len(rows) <= size:
        return rows
    return rows[np.linspace(0, len(rows) - 1, size).astype(int)]

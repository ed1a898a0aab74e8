"""What configurations scored on other data sets, as the prior of a search's model.

What is good on many data sets tends to be good on the next. The score is modelled as

    z(x) = a + b m(x) + sum_k w_k (g_k(x) - m(x)) / sqrt(K) + f(x) + noise,

where g_k is a smooth function of the scores of the k-th of K other data sets, m the mean of these
functions, and f the Gaussian process of the search. All weights are normal with variance 1; b is 1
a priori, the others are 0. So the search expects what was good elsewhere, follows the data sets
that resemble its own, and learns from its trials what none of them shows.

Priors from related tasks: Wang et al. 2024, Pre-trained Gaussian processes for Bayesian
optimization, JMLR 25 (arXiv 2109.08215); weighted by resemblance: Feurer et al. 2018, arXiv
1802.02219.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sknn_tune.search.engine.gaussian_process import (
    NO_BASIS,
    Basis,
    Floats,
    GaussianProcess,
    fit_theta,
)
from sknn_tune.search.engine.space import Params, Space
from sknn_tune.search.engine.transform import OutputTransform


class RelatedResults(NamedTuple):
    """Scores of the same configurations on several data sets."""

    #: Those outside the space of the search are left out.
    configurations: Sequence[Params]
    #: Larger is better, finite, (n_configurations, n_data_sets); each data set has its own scale.
    scores: Floats


class RelatedTasks:
    """Basis functions of the prior that scores on other data sets make.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
        Features of configurations.
    groups : ndarray of int, shape (n_features,)
        The length scale of each feature.
    scores : ndarray, shape (n, n_data_sets)

    Attributes
    ----------
    weights : ndarray, shape (2 + n_data_sets,)
        Prior means of a, b and w.
    """

    def __init__(self, X: Floats, groups: np.ndarray, scores: Floats):
        z = np.stack([OutputTransform(column).forward(column) for column in scores.T], axis=1)
        mean = z.mean(axis=1)
        theta = fit_theta(X, groups, mean / (mean.std() or 1.0))
        functions = np.c_[mean, (z - mean[:, None]) / np.sqrt(z.shape[1])]
        learned = GaussianProcess(X, groups, functions, theta)
        # Their means only: a search is stored with these.
        self._kernel, self._Z, self._alpha = learned.kernel, learned.points.Z, learned.alpha
        self.weights = np.zeros(1 + functions.shape[1])
        self.weights[1] = 1.0

    def __call__(self, X: Floats) -> Floats:
        """Return the functions at X, (len(X), 2 + n_data_sets); the first is 1."""
        functions = self._kernel(self._kernel.scaled(X), self._Z) @ self._alpha
        return np.insert(functions, 0, 1.0, axis=1)

    def slope(self, X: Floats) -> Floats:
        """Return their gradients, (len(X), n_features, 2 + n_data_sets)."""
        gradient = self._kernel.with_gradient(self._kernel.scaled(X), self._Z)[1]
        return np.insert(gradient @ self._alpha, 0, 0.0, axis=2)


def basis_of(space: Space, results: RelatedResults | None) -> Basis:
    """Return the basis that results on other data sets make: those of them that lie in the space.

    Parameters
    ----------
    space : Space
    results : RelatedResults or None
        None makes none.
    """
    if results is None:
        return NO_BASIS
    inside = [i for i, params in enumerate(results.configurations) if space.contains(params)]
    if not inside:
        return NO_BASIS
    codes = np.array([space.encode(results.configurations[i]) for i in inside])
    return RelatedTasks(space.features(codes), space.groups, results.scores[inside])

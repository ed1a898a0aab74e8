"""The resource as one more feature of the model.

One Gaussian process over (configuration, log resource) predicts at the full resource, as in
MOBSTER (Klein et al. 2020, arXiv 2003.10865).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sknn_tune.search.engine.choices import place_numbers
from sknn_tune.search.engine.gaussian_process import Floats, GaussianProcess
from sknn_tune.search.engine.space import Space


class Rungs(NamedTuple):
    """The amounts of a resource that trials may be given; by default one, which is everything."""

    #: How the resource is called, not a parameter of the space; None where it has no name.
    name: str | None = None
    #: In ascending order; the last is the full resource.
    amounts: tuple[int, ...] = (1,)


WHOLE = Rungs()


class FidelityFeatures:
    """Features of a configuration together with the amount of the resource that it was given.

    With a single rung there is no such feature.

    Parameters
    ----------
    space : Space
    amounts : tuple of int
        Those of the rungs.

    Attributes
    ----------
    groups : ndarray of int, shape (n_features,)
        The length scale that each feature belongs to.
    """

    def __init__(self, space: Space, amounts: tuple[int, ...]):
        self._column: int | None = None
        self.groups = space.groups
        if len(amounts) > 1:
            # The first feature after those of the branches, with its own length scale.
            self._column = len(space.branches) if len(space.branches) > 1 else 0
            own = min(self._column, 1)
            later = np.where(space.groups >= own, space.groups + 1, space.groups)
            self.groups = np.insert(later, self._column, own)
            self._place = dict(zip(amounts, place_numbers(amounts), strict=True))

    def join(self, X: Floats, amounts: Sequence[int]) -> Floats:
        """Return the features of configurations that were given `amounts`."""
        if self._column is None:
            return X
        return np.insert(X, self._column, [self._place[amount] for amount in amounts], axis=1)

    def full(self, X: Floats) -> Floats:
        """Return the features of configurations at the full resource."""
        return X if self._column is None else np.insert(X, self._column, 1.0, axis=1)

    def at_full(self, gp: GaussianProcess) -> "GaussianProcess | AtFullResource":
        """Return the process as a function of the configuration, at the full resource."""
        return gp if self._column is None else AtFullResource(gp, self._column)


class AtFullResource:
    """A Gaussian process with one feature, in [0, 1], held at 1.

    Parameters
    ----------
    gp : GaussianProcess
    column : int
        Place of the feature.
    """

    def __init__(self, gp: GaussianProcess, column: int):
        self._gp, self._column = gp, column
        self.X = np.delete(gp.X, column, axis=1)

    def _lift(self, X: Floats) -> Floats:
        return np.insert(X, self._column, 1.0, axis=1)

    def predict(self, X: Floats) -> tuple[Floats, Floats]:
        """Return mean, (len(X), m), and standard deviation, (len(X),), both without noise."""
        return self._gp.predict(self._lift(X))

    def predict_with_gradient(self, X: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return `predict` and the gradients: (len(X), n_features, m) and (len(X), n_features)."""
        mean, std, *slopes = self._gp.predict_with_gradient(self._lift(X))
        mean_slope, std_slope = (np.delete(slope, self._column, axis=1) for slope in slopes)
        return mean, std, mean_slope, std_slope

    def predict_shift(self, X: Floats, at: Floats) -> tuple[Floats, Floats]:
        """Return the mean, (len(X), m), and how far an observation is going to move it, (len(X),).

        The rows of `at` have the feature of the resource as well.
        """
        return self._gp.predict_shift(self._lift(X), at)

    def at_observed(self) -> Floats:
        """Return the posterior mean of every configuration evaluated, of the shape of y."""
        return self.predict(self.X)[0]

    def with_fantasies(self, X: Floats, rng: np.random.Generator, size: int) -> "AtFullResource":
        """Return the process that has seen `size` possible scores at X as well."""
        return AtFullResource(self._gp.with_fantasies(self._lift(X), rng, size), self._column)

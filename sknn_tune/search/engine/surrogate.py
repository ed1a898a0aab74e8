"""The model of a search: a Gaussian process over transformed scores.

Notation, beside that of `gaussian_process`
-------------------------------------------
- codes: configurations as rows of numbers, see `space`.
- amounts: what each trial was given of the resource, one of the rungs.
- z: scores after the output transform, of mean 0 and standard deviation 1.
- roughness: share of the residual of the smooth model that is a property of the configuration; the
  rest is noise of the scores.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from sknn_tune.search.engine.fidelity import WHOLE, AtFullResource, FidelityFeatures, Rungs
from sknn_tune.search.engine.gaussian_process import (
    NO_BASIS,
    Basis,
    Floats,
    GaussianProcess,
    fit_theta,
)
from sknn_tune.search.engine.space import Space, same_features
from sknn_tune.search.engine.transform import OutputTransform

# Share of the configuration in the residual of a single score.
ROUGHNESS = 0.25
# Predictions are clipped this far outside the observed scores, in units of their range.
MARGIN = 0.25


def own_share(n_scores: int) -> float:
    """Return the share of the residual of the smooth model that belongs to the configuration.

    The rest is noise, whose variance in a mean of `n_scores` scores is that of one score divided
    by `n_scores`.
    """
    return ROUGHNESS / (ROUGHNESS + (1.0 - ROUGHNESS) / n_scores)


class Surrogate:
    """Predicts the scores of configurations at the full resource.

    The model is conditioned on all trials; failed ones count as the worst score. Hyperparameters
    and output transform are fitted to successful trials only, and of very many to a subset that is
    evenly spaced in time.

    Parameters
    ----------
    space : Space
    codes : ndarray, shape (n, n_codes)
        Configurations evaluated.
    scores : ndarray, shape (n,)
        Larger is better; nan where a trial failed. At least one is finite.
    scores_per_trial : int, default=1
        Number of scores, each with independent noise, that `scores` are the means of.
    rungs : Rungs, default=Rungs()
        The amounts of the resource that there are.
    amounts : ndarray of int, shape (n,), default=None
        What each trial was given; None is the full resource for all.
    scale : ndarray, default=None
        Finite scores that decide the output transform; None is all that are finite.
    basis : Basis, default=NO_BASIS
        What is known of the score before all trials.

    Attributes
    ----------
    posterior : GaussianProcess or AtFullResource
        The model of the transformed score at the full resource, by features.
    n_trials : int
        Number of trials that it was conditioned on.
    """

    def __init__(
        self,
        space: Space,
        codes: Floats,
        scores: Floats,
        scores_per_trial: int = 1,
        rungs: Rungs = WHOLE,
        amounts: Sequence[int] | None = None,
        scale: Floats | None = None,
        basis: Basis = NO_BASIS,
    ):
        self.space, self.n_trials = space, len(scores)
        self._roughness = own_share(scores_per_trial)
        self._resource = rungs.name
        self._inputs = FidelityFeatures(space, rungs.amounts)
        full = [rungs.amounts[-1]] * len(codes)
        X = self._inputs.join(space.features(codes), full if amounts is None else amounts)
        worked = np.isfinite(scores)
        self._transform = OutputTransform(scores[worked] if scale is None else scale)
        margin = MARGIN * np.ptp(scores[worked])
        self._ends = scores[worked].min() - margin, scores[worked].max() + margin
        z = self._transform.forward(np.where(worked, scores, np.min(scores[worked])))
        groups = self._inputs.groups
        theta = fit_theta(X[worked], groups, z[worked], basis)
        self._gp = GaussianProcess(X, groups, z[:, None], theta, basis)
        self.posterior: GaussianProcess | AtFullResource = self._inputs.at_full(self._gp)

    def predict(self, candidates: Iterable[Mapping[str, Any]]) -> tuple[Floats, Floats]:
        """Predict the score of configurations.

        Parameters
        ----------
        candidates : sequence of dict
            Configurations of the space; an amount of the resource in them, as in the `params` of
            `cv_results_`, is ignored.

        Returns
        -------
        mean : ndarray, shape (n,)
            Median of the posterior, in units of the score; at most a quarter of the range of the
            scores seen beyond them.
        std : ndarray, shape (n,)
            Half the distance between the 16 and 84 per cent quantiles of the posterior, noise of
            a single evaluation not included; the standard deviation where the posterior is
            normal.
        """
        configurations = [
            {name: value for name, value in candidate.items() if name != self._resource}
            for candidate in candidates
        ]
        if not configurations:
            return np.empty(0), np.empty(0)
        codes = np.array([self.space.encode(params) for params in configurations])
        X = self._inputs.full(self.space.features(codes))
        mean, std = self._gp.predict(X)
        known = same_features(X, self._gp.X)
        row, at = known.argmax(axis=1), known.any(axis=1)
        mean = np.where(at, self._gp.at_observed(self._roughness)[row, 0], mean[:, 0])
        variance = std**2 + self._roughness * self._gp.noise
        return self._in_scores(mean, np.sqrt(variance))

    def predict_smooth(self, codes: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the score without its rough part.

        Parameters
        ----------
        codes : ndarray, shape (n, n_codes)

        Returns
        -------
        mean, std : ndarray, shape (n,)
            As in `predict`.
        """
        mean, std = self.posterior.predict(self.space.features(codes))
        return self._in_scores(mean[:, 0], std)

    def at_amounts(self, X: Floats, amounts: Sequence[int]) -> Floats:
        """Return features of configurations with that of what each is given of the resource."""
        return self._inputs.join(X, amounts)

    def gain(self, log_improvement: Floats) -> Floats:
        """Return improvements over the best posterior mean in units of the score.

        Parameters
        ----------
        log_improvement : ndarray
            Logarithms of improvements of the transformed score.
        """
        best = self.posterior.at_observed().max()
        return self._to_score(best + np.exp(log_improvement)) - self._to_score(best)

    def _in_scores(self, mean: Floats, std: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the transformed score in units of the score."""
        low, middle, high = (self._to_score(mean + s * std) for s in (-1, 0, 1))
        below, above = middle - low, high - middle
        is_cut = (low <= self._ends[0]) | (high >= self._ends[1])
        # If one side is clipped, the other still shows the uncertainty.
        return middle, np.where(is_cut, np.maximum(below, above), 0.5 * (below + above))

    def _to_score(self, z: Floats | float) -> Floats:
        """Return the inverse transform, clipped to a margin around the observed scores.

        The inverse is steep at its ends, so a large posterior standard deviation, as far from
        all trials, would become an absurdly large score.
        """
        return np.clip(self._transform.inverse(np.asarray(z)), *self._ends)

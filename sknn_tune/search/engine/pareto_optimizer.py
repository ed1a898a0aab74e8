"""Ask and tell with several objectives: one surrogate for each."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sknn_tune.search.engine.acquisition import Acquisition
from sknn_tune.search.engine.gaussian_process import Floats
from sknn_tune.search.engine.hypervolume_improvement import ExpectedHypervolumeImprovement
from sknn_tune.search.engine.optimizer import SequentialOptimizer
from sknn_tune.search.engine.space import Params, Space
from sknn_tune.search.engine.surrogate import Surrogate

# Each needs a division of the space beyond its own front.
N_FANTASIES = 16


class ParetoOptimizer(SequentialOptimizer):
    """Proposes configurations that promise to extend the front of what was found.

    The `score` of a trial is that of its first objective.

    Parameters
    ----------
    space : Space
    seed : int
    n_objectives : int
    **options : dict
        What `SequentialOptimizer` takes besides.

    Attributes
    ----------
    objectives : list of tuple of float
        All objectives of each trial; larger is better, nan where the trial failed.
    """

    def __init__(self, space: Space, seed: int, n_objectives: int, **options: Any):
        self.objectives: list[tuple[float, ...]] = []
        self._n_objectives = n_objectives
        self._surrogates: list[Surrogate] = []
        super().__init__(space, seed, **options)

    def tell(  # type: ignore[override]
        self, params: Params, scores: Sequence[float], n_resources: int | None = None
    ) -> None:
        """Add a trial.

        Parameters
        ----------
        params : dict
            The configuration, of the space.
        scores : sequence of float
            One for each objective, larger is better; the trial failed where one is not finite.
        n_resources : int or None, default=None
            What the trial was given, one of the rungs; None is the full resource.
        """
        worked = bool(np.isfinite(scores).all())
        super().tell(params, scores[0] if worked else None, n_resources)
        self.objectives.append(tuple(scores) if worked else (np.nan,) * self._n_objectives)

    @property
    def surrogates_(self) -> list[Surrogate]:
        """Models of the objectives at the full resource, after the last trial."""
        first = self.surrogate_
        if not self._surrogates or self._surrogates[0] is not first:
            others = list(zip(*self.objectives, strict=True))[1:]
            self._surrogates = [first, *map(self._fit_surrogate, others)]
        return self._surrogates

    def _scale(self, scores: Floats) -> Floats:
        """Return scores that differ: those that agree in two significant digits count once.

        The volume that the front dominates is measured in transformed scores. If what is tried
        most stretched its own part of the scale, more of it would be tried, and so on.
        """
        return distinct(scores)

    def _improvement(self, pending: Floats, rng: np.random.Generator) -> Acquisition:
        posteriors = [surrogate.posterior for surrogate in self.surrogates_]
        if len(pending):
            posteriors = [p.with_fantasies(pending, rng, N_FANTASIES) for p in posteriors]
        return ExpectedHypervolumeImprovement(posteriors)


def distinct(scores: Floats) -> Floats:
    """Return one of the scores for each that differs from the others in two significant digits."""
    digits = 1 - np.floor(np.log10(np.where(scores == 0, 1.0, np.abs(scores))))
    _, first = np.unique(np.round(scores * 10.0**digits) / 10.0**digits, return_index=True)
    return scores[np.sort(first)]


def make_optimizer(
    space: Space, seed: int, n_objectives: int, **options: Any
) -> SequentialOptimizer:
    """Return the optimizer for one objective or several; `options` as `SequentialOptimizer`'s."""
    if n_objectives == 1:
        return SequentialOptimizer(space, seed, **options)
    return ParetoOptimizer(space, seed, n_objectives, **options)

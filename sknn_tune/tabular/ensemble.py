"""Trained members, whose predictions are averaged."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs

from sknn_tune.common.numeric import is_integer
from sknn_tune.network.arrays import CHUNK_ROWS
from sknn_tune.network.blueprint import Architecture, Blueprint, cached_blueprint
from sknn_tune.network.checks import check_architecture
from sknn_tune.network.losses import LINKS
from sknn_tune.network.prediction import Predictor

#: Rows that a thread predicts at a time, at most.
_LARGEST_BLOCK = 8192


@dataclass(frozen=True)
class Ensemble:
    """Trained members, whose predictions are averaged.

    Attributes
    ----------
    architectures : list of Architecture
        Of each member.
    sizes : list of int
        Width of the input, of each hidden layer, of the output.
    thetas : list of ndarray
        Parameters of each member.
    link : str
        Output activation.
    weights : ndarray of shape (n_members,)
        Of the members in the mean; their sum is 1.
    """

    architectures: list[Architecture]
    sizes: list[int]
    thetas: list[np.ndarray]
    link: str
    weights: np.ndarray

    def __post_init__(self) -> None:
        self.check()

    def check(self) -> None:
        """Raise ValueError if the parts, which may come from a file, do not form an ensemble."""
        if not self._has_sound_parts():
            raise ValueError("The stored members do not form an ensemble.")
        for architecture, theta in zip(self.architectures, self.thetas, strict=True):
            check_architecture(architecture, tuple(self.sizes), theta.size)

    def _has_sound_parts(self) -> bool:
        """Whether all parts are of the types and dtypes that they should be."""
        return (
            isinstance(self.thetas, list)
            and isinstance(self.architectures, list)
            and len(self.thetas) == len(self.architectures) > 0
            and isinstance(self.sizes, list | tuple)
            and len(self.sizes) > 1
            and all(is_integer(size) and size > 0 for size in self.sizes)
            and all(isinstance(architecture, Architecture) for architecture in self.architectures)
            and all(isinstance(theta, np.ndarray) and theta.ndim == 1 for theta in self.thetas)
            and {theta.dtype for theta in self.thetas} in ({np.dtype("f4")}, {np.dtype("f8")})
            and isinstance(self.link, str)
            and self.link in LINKS
            and isinstance(self.weights, np.ndarray)
            and self.weights.dtype.kind == "f"
            and self.weights.shape == (len(self.thetas),)
            and bool((self.weights >= 0).all())
            and bool(np.isclose(self.weights.sum(), 1.0))
        )

    @property
    def dtype(self) -> np.dtype:
        """Precision of the members."""
        return self.thetas[0].dtype

    def blueprints(self) -> list[Blueprint]:
        """The blueprint of each member."""
        return [cached_blueprint(tuple(self.sizes), a, self.dtype) for a in self.architectures]

    def predict(self, inputs: np.ndarray, n_jobs: int | None) -> np.ndarray:
        """Mean prediction of the members, float64 of shape (n_rows, n_outputs)."""
        n_rows, share = len(inputs), -(-len(inputs) // effective_n_jobs(n_jobs))
        # Of whole chunks, so that the number of threads changes no digit.
        size = min(-(-share // CHUNK_ROWS) * CHUNK_ROWS, _LARGEST_BLOCK)
        blocks = [inputs[start : start + size] for start in range(0, n_rows, size)]
        parts = in_threads(n_jobs)(delayed(self._mean)(block) for block in blocks)
        return np.concatenate(list(parts))

    def _mean(self, inputs):
        mean = np.average(list(self.predictions(inputs)), axis=0, weights=self.weights)
        if self.link == "softmax":  # sums that are 1 in float32 are not in float64
            mean /= mean.sum(axis=1, keepdims=True)
        return mean

    def predictions(self, inputs: np.ndarray) -> Iterator[np.ndarray]:
        """Predictions of one member after another, of shape (n_rows, n_outputs)."""
        for blueprint, theta in zip(self.blueprints(), self.thetas, strict=True):
            yield Predictor(blueprint, theta, np.empty(0, self.dtype), inputs, self.link)()

    def cooled(self, temperature: float) -> "Ensemble":
        """The same members with all raw scores divided by a temperature."""
        thetas = []
        for blueprint, theta in zip(self.blueprints(), self.thetas, strict=True):
            cooled = theta.copy()
            for place, _ in (blueprint.weights[-1], blueprint.biases[-1]):
                cooled[place] /= temperature
            thetas.append(cooled)
        return replace(self, thetas=thetas)

    def weighted(self, weights: np.ndarray) -> "Ensemble":
        """The same members with these weights in the mean."""
        return replace(self, weights=weights)

    def only(self, members: np.ndarray) -> "Ensemble":
        """Some of the members, given by their numbers; they keep their shares of the mean."""
        weights = self.weights[members]
        return replace(
            self,
            architectures=[self.architectures[m] for m in members],
            thetas=[self.thetas[m] for m in members],
            weights=weights / weights.sum(),
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        # What is loaded may be mapped from a file and read-only.
        vars(self).update(state)
        if isinstance(self.thetas, list):
            vars(self)["thetas"] = [np.array(theta) for theta in self.thetas]
        self.check()


def in_threads(n_jobs: int | None) -> Parallel:
    """Runs tasks in threads and yields their results in order."""
    return Parallel(effective_n_jobs(n_jobs), require="sharedmem", return_as="generator")

"""A fitted network: its architecture and its numbers, in one vector and as matrices.

Compiled code works on one flat vector of parameters. An estimator shows views of it as
``coefs_`` and ``intercepts_``. A user may replace an element of these lists or write into it: the
network is always what the lists hold.
"""

from collections.abc import Sequence
from itertools import chain
from operator import is_
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from sknn_tune.network.arrays import prefers_sparse_layer
from sknn_tune.network.blueprint import Architecture, Blueprint, Network, cached_blueprint
from sknn_tune.network.initializers import initial_parameters


class FittedNetwork:
    """A network between two calls of an estimator's methods.

    Parameters
    ----------
    architecture : Architecture
        Of dense input.
    sizes : sequence of int
        Width of the input, of each hidden layer, of the output.
    theta : ndarray of shape (n_parameters,)
        Writeable and owned by this object alone, float32 or float64.
    statistics : ndarray of shape (n_statistics,)
        Running moments of batch normalisation, like `theta`.
    """

    def __init__(
        self,
        architecture: Architecture,
        sizes: Sequence[int],
        theta: np.ndarray,
        statistics: np.ndarray,
    ) -> None:
        self.architecture, self.sizes = architecture, tuple(sizes)
        blueprint = cached_blueprint(self.sizes, architecture, theta.dtype)
        self.arrays = Network(blueprint, theta, statistics)
        self._coefs = _views(theta, blueprint.weights)
        self._intercepts = _views(theta, blueprint.biases)

    @classmethod
    def draw(
        cls,
        architecture: Architecture,
        sizes: Sequence[int],
        dtype: DTypeLike,
        *,
        initializer: str,
        zero_output: bool,
        random_state: np.random.RandomState,
    ) -> "FittedNetwork":
        """A network with initial parameters."""
        blueprint = cached_blueprint(tuple(sizes), architecture, np.dtype(dtype))
        theta = initial_parameters(blueprint, initializer, zero_output, random_state)
        return cls(architecture, sizes, theta, np.zeros(blueprint.n_statistics, theta.dtype))

    @property
    def dtype(self) -> np.dtype:
        """Of the parameters; it stays when a user replaces some."""
        return self.arrays.theta.dtype

    def lists(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Weights and biases of each layer, as views."""
        return list(self._coefs), list(self._intercepts)

    def arrays_for(self, X: Any) -> Network:
        """Blueprint and numbers for input like X, dense or sparse."""
        if not prefers_sparse_layer(X) or self.architecture.residual:
            return self.arrays
        architecture = self.architecture._replace(sparse_input=True)
        blueprint = cached_blueprint(self.sizes, architecture, self.dtype)
        return self.arrays._replace(blueprint=blueprint)

    def with_parts(self, coefs: Sequence[Any], intercepts: Sequence[Any]) -> "FittedNetwork":
        """The network of these weights and biases: this one if they are its own, else a copy.

        Raises
        ------
        ValueError
            If their shapes do not fit each other or the other parts of the network.
        """
        given, own = (*coefs, *intercepts), (*self._coefs, *self._intercepts)
        if len(given) == len(own) and all(map(is_, given, own)):
            return self
        sizes = self._sizes_of(coefs)
        blueprint = cached_blueprint(sizes, self.architecture, self.dtype)
        theta = self._join(coefs, intercepts, blueprint)
        return FittedNetwork(self.architecture, sizes, theta, self.arrays.statistics)

    def with_options(self, architecture: Architecture, sizes: Sequence[int]) -> "FittedNetwork":
        """The same parameters, not a copy, with the activations and dropout of an architecture.

        Raises
        ------
        ValueError
            If the architecture or the sizes differ in what the parameters are made for.
        """
        fitted, given = _structure(self.architecture, self.sizes), _structure(architecture, sizes)
        for name, value in given.items():
            if value != fitted[name]:
                raise ValueError(
                    f"{name} cannot change between a fit and a warm start or partial_fit: the "
                    f"fitted network has {fitted[name]!r}, got {value!r}."
                )
        _, theta, statistics = self.arrays
        return FittedNetwork(architecture, sizes, theta, statistics)

    def copy(self) -> "FittedNetwork":
        """The same network in separate arrays."""
        _, theta, statistics = self.arrays
        return FittedNetwork(self.architecture, self.sizes, np.array(theta), np.array(statistics))

    def __getstate__(self) -> dict[str, Any]:
        _, theta, statistics = self.arrays
        return {
            "architecture": self.architecture,
            "sizes": self.sizes,
            "theta": theta,
            "statistics": statistics,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def _sizes_of(self, coefs):
        shapes = [np.shape(coef) for coef in coefs]
        if len(shapes) != len(self._coefs) or any(len(shape) != 2 for shape in shapes):
            raise _misfit()
        return (shapes[0][0], *(fan_out for _, fan_out in shapes))

    def _join(self, coefs, intercepts, blueprint: Blueprint) -> np.ndarray:
        """A vector of given parts and of those that no list shows."""
        own, own_theta = self.arrays.blueprint, self.arrays.theta
        parts = [*coefs, *_views(own_theta, own.projections), *intercepts]
        parts += _views(own_theta, chain(*own.norms))
        places = [*blueprint.weights, *blueprint.projections, *blueprint.biases]
        places += chain(*blueprint.norms)
        if [np.shape(part) for part in parts] != [shape for _, shape in places]:
            raise _misfit()
        theta = np.empty(blueprint.n_parameters, self.dtype)
        for part, (place, _) in zip(parts, places, strict=True):
            theta[place] = np.ravel(part)
        return theta


def _structure(architecture, sizes):
    """What the parameters are made for."""
    names = {(True, True): "both", (True, False): "input", (False, True): "hidden"}
    return {
        "hidden_layer_sizes": tuple(sizes[1:-1]),
        "The number of features": sizes[0],
        "The number of outputs": sizes[-1],
        "batch_norm": names.get((architecture.input_norm, architecture.hidden_norm), False),
        "residual": architecture.residual,
    }


def _views(theta, places):
    return [theta[place].reshape(shape) for place, shape in places]


def _misfit():
    return ValueError(
        "coefs_ and intercepts_ do not fit each other or the other parts of this network: coefs_ "
        "must hold a matrix of shape (n_units_in, n_units_out) for each layer, and intercepts_ a "
        "vector of shape (n_units_out,)."
    )

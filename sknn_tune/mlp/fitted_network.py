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
from sknn_tune.network.checks import check_architecture, check_numbers
from sknn_tune.network.initializers import initial_parameters


class FittedNetwork:
    """The network of a fitted estimator.

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

    Raises
    ------
    ValueError
        If they do not fit together, as those of a damaged file.
    """

    __slots__ = ("_coefs", "_intercepts", "architecture", "arrays", "sizes")

    def __init__(
        self,
        architecture: Architecture,
        sizes: Sequence[int],
        theta: np.ndarray,
        statistics: np.ndarray,
    ) -> None:
        sizes = tuple(sizes)
        blueprint = cached_blueprint(sizes, architecture, theta.dtype)
        check_numbers(blueprint, theta, statistics)
        self.architecture, self.sizes = architecture, sizes
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
        reads_as_it_is = self.architecture.residual or self.architecture.embeddings
        if reads_as_it_is or not prefers_sparse_layer(X):
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
        own = (*self._coefs, *self._intercepts)
        try:
            given = (*coefs, *intercepts)
        except TypeError:
            raise _misfit() from None
        if len(given) == len(own) and all(map(is_, given, own)):
            return self
        shapes = [np.shape(coef) for coef in coefs]
        if len(shapes) != len(self._coefs) or any(len(shape) != 2 for shape in shapes):
            raise _misfit()
        n_features = self.sizes[0] if self.architecture.embeddings else shapes[0][0]
        sizes = (n_features, *(fan_out for _, fan_out in shapes))
        blueprint = cached_blueprint(sizes, self.architecture, self.dtype)
        theta = self._join(coefs, intercepts, blueprint)
        check_architecture(self.architecture, sizes, theta.size)
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
        names = ("architecture", "sizes", "theta", "statistics")
        if not (isinstance(state, dict) and set(state) == set(names)):
            raise ValueError(f"A stored network consists of {names}.")
        architecture, sizes, *arrays = (state[name] for name in names)
        theta, statistics = map(_numbers, arrays)
        sizes = tuple(sizes) if isinstance(sizes, list) else sizes
        check_architecture(architecture, sizes, theta.size)
        self.__init__(architecture, sizes, theta, statistics)  # type: ignore[misc]

    def _join(self, coefs, intercepts, blueprint: Blueprint) -> np.ndarray:
        """A vector of given weights and biases, and of what no list shows."""
        own, own_theta = _hidden_places(self.arrays.blueprint), self.arrays.theta
        parts = [*coefs, *intercepts, *_views(own_theta, own)]
        places = [*blueprint.weights, *blueprint.biases, *_hidden_places(blueprint)]
        if [np.shape(part) for part in parts] != [shape for _, shape in places]:
            raise _misfit()
        theta = np.empty(blueprint.n_parameters, self.dtype)
        for part, (place, _) in zip(parts, places, strict=True):
            numbers = np.asarray(part)
            if numbers.dtype.kind not in "biuf":
                raise ValueError(
                    "coefs_ and intercepts_ must hold real numbers, got an array of dtype "
                    f"{numbers.dtype}."
                )
            with np.errstate(over="ignore"):
                theta[place] = np.ravel(numbers)
        return theta


def _hidden_places(blueprint):
    """Where the parameters lie that an estimator does not show."""
    return [*blueprint.projections, *chain(*blueprint.norms), *blueprint.tables]


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


def _numbers(array):
    """A copy of an array from a file, which may be mapped and read-only, in this machine's form."""
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f" or array.itemsize not in (4, 8):
        raise ValueError("The numbers of a stored network must be float32 or float64.")
    return np.array(array, dtype=array.dtype.newbyteorder("="))


def _views(theta, places):
    return [theta[place].reshape(shape) for place, shape in places]


def _misfit():
    return ValueError(
        "coefs_ and intercepts_ do not fit each other or the other parts of this network: coefs_ "
        "must hold a matrix of shape (n_units_in, n_units_out) for each layer, and intercepts_ a "
        "vector of shape (n_units_out,)."
    )

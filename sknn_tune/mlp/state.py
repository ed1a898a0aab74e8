"""The fitted parameters as scikit-learn shows them, on top of one flat vector.

``coefs_`` and ``intercepts_`` are lists of views into the vector that compiled code works on. A
user may replace a part or write into it: whatever the lists hold is what the network computes.
"""

from typing import NamedTuple

import numpy as np

from sknn_tune.network.blueprint import Blueprint

#: The attributes that hold the parameters, in the order of the flat vector.
_GROUPS = ("coefs_", "_projections", "intercepts_", "_norms")


class Network(NamedTuple):
    """A blueprint and the numbers that make it a network."""

    blueprint: Blueprint
    theta: np.ndarray  #: (n_parameters,)
    statistics: np.ndarray  #: running moments of batch normalisation


class FittedParameters:
    """Keeps an estimator's public lists and the flat vector in step."""

    def _expose(self, network):
        """Show the parameters as scikit-learn's lists of matrices, without a copy."""
        for group, places in _places(network.blueprint).items():
            views = [network.theta[place].reshape(shape) for place, shape in places]
            setattr(self, group, views)
        self._statistics = network.statistics

    def _network(self, blueprint):
        """The network of the public lists; a copy of the parameters where a part was replaced."""
        groups = _places(blueprint)
        parts = [part for group in groups for part in getattr(self, group)]
        places = [place for group in groups.values() for place in group]
        if [np.shape(part) for part in parts] != [shape for _, shape in places]:
            raise self._misfit()
        theta = _common_vector(parts, places, blueprint)
        if theta is None:
            theta = np.empty(blueprint.n_parameters, blueprint.dtype)
            for part, (place, _) in zip(parts, places, strict=True):
                theta[place] = np.ravel(part)
        return Network(blueprint, theta, self._statistics)

    def _widths(self):
        """Widths of the layers after the input, as ``coefs_`` has them now."""
        shapes = [np.shape(coef) for coef in self.coefs_]
        n_layers = len(self._architecture.dropout) + 1
        if len(shapes) != n_layers or any(len(shape) != 2 for shape in shapes):
            raise self._misfit()
        return [fan_out for _, fan_out in shapes]

    def _misfit(self):
        return ValueError(
            "coefs_ and intercepts_ do not fit a network with "
            f"hidden_layer_sizes={self.hidden_layer_sizes!r}, "
            f"batch_norm={self.batch_norm!r}, residual={self.residual!r} and this data; "
            "these cannot change between a fit and a warm start or partial_fit."
        )

    def __setstate__(self, state):
        super().__setstate__(state)
        if hasattr(self, "coefs_"):
            self._join_parameters()

    def _join_parameters(self):
        """Lay separate arrays, as a pickle holds them, into one vector of our own again.

        Copies, because what is loaded may be mapped from a file and read-only.
        """
        parts = [np.asarray(part) for group in _GROUPS for part in getattr(self, group)]
        theta = np.concatenate([part.ravel() for part in parts])
        ends = np.cumsum([part.size for part in parts])[:-1]
        views = iter(np.split(theta, ends))
        shapes = iter([part.shape for part in parts])
        for group in _GROUPS:
            setattr(self, group, [next(views).reshape(next(shapes)) for _ in getattr(self, group)])
        self._statistics = self._statistics.copy()
        if self._state is not None:
            self._state = self._state.copy()
        if self._last is not None:
            self._last = [part.copy() for part in self._last]
        if self._run is not None:
            self._run = self._run.copy()
            self._run.state = self._state

    def __getstate__(self):
        state = dict(super().__getstate__())
        # An optimizer's moments are twice the model; only partial_fit and a run go on with them.
        if "_state" in state and not (state["_incremental"] or state["_run"]):
            state["_state"] = None
        return state


def _places(blueprint):
    """Where the parts of each attribute lie in the vector."""
    norms = [part for norm in blueprint.norms for part in norm]
    places = (blueprint.weights, blueprint.projections, blueprint.biases, norms)
    return dict(zip(_GROUPS, places, strict=True))


def _common_vector(parts, places, blueprint):
    """The vector that all parts are views of, at their places; None where one is not."""
    theta = getattr(parts[0], "base", None)
    dtype, shape = blueprint.dtype, (blueprint.n_parameters,)
    if type(theta) is not np.ndarray or theta.shape != shape or theta.dtype != dtype:
        return None
    if not (theta.flags.owndata and theta.flags.writeable):
        return None  # a user's memory, which training must not write
    start = _address(theta)
    for part, (place, _) in zip(parts, places, strict=True):
        if getattr(part, "base", None) is not theta or not part.flags.c_contiguous:
            return None
        if _address(part) != start + place.start * theta.itemsize:
            return None
    return theta


def _address(array):
    return array.__array_interface__["data"][0]

"""The fitted parameters as scikit-learn shows them, on top of one flat vector.

``coefs_`` and ``intercepts_`` are lists of views into the vector that compiled code works on. A
user may replace a part or write into it: whatever the lists hold is what the network computes.
"""

import numpy as np


class FittedParameters:
    """Keeps an estimator's public lists and the flat vector in step."""

    def _expose(self, blueprint, theta, statistics):
        """Show the parameter vector as scikit-learn's lists of matrices, without a copy."""

        def views(parts):
            return [theta[place].reshape(shape) for place, shape in parts]

        self.coefs_ = views(blueprint.weights)
        self.intercepts_ = views(blueprint.biases)
        self._projections = views(blueprint.projections)
        self._norms = views([part for norm in blueprint.norms for part in norm])
        self._statistics = statistics

    def _parameters(self, blueprint):
        """The parameter vector under the public lists, made anew where a user replaced a part."""
        places = [*blueprint.weights, *blueprint.projections, *blueprint.biases]
        places += [part for norm in blueprint.norms for part in norm]
        parts = [*self.coefs_, *self._projections, *self.intercepts_, *self._norms]
        theta = _common_vector(parts, places, blueprint)
        if theta is None:
            theta = np.empty(blueprint.n_parameters, blueprint.plan.shapes.dtype)
            if [np.shape(part) for part in parts] != [shape for _, shape in places]:
                raise ValueError(
                    "coefs_ and intercepts_ do not fit a network with "
                    f"hidden_layer_sizes={self.hidden_layer_sizes!r}, "
                    f"batch_norm={self.batch_norm!r}, residual={self.residual!r} and this data; "
                    "these cannot change between a fit and a warm start or partial_fit."
                )
            for part, (place, _) in zip(parts, places, strict=True):
                theta[place] = np.ravel(part)
            self._expose(blueprint, theta, self._statistics)
        return theta, self._statistics

    def __setstate__(self, state):
        super().__setstate__(state)
        if hasattr(self, "coefs_"):
            self._join_parameters()

    def _join_parameters(self):
        """Lay separate arrays, as a pickle holds them, into one vector again."""
        groups = ("coefs_", "_projections", "intercepts_", "_norms")
        parts = [part for group in groups for part in getattr(self, group)]
        theta = np.concatenate([np.ravel(part) for part in parts])
        start = 0
        for group in groups:
            views = []
            for part in getattr(self, group):
                views.append(theta[start : start + part.size].reshape(part.shape))
                start += part.size
            setattr(self, group, views)

    def __getstate__(self):
        state = dict(super().__getstate__())
        # An optimizer's moments are twice the model; only partial_fit goes on with them.
        if "_state" in state and not state.get("_incremental", False):
            state["_state"] = None
        return state


def _common_vector(parts, places, blueprint):
    """The vector that all parts are views of, at their places; None where one is not."""
    theta = parts[0].base if isinstance(parts[0], np.ndarray) else None
    if theta is None or theta.shape != (blueprint.n_parameters,):
        return None
    if theta.dtype != blueprint.plan.shapes.dtype:
        return None
    start = theta.__array_interface__["data"][0]
    if len(parts) != len(places):
        return None
    for part, (place, shape) in zip(parts, places, strict=True):
        if getattr(part, "base", None) is not theta or part.shape != shape:
            return None
        offset = part.__array_interface__["data"][0] - start
        if offset != place.start * theta.itemsize or not part.flags.c_contiguous:
            return None
    return theta

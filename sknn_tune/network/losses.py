"""Losses: value, output delta and link of each, side by side.

A row of `LOSSES` names its link (the output activation that turns raw scores into predictions)
and two scalar functions: ``value(y, p, param)``, the loss of prediction ``p`` for target ``y``,
and ``delta(y, p, param)``, its derivative with respect to the *raw score*, so that the link is
already differentiated. ``param`` is the parameter of the loss (Huber's delta, the quantile of
an output, label smoothing). The loss of a row of data is the sum over its outputs, weighted.

The log-loss of exclusive classes couples the outputs of a row through the softmax, so it is the
only loss written as a separate kernel; its target is the number of the class.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numba import types
from numba.extending import overload
from numpy import ndarray as Array

from sknn_tune.network.context import delta_of, operation_of, output_of
from sknn_tune.network.elementary import exp, log, logistic
from sknn_tune.network.jit import from_source, inlined, kernel, like
from sknn_tune.network.options import Option, is_real
from sknn_tune.network.plan import OUTPUT
from sknn_tune.network.registry import registry
from sknn_tune.network.units import Unit
from sknn_tune.network.views import flat, matrix, vector


class Loss(NamedTuple):
    """A row of the table of losses."""

    link: str
    value: Callable | None
    delta: Callable | None
    #: Default of the loss's parameter.
    param: float = 0.0
    #: Smallest target allowed, and whether that bound itself is allowed.
    lowest_target: float = -np.inf
    excludes_lowest: bool = False


@inlined
def _identity(z):
    return z


#: Output activations by the name scikit-learn gives them in ``out_activation_``.
LINKS = {"identity": _identity, "logistic": logistic, "exp": exp, "softmax": None}


def machine_epsilon(x: float) -> float:
    """Machine epsilon of the dtype of x: probabilities are clipped this far from 0 and 1."""
    return np.finfo(type(x)).eps


@overload(machine_epsilon)
def _machine_epsilon(x):
    epsilon = np.finfo(np.float32 if x == types.float32 else np.float64).eps
    return lambda x: epsilon


@inlined
def _clipped_log(p):
    epsilon = machine_epsilon(p)
    return log(min(max(p, epsilon), like(p, 1.0) - epsilon))


@inlined
def squared_error(y: float, p: float, param: float) -> float:
    return like(p, 0.5) * (p - y) * (p - y)


@inlined
def squared_error_delta(y: float, p: float, param: float) -> float:
    return p - y


@inlined
def absolute_error(y: float, p: float, param: float) -> float:
    return abs(p - y)


@kernel
def absolute_error_delta(y: float, p: float, param: float) -> float:
    # Written so that a NaN stays one.
    return (p - y) / abs(p - y) if p != y else like(p, 0.0)


@kernel
def huber(y: float, p: float, delta: float) -> float:
    r = abs(p - y)
    return like(p, 0.5) * r * r if r <= delta else delta * (r - like(p, 0.5) * delta)


@inlined
def huber_delta(y: float, p: float, delta: float) -> float:
    return max(min(p - y, delta), -delta)


@kernel
def quantile(y: float, p: float, q: float) -> float:
    return q * (y - p) if y >= p else (like(p, 1.0) - q) * (p - y)


@kernel
def quantile_delta(y: float, p: float, q: float) -> float:
    slope = q if y > p else like(p, 1.0) - q
    # Written so that a NaN stays one.
    return slope * (p - y) / abs(p - y) if p != y else like(p, 0.0)


@kernel
def poisson(y: float, p: float, param: float) -> float:
    # Half the deviance; y log(y / p) is 0 at y = 0.
    return (y * np.log(y / p) if y > 0 else like(p, 0.0)) - y + p


@inlined
def poisson_delta(y: float, p: float, param: float) -> float:
    return p - y


@inlined
def gamma(y: float, p: float, param: float) -> float:
    # Half the deviance.
    return y / p - like(p, 1.0) - np.log(y / p)


@inlined
def gamma_delta(y: float, p: float, param: float) -> float:
    return like(p, 1.0) - y / p


@inlined
def _smooth(y, smoothing):
    return y + smoothing * (like(y, 0.5) - y)


@kernel
def binary_log_loss(y: float, p: float, smoothing: float) -> float:
    t = _smooth(y, smoothing)
    one = like(p, 1.0)
    # y is 0 or 1: without smoothing one of the logarithms has no weight.
    if smoothing == 0:
        return -_clipped_log(p if y > 0 else one - p)
    return -t * _clipped_log(p) - (one - t) * _clipped_log(one - p)


@inlined
def binary_log_loss_delta(y: float, p: float, smoothing: float) -> float:
    return p - _smooth(y, smoothing)


@kernel
def softmax(Z: Array) -> None:
    """Z <- exp(Z) / sum of exp(Z), row by row."""
    n, k = Z.shape
    for i in range(n):
        top = Z[i, 0]
        for j in range(1, k):
            top = max(Z[i, j], top)
        for j in range(k):
            Z[i, j] -= top
    # One long loop over all elements: the rows are too short to fill a vector.
    z = flat(Z)
    for j in range(z.size):
        z[j] = exp(z[j])
    for i in range(n):
        total = like(Z[0, 0], 0.0)
        for j in range(k):
            total += Z[i, j]
        scale = like(total, 1.0) / total
        for j in range(k):
            Z[i, j] *= scale


@kernel
def softmax_log_loss(Z: Array, Y: Array, weights: Array, D: Array, params: Array) -> float:
    """Log-loss of exclusive classes; D <- weight * (probability - smoothed indicator)."""
    softmax(Z)
    n, k = Z.shape
    smoothing = params[0]
    share = smoothing / like(smoothing, k)
    sharp = like(smoothing, 1.0) - smoothing
    of_target = np.empty(n, Z.dtype)
    for i in range(n):
        target = int(Y[i, 0])
        of_target[i] = Z[i, target]
        for j in range(k):
            D[i, j] = weights[i] * (Z[i, j] - share)
        D[i, target] -= weights[i] * sharp
    # The logarithms have a separate loop, which the compiler can vectorise.
    total = 0.0
    for i in range(n):
        total -= weights[i] * sharp * _clipped_log(of_target[i])
    if smoothing > 0:
        for i in range(n):
            for j in range(k):
                total -= weights[i] * share * _clipped_log(Z[i, j])
    return total


def _kernels(row):
    return {} if row.link == "softmax" else {"value": "y, p, param", "delta": "y, p, param"}


LOSSES = registry(
    {
        "squared_error": Loss("identity", squared_error, squared_error_delta),
        "absolute_error": Loss("identity", absolute_error, absolute_error_delta),
        "huber": Loss("identity", huber, huber_delta, param=1.35),
        "quantile": Loss("identity", quantile, quantile_delta, param=0.5),
        "poisson": Loss("exp", poisson, poisson_delta, lowest_target=0.0),
        "gamma": Loss("exp", gamma, gamma_delta, lowest_target=0.0, excludes_lowest=True),
        "binary_log_loss": Loss("logistic", binary_log_loss, binary_log_loss_delta),
        "log_loss": Loss("softmax", None, None),
    },
    _kernels,
)


@dataclass(frozen=True)
class Huber(Option):
    """Squared error for residuals up to ``delta``, absolute error beyond (Huber 1964).

    Parameters
    ----------
    delta : float, default=1.35
        Where the loss turns from a parabola into a line, in units of the target, above 0.
    """

    delta: float = 1.35
    name: ClassVar[str] = "huber"

    def check(self) -> None:
        in_range = is_real(self.delta) and self.delta > 0
        self._require(in_range, "delta", "a finite number above 0")

    @property
    def params(self) -> tuple[float, ...]:
        """The parameter for each output."""
        return (float(self.delta),)


@dataclass(frozen=True)
class Quantile(Option):
    """Pinball loss, whose minimum is a quantile of the target (Koenker and Bassett 1978).

    Parameters
    ----------
    quantile : float or tuple of float, default=0.5
        In (0, 1). Several quantiles give one column of predictions each.
    """

    quantile: float | tuple = 0.5
    name: ClassVar[str] = "quantile"

    def check(self) -> None:
        numbers = all(is_real(q) and 0 < q < 1 for q in self._values())
        self._require(numbers and self._values(), "quantile", "in (0, 1), or a tuple of such")

    @property
    def params(self) -> tuple[float, ...]:
        """The parameter for each output."""
        return tuple(float(q) for q in self._values())

    def _values(self) -> tuple:
        given = self.quantile
        if isinstance(given, Iterable) and not isinstance(given, str):
            return tuple(given)
        return (given,)


_ELEMENTWISE = """
total = 0.0
for i in range(Z.shape[0]):
    for j in range(Z.shape[1]):
        p = link(Z[i, j])
        Z[i, j] = p
        D[i, j] = weights[i] * delta(Y[i, j], p, params[j])
        total += weights[i] * value(Y[i, j], p, params[j])
return total
"""
_LINK = """
for i in range(Z.shape[0]):
    for j in range(Z.shape[1]):
        Z[i, j] = link(Z[i, j])
"""


def _loss_kernel(name, row):
    """Z <- link(Z), D <- weighted delta; returns the weighted sum of the losses."""
    if row.value is None:
        return softmax_log_loss
    functions = {"link": LINKS[row.link], "value": row.value, "delta": row.delta}
    parameters = "Z, Y, weights, D, params"
    return inlined(from_source(f"loss_{name}", parameters, _ELEMENTWISE, **functions))


def _link_kernel(name, link):
    """Z <- link(Z)."""
    if link is None:
        return softmax
    return inlined(from_source(f"link_{name}", "Z", _LINK, link=link))


#: The kernels of whole batches, by name of the loss and of the link.
OUTPUT_LOSS = {name: _loss_kernel(name, row) for name, row in LOSSES.items()}
APPLY_LINK = {name: _link_kernel(name, link) for name, link in LINKS.items()}


def _loss_unit(name):
    kernel = OUTPUT_LOSS[name]

    def output_loss(context, position, n_rows, key):
        slot, workspace = operation_of(context, position)[OUTPUT], context.workspace
        Z, D = output_of(context, slot, n_rows), delta_of(context, slot, n_rows)
        targets = matrix(workspace.targets, 0, n_rows, context.data.targets.shape[1])
        weights = vector(workspace.weights, 0, n_rows)
        return kernel(Z, targets, weights, D, context.objective.loss_params)

    return Unit(output_loss, name)


def _link_unit(name):
    kernel = APPLY_LINK[name]

    def apply_link(context, position, n_rows, key):
        kernel(output_of(context, operation_of(context, position)[OUTPUT], n_rows))
        return 0.0

    return Unit(apply_link, name)


#: Units that follow the last operation, by number of the loss and of the link.
LOSS_UNITS = [_loss_unit(name) for name in LOSSES]
LINK_UNITS = [_link_unit(name) for name in LINKS]

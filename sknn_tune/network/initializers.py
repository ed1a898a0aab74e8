"""Initializers: the distribution that a layer's first weights are drawn from.

A row of `INITIALIZERS` is a function ``(random_state, fan_in, fan_out) -> matrix``.
Biases start at 0, except under ``"auto"``, which draws them as scikit-learn does.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from sknn_tune.network.blueprint import Blueprint

Initializer = Callable[[np.random.RandomState, int, int], np.ndarray]


def _uniform(scale):
    """Uniform on +-sqrt(3 / n), that is with variance 1 / n, for n = scale(fan_in, fan_out)."""

    def draw(random_state, fan_in, fan_out):
        bound = np.sqrt(3.0 / scale(fan_in, fan_out))
        return random_state.uniform(-bound, bound, (fan_in, fan_out))

    return draw


def _normal(scale):
    """Normal with variance 1 / n for n = scale(fan_in, fan_out)."""

    def draw(random_state, fan_in, fan_out):
        deviation = np.sqrt(1.0 / scale(fan_in, fan_out))
        return random_state.normal(0.0, deviation, (fan_in, fan_out))

    return draw


def _glorot(fan_in, fan_out):
    return (fan_in + fan_out) / 2.0


def _he(fan_in, fan_out):
    return fan_in / 2.0


def _lecun(fan_in, fan_out):
    return fan_in


def _orthogonal(random_state, fan_in, fan_out):
    """Orthonormal rows or columns, whichever are fewer (Saxe et al. 2014, arXiv:1312.6120)."""
    tall = random_state.normal(0.0, 1.0, (max(fan_in, fan_out), min(fan_in, fan_out)))
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diag(r))  # without this the distribution is not uniform
    return q if fan_in >= fan_out else q.T


INITIALIZERS: Mapping[str, Initializer] = MappingProxyType(
    {
        "glorot_uniform": _uniform(_glorot),  # Glorot and Bengio 2010
        "glorot_normal": _normal(_glorot),
        "he_uniform": _uniform(_he),  # He et al. 2015, arXiv:1502.01852
        "he_normal": _normal(_he),
        "lecun_uniform": _uniform(_lecun),  # LeCun et al. 1998, "Efficient BackProp"
        "lecun_normal": _normal(_lecun),
        "orthogonal": _orthogonal,
    }
)


def initial_parameters(
    blueprint: Blueprint, name: str, zero_output: bool, random_state: np.random.RandomState
) -> np.ndarray:
    """Draw the first parameters of a network.

    ``"auto"`` consumes the random stream exactly as scikit-learn does: for each layer its
    weights, then its biases, both uniform on +-sqrt(6 / (fan_in + fan_out)), with 2 instead of 6
    where the activation is logistic (for the output that of the last hidden layer). Residual
    projections are drawn last, glorot uniform.
    """
    theta = np.zeros(blueprint.n_parameters)
    n_hidden = len(blueprint.weights) - 1
    activations = [*blueprint.activations[:n_hidden], blueprint.activations[-1]]
    for (weight, shape), (bias, (fan_out,)), activation in zip(
        blueprint.weights, blueprint.biases, activations, strict=True
    ):
        if name == "auto":
            bound = np.sqrt((2.0 if activation == "logistic" else 6.0) / sum(shape))
            drawn = random_state.uniform(-bound, bound, (shape[0] + 1) * fan_out)
            theta[weight], theta[bias] = drawn[:-fan_out], drawn[-fan_out:]
        else:
            theta[weight] = INITIALIZERS[name](random_state, *shape).ravel()
    if zero_output:
        theta[blueprint.weights[-1][0]] = 0.0
        theta[blueprint.biases[-1][0]] = 0.0
    for projection, shape in blueprint.projections:
        theta[projection] = INITIALIZERS["glorot_uniform"](random_state, *shape).ravel()
    for (scale, _), _ in blueprint.norms:
        theta[scale] = 1.0
    return theta.astype(blueprint.dtype)

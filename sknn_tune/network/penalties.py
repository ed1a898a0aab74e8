"""Penalties on the weights: L2 in the gradient, L1 by a proximal step, elastic net by both.

The penalty of a batch is ``alpha * ((1 - l1_ratio) / 2 * |w|_2^2 + l1_ratio * |w|_1) / S``,
where S is the batch's sum of sample weights (scikit-learn's scale) or the data set's.

L1 is not differentiable at 0. After the optimizer's step on the smooth part, each weight is
moved towards 0 by the threshold and stops there, so weights become exactly 0. Under an adaptive
optimizer the threshold is measured with the optimizer's own step size for that weight (Yun,
Lozano, Yang 2021, "Adaptive proximal gradient methods for structured neural networks"): a
threshold common to all would leave hardly a weight at 0.
"""

import numpy as np
from numpy import ndarray as Array

from sknn_tune.network.context import RATE, THRESHOLD, Context
from sknn_tune.network.jit import from_source, inlined, kernel, like
from sknn_tune.network.optimizers import OPTIMIZERS
from sknn_tune.network.units import Unit, unit
from sknn_tune.network.updates import decay_and_scale
from sknn_tune.network.views import vector


@kernel
def sum_of_squares(x: Array) -> float:
    total = like(x[0], 0.0)
    for i in range(x.size):
        total += x[i] * x[i]
    return total


@kernel
def sum_of_absolutes(x: Array) -> float:
    total = like(x[0], 0.0)
    for i in range(x.size):
        total += abs(x[i])
    return total


@kernel
def clipping_factor(
    theta: Array, gradient: Array, stop: int, decay: float, scale: float, limit: float
) -> float:
    """min(1, limit / norm) for the gradient that the optimizer will follow."""
    squares = 0.0
    for i in range(theta.size):
        g = gradient[i] + decay * theta[i] if i < stop else gradient[i]
        squares += scale * scale * g * g
    norm = np.sqrt(squares)
    return limit / norm if norm > limit else 1.0


@inlined
def shrink(w: float, threshold: float) -> float:
    """Soft thresholding: the proximal operator of the absolute value."""
    return max(w - threshold, like(w, 0.0)) + min(w + threshold, like(w, 0.0))


@unit
def squares(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    """What the L2 penalty is a multiple of."""
    return sum_of_squares(vector(context.workspace.theta, 0, context.objective.n_penalised))


@unit
def absolutes(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    """What the L1 penalty is a multiple of."""
    return sum_of_absolutes(vector(context.workspace.theta, 0, context.objective.n_penalised))


@unit
def clip(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    decay, scale = decay_and_scale(context)
    if context.optimization.decoupled_decay:
        decay = like(decay, 0.0)
    workspace, n_penalised = context.workspace, context.objective.n_penalised
    limit = context.optimization.clip_norm
    return clipping_factor(workspace.theta, workspace.gradient, n_penalised, decay, scale, limit)


_PROXIMAL = """
eta = like(threshold, steady_rate(rate, counters, hyper))
epsilon = like(threshold, hyper.epsilon)
for i in range(stop):
    theta[i] = shrink(theta[i], step_size(state, i, theta.size, eta, epsilon) * threshold)
"""


def _proximal_kernel(name, row):
    """Move the first parameters towards 0 by the threshold, in the metric of the optimizer."""
    parameters = "theta, state, stop, rate, threshold, counters, hyper"
    functions = {"step_size": row.step_size, "steady_rate": row.steady_rate}
    names = {"shrink": shrink, "like": like} | functions
    return inlined(from_source(f"proximal_{name}", parameters, _PROXIMAL, **names))


#: The kernels by name of the optimizer.
PROXIMAL_STEP = {name: _proximal_kernel(name, row) for name, row in OPTIMIZERS.items()}


def _unit(name):
    kernel = PROXIMAL_STEP[name]

    def proximal_step(context, position, n_rows, key):
        objective, optimization = context.objective, context.optimization
        theta, step = context.workspace.theta, context.step
        kernel(
            theta,
            optimization.state,
            objective.n_penalised,
            step[RATE],
            like(theta[0], step[THRESHOLD]),
            optimization.counters,
            optimization.hyper,
        )
        return 0.0

    return Unit(proximal_step, name)


#: Units that follow the update, by number of the optimizer.
PROXIMAL_UNITS = [_unit(name) for name in OPTIMIZERS]

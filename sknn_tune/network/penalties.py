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

from sknn_tune.network.jit import inlined, kernel, like, switch
from sknn_tune.network.optimizers import OPTIMIZERS


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


_PROXIMAL = """
eta = like(threshold, {name}_steady_rate(rate, counters, hyper))
epsilon = like(threshold, hyper.epsilon)
for i in range(stop):
    theta[i] = shrink(theta[i], {name}_step_size(state, i, theta.size, eta, epsilon) * threshold)
"""


#: proximal_step(code, theta, state, stop, rate, threshold, counters, hyper), with the
#: codes of the optimizers.
proximal_step = switch(
    "theta, state, stop, rate, threshold, counters, hyper",
    [_PROXIMAL.format(name=name) for name in OPTIMIZERS],
    shrink=shrink,
    like=like,
    **{f"{name}_step_size": row.step_size for name, row in OPTIMIZERS.items()},
    **{f"{name}_steady_rate": row.steady_rate for name, row in OPTIMIZERS.items()},
)

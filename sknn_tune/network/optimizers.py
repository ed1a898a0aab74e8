"""Optimizers: in-place update rules, sorted by complexity.

A rule updates a stretch of the parameters, ``theta``. The gradient it follows is
``scale * (gradient + decay * theta)``: the sum over the batch, the L2 penalty and the division
by the batch's weight (with the clipping factor) meet here, so that no pass over the parameters
is made for them. The moments that the rule keeps have a number for each parameter; ``counters``
holds the number of the step and what else grows with it.

``step_size(state, i, n, eta, epsilon)`` is the rule's own rate for parameter i of n, the metric
of the proximal step that an L1 penalty needs (`penalties`).

Adam divides by ``sqrt(v) + epsilon`` *before* the bias correction of v, as scikit-learn does
(PyTorch corrects first); the family follows it.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sknn_tune.network.jit import exact_kernel, inlined, like, switch
from sknn_tune.network.views import vector

#: What `counters` holds: steps made; nadam's product of momentum factors.
STEP, MOMENTUM_PRODUCT = range(2)
N_COUNTERS = 2


class Hyperparameters(NamedTuple):
    """Numbers of the update rules, float64."""

    momentum: float
    nesterov: bool
    beta_1: float
    beta_2: float
    epsilon: float


class Optimizer(NamedTuple):
    """A row of the table of optimizers."""

    update: Callable
    step_size: Callable
    n_moments: int
    #: (rate, counters, hyper) -> how far a steady gradient of 1 moves a parameter in a step,
    #: before `step_size` divides it.
    steady_rate: Callable
    #: Whether `alpha` shrinks the weights directly instead of entering the gradient.
    decoupled_decay: bool = False


@inlined
def _common_step_size(state, i, n, eta, epsilon):
    return eta


@inlined
def _plain_rate(rate, counters, hyper):
    return rate


@inlined
def _momentum_rate(rate, counters, hyper):
    # The velocity is a sum of gradients, not their mean.
    return rate / (1.0 - hyper.momentum)


@inlined
def sgd(theta, gradient, velocity, rate, decay, scale, counters, hyper):
    mu = like(theta[0], hyper.momentum)
    eta = like(theta[0], rate)
    for i in range(theta.size):
        g = scale * (gradient[i] + decay * theta[i])
        v = mu * velocity[i] - eta * g
        velocity[i] = v
        theta[i] += mu * v - eta * g if hyper.nesterov else v


@inlined
def _squares_step_size(state, i, n, eta, epsilon):
    return eta / (np.sqrt(state[i]) + epsilon)


@inlined
def adagrad(theta, gradient, squares, rate, decay, scale, counters, hyper):
    eta = like(theta[0], rate)
    epsilon = like(theta[0], hyper.epsilon)
    for i in range(theta.size):
        g = scale * (gradient[i] + decay * theta[i])
        v = squares[i] + g * g
        squares[i] = v
        theta[i] -= eta * g / (np.sqrt(v) + epsilon)


@inlined
def rmsprop(theta, gradient, squares, rate, decay, scale, counters, hyper):
    eta = like(theta[0], rate)
    epsilon = like(theta[0], hyper.epsilon)
    b2, c2 = like(theta[0], hyper.beta_2), like(theta[0], 1.0 - hyper.beta_2)
    for i in range(theta.size):
        g = scale * (gradient[i] + decay * theta[i])
        v = b2 * squares[i] + c2 * g * g
        squares[i] = v
        theta[i] -= eta * g / (np.sqrt(v) + epsilon)


@inlined
def corrected_rate(rate, counters, hyper):
    """Adam's rate with the bias corrections of both moments."""
    t = counters[STEP]
    return rate * np.sqrt(1.0 - hyper.beta_2**t) / (1.0 - hyper.beta_1**t)


@inlined
def _adam_step_size(state, i, n, eta, epsilon):
    return eta / (np.sqrt(state[n + i]) + epsilon)


@inlined
def adam(theta, gradient, means, squares, rate, decay, scale, counters, hyper):
    eta = like(theta[0], corrected_rate(rate, counters, hyper))
    epsilon = like(theta[0], hyper.epsilon)
    b1, c1 = like(theta[0], hyper.beta_1), like(theta[0], 1.0 - hyper.beta_1)
    b2, c2 = like(theta[0], hyper.beta_2), like(theta[0], 1.0 - hyper.beta_2)
    for i in range(theta.size):
        g = scale * (gradient[i] + decay * theta[i])
        m = b1 * means[i] + c1 * g
        v = b2 * squares[i] + c2 * g * g
        means[i] = m
        squares[i] = v
        theta[i] -= eta * m / (np.sqrt(v) + epsilon)


@inlined
def adamw(theta, gradient, means, squares, rate, decay, scale, counters, hyper):
    keep = like(theta[0], 1.0 - rate * decay)
    for i in range(theta.size):
        theta[i] *= keep
    adam(theta, gradient, means, squares, rate, like(decay, 0.0), scale, counters, hyper)


@inlined
def _amsgrad_step_size(state, i, n, eta, epsilon):
    return eta / (np.sqrt(state[2 * n + i]) + epsilon)


@inlined
def amsgrad(theta, gradient, means, squares, largest, rate, decay, scale, counters, hyper):
    eta = like(theta[0], corrected_rate(rate, counters, hyper))
    epsilon = like(theta[0], hyper.epsilon)
    b1, c1 = like(theta[0], hyper.beta_1), like(theta[0], 1.0 - hyper.beta_1)
    b2, c2 = like(theta[0], hyper.beta_2), like(theta[0], 1.0 - hyper.beta_2)
    for i in range(theta.size):
        g = scale * (gradient[i] + decay * theta[i])
        m = b1 * means[i] + c1 * g
        v = b2 * squares[i] + c2 * g * g
        means[i] = m
        squares[i] = v
        top = max(v, largest[i])
        largest[i] = top
        theta[i] -= eta * m / (np.sqrt(top) + epsilon)


_LOG_DECAY = 0.004 * math.log(0.96)


@inlined
def _nadam_momentum(step, hyper):
    # 0.96 ** (0.004 * step); a power of a constant is compiled in more than one way.
    return hyper.beta_1 * (1.0 - 0.5 * math.exp(step * _LOG_DECAY))


# Exact: rearranged together with the mean m, it would be so in more than one way, and the process
# that compiles would give other last digits than those that load the machine code.
@exact_kernel
def _blend(a, g, b, m):
    return a * g + b * m


@inlined
def nadam(theta, gradient, means, squares, rate, decay, scale, counters, hyper):
    t = counters[STEP]
    product = counters[MOMENTUM_PRODUCT]
    correction = np.sqrt(1.0 - hyper.beta_2**t)
    now, following = _nadam_momentum(t, hyper), _nadam_momentum(t + 1, hyper)
    of_gradient = like(theta[0], correction * rate * (1.0 - now) / (1.0 - product))
    of_mean = like(theta[0], correction * rate * following / (1.0 - product * following))
    epsilon = like(theta[0], hyper.epsilon)
    b1, c1 = like(theta[0], hyper.beta_1), like(theta[0], 1.0 - hyper.beta_1)
    b2, c2 = like(theta[0], hyper.beta_2), like(theta[0], 1.0 - hyper.beta_2)
    for i in range(theta.size):
        g = scale * (gradient[i] + decay * theta[i])
        m = b1 * means[i] + c1 * g
        v = b2 * squares[i] + c2 * g * g
        means[i] = m
        squares[i] = v
        theta[i] -= _blend(of_gradient, g, of_mean, m) / (np.sqrt(v) + epsilon)


OPTIMIZERS = {
    "sgd": Optimizer(sgd, _common_step_size, 1, _momentum_rate),
    "adagrad": Optimizer(adagrad, _squares_step_size, 1, _plain_rate),
    "rmsprop": Optimizer(rmsprop, _squares_step_size, 1, _plain_rate),
    "adam": Optimizer(adam, _adam_step_size, 2, corrected_rate),
    "adamw": Optimizer(adamw, _adam_step_size, 2, corrected_rate, decoupled_decay=True),
    "amsgrad": Optimizer(amsgrad, _amsgrad_step_size, 3, corrected_rate),
    "nadam": Optimizer(nadam, _adam_step_size, 2, corrected_rate),
}

# Views, not a range from start to stop: only an index that cannot be negative is vectorised.
_UPDATE = """
size = stop - start
{name}(
    vector(theta, start, size), vector(gradient, start, size), {moments},
    rate, decay, scale, counters, hyper,
)
"""


def _moments(n_moments):
    rows = (f"vector(state, {row} * theta.size + start, size)" for row in range(n_moments))
    return ", ".join(rows)


#: update(code, theta, gradient, state, start, stop, rate, decay, scale, counters, hyper)
update = switch(
    "theta, gradient, state, start, stop, rate, decay, scale, counters, hyper",
    [
        _UPDATE.format(name=name, moments=_moments(row.n_moments))
        for name, row in OPTIMIZERS.items()
    ],
    vector=vector,
    **{name: row.update for name, row in OPTIMIZERS.items()},
)


@inlined
def count_step(counters, hyper):
    """Advance the counters before a step."""
    counters[STEP] += 1.0
    counters[MOMENTUM_PRODUCT] *= _nadam_momentum(counters[STEP], hyper)


def initial_counters():
    """Counters of an optimizer that has made no step."""
    counters = np.zeros(N_COUNTERS)
    counters[MOMENTUM_PRODUCT] = 1.0
    return counters

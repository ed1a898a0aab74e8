"""Optimizers: in-place update rules, sorted by complexity.

A rule updates a part of the parameters, ``theta``. The gradient that it follows is
``g = scale * (gradient + decay * theta)``: the sum over the batch, the L2 penalty and the
division by the batch's weight (with the clipping factor) meet here, so that no pass over the
parameters is made for them. A rule keeps moments, one number for each parameter and moment.

In the formulas, ``eta`` is the learning rate and ``t`` the number of the step, from 1.
``step_size(state, i, n, eta, epsilon)`` is the rule's learning rate for parameter i of n, the
metric of the proximal step that an L1 penalty needs (`penalties`).

Adam divides by ``sqrt(v) + epsilon`` *before* the bias correction of v, as scikit-learn does
(PyTorch corrects first); the family follows it.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy import ndarray as Array

from sknn_tune.network.context import Hyperparameters
from sknn_tune.network.jit import exact_kernel, inlined, like
from sknn_tune.network.registry import registry

#: What the counters hold: steps made; nadam's product of momentum factors.
STEP, MOMENTUM_PRODUCT = range(2)
N_COUNTERS = 2


class BatchStep(NamedTuple):
    """What a step after a batch has in common for all parameters."""

    rate: float  #: the learning rate, float64
    decay: float  #: factor of the L2 penalty, of the dtype of the parameters
    scale: float  #: factor of the gradient, of the dtype of the parameters
    counters: Array  #: float64, see `STEP` and `MOMENTUM_PRODUCT`
    hyper: Hyperparameters


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
def sgd(theta: Array, gradient: Array, velocity: Array, step: BatchStep) -> None:
    """Stochastic gradient descent with momentum ``mu``.

    ::

        v     <- mu v - eta g
        theta <- theta + v               or, with Nesterov's momentum,
        theta <- theta + mu v - eta g

    References
    ----------
    Polyak, 1964, "Some methods of speeding up the convergence of iteration methods".
    Sutskever et al., 2013, "On the importance of initialization and momentum in deep learning".
    """
    mu = like(theta[0], step.hyper.momentum)
    eta = like(theta[0], step.rate)
    decay, scale = step.decay, step.scale
    for i in range(theta.size):
        g = scale * (gradient[i] + decay * theta[i])
        v = mu * velocity[i] - eta * g
        velocity[i] = v
        theta[i] += mu * v - eta * g if step.hyper.nesterov else v


@inlined
def _squares_step_size(state, i, n, eta, epsilon):
    return eta / (np.sqrt(state[i]) + epsilon)


@inlined
def adagrad(theta: Array, gradient: Array, squares: Array, step: BatchStep) -> None:
    """AdaGrad.

    ::

        v     <- v + g^2
        theta <- theta - eta g / (sqrt(v) + epsilon)

    References
    ----------
    Duchi, Hazan and Singer, 2011, "Adaptive subgradient methods for online learning and
    stochastic optimization", JMLR 12.
    """
    eta = like(theta[0], step.rate)
    epsilon = like(theta[0], step.hyper.epsilon)
    decay, scale = step.decay, step.scale
    for i in range(theta.size):
        g = scale * (gradient[i] + decay * theta[i])
        v = squares[i] + g * g
        squares[i] = v
        theta[i] -= eta * g / (np.sqrt(v) + epsilon)


@inlined
def rmsprop(theta: Array, gradient: Array, squares: Array, step: BatchStep) -> None:
    """RMSProp.

    ::

        v     <- beta_2 v + (1 - beta_2) g^2
        theta <- theta - eta g / (sqrt(v) + epsilon)

    References
    ----------
    Tieleman and Hinton, 2012, "Neural networks for machine learning", lecture 6.5.
    """
    eta = like(theta[0], step.rate)
    _, _, b2, c2, epsilon = _decay_rates(theta, step.hyper)
    decay, scale = step.decay, step.scale
    for i in range(theta.size):
        g = scale * (gradient[i] + decay * theta[i])
        v = b2 * squares[i] + c2 * g * g
        squares[i] = v
        theta[i] -= eta * g / (np.sqrt(v) + epsilon)


@inlined
def _decay_rates(theta, hyper):
    """beta_1, 1 - beta_1, beta_2, 1 - beta_2 and epsilon in the dtype of the parameters."""
    b1, c1 = like(theta[0], hyper.beta_1), like(theta[0], 1.0 - hyper.beta_1)
    b2, c2 = like(theta[0], hyper.beta_2), like(theta[0], 1.0 - hyper.beta_2)
    return b1, c1, b2, c2, like(theta[0], hyper.epsilon)


@inlined
def corrected_rate(rate: float, counters: Array, hyper: Hyperparameters) -> float:
    """Adam's rate with the bias corrections of both moments."""
    t = counters[STEP]
    return rate * np.sqrt(1.0 - hyper.beta_2**t) / (1.0 - hyper.beta_1**t)


@inlined
def _adam_step_size(state, i, n, eta, epsilon):
    return eta / (np.sqrt(state[n + i]) + epsilon)


@inlined
def adam(theta: Array, gradient: Array, means: Array, squares: Array, step: BatchStep) -> None:
    """Adam.

    ::

        m     <- beta_1 m + (1 - beta_1) g
        v     <- beta_2 v + (1 - beta_2) g^2
        theta <- theta - eta_t m / (sqrt(v) + epsilon)
        eta_t  = eta sqrt(1 - beta_2^t) / (1 - beta_1^t)

    References
    ----------
    Kingma and Ba, 2015, "Adam: a method for stochastic optimization", arXiv:1412.6980.
    """
    eta = like(theta[0], corrected_rate(step.rate, step.counters, step.hyper))
    b1, c1, b2, c2, epsilon = _decay_rates(theta, step.hyper)
    decay, scale = step.decay, step.scale
    for i in range(theta.size):
        g = scale * (gradient[i] + decay * theta[i])
        m = b1 * means[i] + c1 * g
        v = b2 * squares[i] + c2 * g * g
        means[i] = m
        squares[i] = v
        theta[i] -= eta * m / (np.sqrt(v) + epsilon)


@inlined
def adamw(theta: Array, gradient: Array, means: Array, squares: Array, step: BatchStep) -> None:
    """Adam with decoupled weight decay.

    ::

        theta <- theta (1 - eta decay), then a step of Adam without decay

    References
    ----------
    Loshchilov and Hutter, 2019, "Decoupled weight decay regularization", arXiv:1711.05101.
    """
    keep = like(theta[0], 1.0 - step.rate * step.decay)
    for i in range(theta.size):
        theta[i] *= keep
    no_decay = like(theta[0], 0.0)
    adam(
        theta, gradient, means, squares,
        BatchStep(step.rate, no_decay, step.scale, step.counters, step.hyper),
    )  # fmt: skip


@inlined
def _amsgrad_step_size(state, i, n, eta, epsilon):
    return eta / (np.sqrt(state[2 * n + i]) + epsilon)


@inlined
def amsgrad(
    theta: Array, gradient: Array, means: Array, squares: Array, largest: Array, step: BatchStep
) -> None:
    """Adam whose second moment never falls.

    ::

        m     <- beta_1 m + (1 - beta_1) g
        v     <- beta_2 v + (1 - beta_2) g^2
        w     <- max(v, w)
        theta <- theta - eta_t m / (sqrt(w) + epsilon), with Adam's eta_t

    References
    ----------
    Reddi, Kale and Kumar, 2018, "On the convergence of Adam and beyond", arXiv:1904.09237.
    """
    eta = like(theta[0], corrected_rate(step.rate, step.counters, step.hyper))
    b1, c1, b2, c2, epsilon = _decay_rates(theta, step.hyper)
    decay, scale = step.decay, step.scale
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
def nadam(theta: Array, gradient: Array, means: Array, squares: Array, step: BatchStep) -> None:
    """Adam with Nesterov's momentum, which grows with the step (TensorFlow's and PyTorch's form).

    ::

        m     <- beta_1 m + (1 - beta_1) g
        v     <- beta_2 v + (1 - beta_2) g^2
        mu_t   = beta_1 (1 - 0.96^(0.004 t) / 2),  M_t = mu_1 ... mu_t
        d      = (1 - mu_t) g / (1 - M_t) + mu_(t + 1) m / (1 - M_(t + 1))
        theta <- theta - eta sqrt(1 - beta_2^t) d / (sqrt(v) + epsilon)

    References
    ----------
    Dozat, 2016, "Incorporating Nesterov momentum into Adam", ICLR workshop.
    """
    t = step.counters[STEP]
    product = step.counters[MOMENTUM_PRODUCT]
    correction = np.sqrt(1.0 - step.hyper.beta_2**t)
    now, following = _nadam_momentum(t, step.hyper), _nadam_momentum(t + 1, step.hyper)
    of_gradient = like(theta[0], correction * step.rate * (1.0 - now) / (1.0 - product))
    of_mean = like(theta[0], correction * step.rate * following / (1.0 - product * following))
    b1, c1, b2, c2, epsilon = _decay_rates(theta, step.hyper)
    decay, scale = step.decay, step.scale
    for i in range(theta.size):
        g = scale * (gradient[i] + decay * theta[i])
        m = b1 * means[i] + c1 * g
        v = b2 * squares[i] + c2 * g * g
        means[i] = m
        squares[i] = v
        theta[i] -= _blend(of_gradient, g, of_mean, m) / (np.sqrt(v) + epsilon)


def _moment_names(row):
    return [f"moments_{number}" for number in range(row.n_moments)]


def _kernels(row):
    return {
        "update": ", ".join(["theta", "gradient", *_moment_names(row), "step"]),
        "step_size": "state, i, n, eta, epsilon",
        "steady_rate": "rate, counters, hyper",
    }


OPTIMIZERS = registry(
    {
        "sgd": Optimizer(sgd, _common_step_size, 1, _momentum_rate),
        "adagrad": Optimizer(adagrad, _squares_step_size, 1, _plain_rate),
        "rmsprop": Optimizer(rmsprop, _squares_step_size, 1, _plain_rate),
        "adam": Optimizer(adam, _adam_step_size, 2, corrected_rate),
        "adamw": Optimizer(adamw, _adam_step_size, 2, corrected_rate, decoupled_decay=True),
        "amsgrad": Optimizer(amsgrad, _amsgrad_step_size, 3, corrected_rate),
        "nadam": Optimizer(nadam, _adam_step_size, 2, corrected_rate),
    },
    _kernels,
)


@inlined
def count_step(counters: Array, hyper: Hyperparameters) -> None:
    """Advance the counters before a step."""
    counters[STEP] += 1.0
    counters[MOMENTUM_PRODUCT] *= _nadam_momentum(counters[STEP], hyper)


def initial_counters() -> Array:
    """Counters of an optimizer that has made no step."""
    counters = np.zeros(N_COUNTERS)
    counters[MOMENTUM_PRODUCT] = 1.0
    return counters

"""Every row of the table of optimizers, by itself."""

import naive
import numpy as np
import pytest
from networks import callable_from_python
from numpy.testing import assert_allclose, assert_array_equal

from sknn_tune.network import optimizers, updates
from sknn_tune.network.optimizers import OPTIMIZERS, Hyperparameters, initial_counters

_STEP = """
def call(theta, gradient, state, start, stop, rate, decay, scale, counters, hyper):
    count_step(counters, hyper)
    step = BatchStep(rate, decay, scale, counters, hyper)
    update(theta, gradient, state, start, stop, step)
"""
_step = {
    name: callable_from_python(
        _STEP,
        count_step=optimizers.count_step,
        update=update,
        BatchStep=optimizers.BatchStep,
    )
    for name, update in updates.UPDATE.items()
}
HYPER = {"momentum": 0.9, "nesterov": True, "beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-8}
#: Its steps shrink with the sum of all squares, so it starts with longer ones.
LONGER = {"adagrad": 20.0}
CURVATURE = np.array([1.0, 3.0, 10.0])


class Run:
    """Steps of a compiled optimizer on one vector."""

    def __init__(self, name, theta, **hyper):
        self.name, self.theta = name, theta
        self.state = np.zeros(OPTIMIZERS[name].n_moments * theta.size, theta.dtype)
        self.counters = initial_counters()
        self.hyper = Hyperparameters(**{**HYPER, **hyper})

    def step(self, gradient, rate=0.1, decay=0.0, scale=1.0, start=0, stop=None):
        dtype = self.theta.dtype.type
        _step[self.name](
            self.theta, gradient.astype(dtype), self.state, start,
            self.theta.size if stop is None else stop, rate, dtype(decay), dtype(scale),
            self.counters, self.hyper,
        )  # fmt: skip


def gradients(n_steps=20, size=3):
    return np.random.RandomState(0).normal(size=(n_steps, size))


def test_every_row_has_a_naive_twin():
    assert set(naive.OPTIMIZERS) == set(OPTIMIZERS)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-12), (np.float32, 1e-4)])
def test_twenty_steps_beside_the_formula(name, nesterov, dtype, rtol):
    run = Run(name, np.array([1.0, -2.0, 0.5], dtype), nesterov=nesterov)
    theta = run.theta.astype(np.float64)
    twin = naive.OPTIMIZERS[name](**{**HYPER, "nesterov": nesterov})
    for i, gradient in enumerate(gradients()):
        rate = 0.1 / (i + 1)  # rates change from step to step
        run.step(gradient, rate)
        twin.step(theta, gradient, rate)
    assert run.theta.dtype == dtype
    assert_allclose(run.theta, theta, rtol=rtol)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_reaches_the_minimum_of_a_parabola(name):
    run = Run(name, np.array([1.0, -1.0, 0.5]))
    for i in range(3000):
        run.step(CURVATURE * run.theta, rate=0.05 * LONGER.get(name, 1.0) / (1 + i / 100))
    assert_allclose(run.theta, 0, atol=1e-3)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_scale_multiplies_the_gradient(name):
    one, other = (Run(name, np.ones(3)) for _ in range(2))
    for gradient in gradients(5):
        one.step(gradient, scale=0.25)
        other.step(0.25 * gradient)
    assert_allclose(one.theta, other.theta, rtol=1e-14)


@pytest.mark.parametrize("name", [n for n, row in OPTIMIZERS.items() if not row.decoupled_decay])
def test_decay_joins_the_gradient(name):
    one, other = (Run(name, np.ones(3)) for _ in range(2))
    for gradient in gradients(5):
        one.step(gradient, decay=0.3)
        other.step(gradient + 0.3 * other.theta)
    assert_allclose(one.theta, other.theta, rtol=1e-13)


@pytest.mark.parametrize("name", [n for n, row in OPTIMIZERS.items() if row.decoupled_decay])
def test_decoupled_decay_shrinks_without_gradient(name):
    run = Run(name, np.ones(3))
    for _ in range(4):
        run.step(np.zeros(3), rate=0.1, decay=0.5)
    assert_allclose(run.theta, 0.95**4)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_only_the_given_part_moves(name):
    run = Run(name, np.ones(5))
    run.step(np.full(5, 2.0), start=1, stop=3)
    assert_array_equal(run.theta != 1, [False, True, True, False, False])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_no_gradient_no_step(name):
    run = Run(name, np.ones(3))
    run.step(np.zeros(3))
    assert_array_equal(run.theta, 1)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_nan_stays_visible(name):
    run = Run(name, np.ones(3))
    run.step(np.array([1.0, np.nan, 1.0]))
    assert_array_equal(np.isnan(run.theta), [False, True, False])


@pytest.mark.parametrize("name", ["adam", "adamw", "amsgrad", "nadam"])
def test_first_step_is_the_rate(name):
    """The bias corrections make up for moments that start at 0."""
    run = Run(name, np.zeros(2), epsilon=1e-30)
    run.step(np.array([1e-3, -50.0]), rate=0.1)
    expected = 0.1 if name != "nadam" else 0.1 * _first_nadam_step()
    assert_allclose(run.theta, [-expected, expected])


def _first_nadam_step():
    theta = np.zeros(1)
    naive.NAdam(**{**HYPER, "epsilon": 1e-30}).step(theta, np.ones(1), 1.0)
    return -theta[0]

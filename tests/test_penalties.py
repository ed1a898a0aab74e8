"""Penalties: soft thresholding in the optimizer's own metric."""

import naive
import numpy as np
import pytest
from networks import callable_from_python
from numpy.testing import assert_allclose, assert_array_equal
from test_optimizers import HYPER, LONGER, Run, gradients

from sknn_tune.network import optimizers, penalties
from sknn_tune.network.optimizers import OPTIMIZERS

_PROXIMAL = {
    name: callable_from_python(
        """
def call(theta, state, stop, rate, threshold, counters, hyper):
    proximal_step(theta, state, stop, rate, threshold, counters, hyper)
""",
        proximal_step=proximal_step,
    )
    for name, proximal_step in penalties.PROXIMAL_STEP.items()
}
_norms = callable_from_python(
    "def call(x): return squares(x), absolutes(x)",
    squares=penalties.sum_of_squares,
    absolutes=penalties.sum_of_absolutes,
)
_clipping = callable_from_python(
    "def call(*a): return factor(*a)", factor=penalties.clipping_factor
)


def proximal_step(run, threshold, rate=0.1, stop=None):
    _PROXIMAL[run.name](
        run.theta, run.state, run.theta.size if stop is None else stop, rate,
        run.theta.dtype.type(threshold), run.counters, run.hyper,
    )  # fmt: skip


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-12), (np.float32, 1e-4)])
def test_beside_soft_thresholding_in_the_metric(name, dtype, rtol):
    run = Run(name, np.array([1.0, -0.6, 0.05], dtype))
    theta, twin = run.theta.astype(np.float64), naive.OPTIMIZERS[name](**HYPER)
    for gradient in gradients(6) / 10:
        run.step(gradient, 0.02)
        proximal_step(run, 0.05, 0.02)
        twin.step(theta, gradient, 0.02)
        theta[:] = naive.soft_threshold(theta, twin.metric * 0.05)
    assert_allclose(run.theta, theta, rtol=rtol, atol=rtol)
    assert_array_equal(run.theta == 0, theta == 0)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimum_satisfies_the_conditions_of_l1(name):
    """For (theta - target)^2 / 2 + l |theta| the minimum is the target, soft-thresholded."""
    target, l1 = np.array([2.0, -1.5, 0.3, -0.2, 0.0]), 0.5
    run = Run(name, np.ones(5), momentum=0.5)
    for i in range(4000):
        rate = 0.05 * LONGER.get(name, 1.0) / (1 + i / 200)
        run.step(run.theta - target, rate)
        proximal_step(run, l1, rate)
    assert_allclose(run.theta, naive.soft_threshold(target, l1), atol=2e-2)
    assert_array_equal(run.theta[2:], 0)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_only_the_first_weights_shrink(name):
    run = Run(name, np.full(4, 0.01))
    run.step(np.full(4, 1e-6))
    after_step = run.theta.copy()
    proximal_step(run, 1e6, stop=2)
    assert_array_equal(run.theta, [0, 0, *after_step[2:]])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_nan_stays_visible(name):
    run = Run(name, np.array([np.nan, 1.0]))
    run.step(np.ones(2))
    proximal_step(run, 0.1)
    assert_array_equal(np.isnan(run.theta), [True, False])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_norms(dtype):
    x = np.array([3.0, -4.0, 0.0], dtype)
    assert _norms(x) == (25, 7)


@pytest.mark.parametrize("limit", [0.1, 3.0, 1e9])
def test_clipping_factor_limits_the_norm_of_what_is_followed(limit):
    theta, gradient = np.array([1.0, -2.0, 5.0]), np.array([4.0, 1.0, -3.0])
    factor = _clipping(theta, gradient, 2, 0.5, 0.1, limit)
    followed = 0.1 * (gradient + 0.5 * theta * [1, 1, 0])
    assert factor == pytest.approx(min(1.0, limit / np.linalg.norm(followed)))


def test_optimizers_are_those_of_the_table():
    assert penalties.OPTIMIZERS is optimizers.OPTIMIZERS

"""Log expected improvement against quadrature and high precision; its gradient."""

import numpy as np
import pytest
from scipy.integrate import quad

from sknn_tune.search.engine.acquisition import ExpectedImprovement, log_expected_improvement, log_h
from sknn_tune.search.engine.gaussian_process import GaussianProcess

Z = np.r_[np.linspace(-25, 40, 66), -np.logspace(-3, 8, 45), -1.0, -14.0, -14.000001, 0.0]


def log_h_by_quadrature(z):
    """Integrate u phi(u - z) over u > 0, with the largest factor taken out."""
    if z > -1:
        low, high = max(0.0, z - 12), max(z, 0) + 12
        return np.log(quad(lambda u: u * np.exp(-0.5 * (u - z) ** 2), low, high, epsabs=0)[0]) - (
            0.5 * np.log(2 * np.pi)
        )
    area = quad(lambda v: v * np.exp(-v - 0.5 * (v / z) ** 2), 0, 60, epsabs=0, epsrel=1e-13)[0]
    return -0.5 * z * z - 0.5 * np.log(2 * np.pi) + np.log(area) - 2 * np.log(-z)


@pytest.mark.parametrize("z", Z)
def test_log_h_matches_quadrature(z):
    truth = log_h_by_quadrature(z)
    assert abs(float(log_h(z)) - truth) <= 1e-12 * max(1, abs(truth))


@pytest.mark.parametrize("z", Z[Z > -100])
def test_log_h_matches_high_precision(z):
    mp = pytest.importorskip("mpmath")
    with mp.workdps(2500):
        x = mp.mpf(float(z))
        truth = float(mp.log(mp.npdf(x) + x * mp.ncdf(x)))
    assert abs(float(log_h(z)) - truth) <= 1e-12 * max(1, abs(truth))


def test_log_h_is_finite_and_increasing_where_the_improvement_underflows():
    values = log_h(-np.logspace(8, 0, 200))
    assert np.isfinite(values).all()
    assert (np.diff(values) > 0).all()


def test_expected_improvement_is_the_mean_of_the_improvement():
    rng = np.random.default_rng(0)
    draws = rng.normal(0.3, 0.8, size=400_000)
    sampled = np.maximum(draws - 0.7, 0).mean()
    assert np.exp(log_expected_improvement(0.3, 0.8, 0.7)) == pytest.approx(sampled, rel=0.01)


@pytest.mark.parametrize("n_columns", [1, 7])
def test_gradient_by_finite_differences(n_columns):
    rng = np.random.default_rng(1)
    X, y = rng.random((12, 3)), rng.normal(size=(12, n_columns))
    groups = np.array([0, 0, 1])
    acquisition = ExpectedImprovement(GaussianProcess(X, groups, y, np.array([-0.5, 0.2, 0.1, -4])))
    candidates = rng.random((5, 3))
    value, gradient = acquisition.with_gradient(candidates)
    assert np.allclose(value, acquisition(candidates), rtol=1e-10)
    for feature in range(3):
        step = np.zeros(3)
        step[feature] = 1e-5
        slope = (acquisition(candidates + step) - acquisition(candidates - step)) / 2e-5
        assert np.allclose(gradient[:, feature], slope, rtol=1e-6, atol=1e-6)


def test_improvement_is_over_the_posterior_mean_not_over_the_luckiest_score():
    X = np.linspace(0, 1, 12)[:, None]
    y = np.zeros((12, 1))
    y[5] = 3.0
    noisy = ExpectedImprovement(GaussianProcess(X, np.array([0]), y, np.log([0.5, 1.0, 0.5])))
    assert noisy.at_observed.max() < 1.5

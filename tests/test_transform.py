"""The output transform against scipy's Yeo-Johnson, and its inverse."""

import numpy as np
import pytest
from scipy.stats import yeojohnson

from sknn_tune.search.engine.transform import OutputTransform, inverse_yeo_johnson, yeo_johnson


@pytest.mark.parametrize("exponent", [-2.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.5])
def test_equals_scipy(exponent):
    x = np.r_[np.linspace(-5, 5, 41), 1e-9, -1e-9]
    assert np.allclose(yeo_johnson(x, exponent), yeojohnson(x, exponent), rtol=1e-12, atol=1e-15)
    assert np.allclose(inverse_yeo_johnson(yeo_johnson(x, exponent), exponent), x, rtol=1e-8)


SCORES = {
    "normal": np.random.default_rng(0).normal(size=40),
    "ten orders of magnitude": -np.logspace(-4, 7, 30),
    "one diverged": np.r_[-4e7, np.linspace(0.8, 0.9, 20)],
    "crowded at the top": 1 - np.logspace(-6, 0, 25),
    "equal": np.full(7, 0.5),
    "mostly equal": np.r_[np.full(20, 0.5), 0.6],
    "two": np.array([0.1, 0.2]),
    "one": np.array([3.0]),
}


@pytest.mark.parametrize("scores", SCORES.values(), ids=SCORES)
def test_is_monotone_standardised_and_invertible(scores):
    transform = OutputTransform(scores)
    z = transform.forward(scores)
    assert np.isfinite(z).all()
    assert (np.diff(z[np.argsort(scores)]) >= 0).all()
    assert abs(z.mean()) < 1e-9
    assert z.std() == pytest.approx(1 if np.ptp(scores) > 0 else 0, abs=1e-9)
    assert np.allclose(transform.inverse(z), scores, rtol=1e-6)


def test_outlier_leaves_the_others_apart():
    z = OutputTransform(SCORES["one diverged"]).forward(SCORES["one diverged"])
    assert np.ptp(z[1:]) > 1.0

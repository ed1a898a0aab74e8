"""Initializers: the moments of their distributions, and scikit-learn's random stream."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neural_network import MLPRegressor as Reference

from sknn_tune import MLPRegressor
from sknn_tune.network.initializers import INITIALIZERS

FAN_IN, FAN_OUT = 400, 250
#: Variance of an element.
VARIANCES = {"glorot": 2 / (FAN_IN + FAN_OUT), "he": 2 / FAN_IN, "lecun": 1 / FAN_IN}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def drawn(name, fan_in=FAN_IN, fan_out=FAN_OUT):
    return INITIALIZERS[name](np.random.RandomState(0), fan_in, fan_out)


@pytest.mark.parametrize("name", [name for name in INITIALIZERS if name != "orthogonal"])
def test_moments(name):
    weights = drawn(name)
    family, _, distribution = name.partition("_")
    assert weights.shape == (FAN_IN, FAN_OUT)
    assert abs(weights.mean()) < 5 * np.sqrt(VARIANCES[family] / weights.size)
    assert weights.var() == pytest.approx(VARIANCES[family], rel=0.02)
    kurtosis = np.mean(weights**4) / np.mean(weights**2) ** 2
    assert kurtosis == pytest.approx({"uniform": 1.8, "normal": 3.0}[distribution], rel=0.05)
    if distribution == "uniform":
        assert np.abs(weights).max() <= np.sqrt(3 * VARIANCES[family])


@pytest.mark.parametrize("shape", [(30, 30), (40, 20), (20, 40), (1, 5), (5, 1)])
def test_orthogonal(shape):
    weights = drawn("orthogonal", *shape)
    assert weights.shape == shape
    tall = weights if shape[0] >= shape[1] else weights.T
    assert_allclose(tall.T @ tall, np.eye(min(shape)), atol=1e-12)


def test_orthogonal_has_no_preferred_sign():
    """Without the sign of R's diagonal, the first entries of Q would all be negative."""
    random_state = np.random.RandomState(0)
    firsts = [INITIALIZERS["orthogonal"](random_state, 3, 3)[0, 0] for _ in range(200)]
    assert 70 < np.sum(np.array(firsts) > 0) < 130


def first_weights(cls=MLPRegressor, **params):
    """Weights that have hardly moved: zeros are below 1e-290 afterwards, the rest is exact."""
    X = np.random.RandomState(0).normal(size=(20, 6))
    model = cls(
        hidden_layer_sizes=(5, 4), max_iter=1, learning_rate_init=1e-300, alpha=0, random_state=3,
        **params,
    )  # fmt: skip
    return model.fit(X, X[:, 0])


def is_zero(array):
    return np.abs(array).max() < 1e-290


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_auto_is_scikit_learns(activation):
    ours, theirs = (first_weights(c, activation=activation) for c in (MLPRegressor, Reference))
    for a, b in zip(
        ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True
    ):
        assert_array_equal(a, b)


def test_a_name_for_each_layer_is_the_name_for_all():
    one, each = (first_weights(activation=a) for a in ("logistic", ("logistic", "logistic")))
    for a, b in zip(one.coefs_, each.coefs_, strict=True):
        assert_array_equal(a, b)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_intercepts_start_at_zero(name):
    model = first_weights(initializer=name)
    assert all(is_zero(intercept) for intercept in model.intercepts_)
    assert not any(is_zero(coef) for coef in model.coefs_)


@pytest.mark.parametrize("name", ["auto", *INITIALIZERS])
def test_zero_output(name):
    model = first_weights(initializer=name, zero_output=True)
    assert is_zero(model.coefs_[-1])
    assert is_zero(model.intercepts_[-1])
    assert not is_zero(model.coefs_[0])


@pytest.mark.parametrize("name", ["auto", *INITIALIZERS])
def test_same_seed_same_weights(name):
    one, other = (first_weights(initializer=name) for _ in range(2))
    assert_array_equal(one.coefs_[0], other.coefs_[0])

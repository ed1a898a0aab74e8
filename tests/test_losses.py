"""Every row of the table of losses, by itself."""

import naive
import numpy as np
import pytest
from networks import callable_from_python
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import (
    log_loss,
    mean_absolute_error,
    mean_gamma_deviance,
    mean_pinball_loss,
    mean_poisson_deviance,
    mean_squared_error,
)

from sknn_tune import Huber, Quantile
from sknn_tune.network import losses
from sknn_tune.network.losses import LOSSES

_OUTPUT_LOSS = {
    name: callable_from_python(
        "def call(Z, Y, w, D, params): return kernel(Z, Y, w, D, params)", kernel=kernel
    )
    for name, kernel in losses.OUTPUT_LOSS.items()
}
_APPLY_LINK = {
    name: callable_from_python("def call(Z): kernel(Z)", kernel=kernel)
    for name, kernel in losses.APPLY_LINK.items()
}
PARAMS = {"huber": [0.5, 3.0], "quantile": [0.1, 0.9], "log_loss": [0.2], "binary_log_loss": [0.2]}
CASES = [(name, param) for name in LOSSES for param in [LOSSES[name].param, *PARAMS.get(name, [])]]


def data(name, dtype=np.float64, n=40):
    random_state = np.random.RandomState(0)
    Z = random_state.normal(size=(n, 3)).astype(dtype)
    if name == "log_loss":
        Y = random_state.randint(0, 3, (n, 1))
    elif LOSSES[name].link == "logistic":
        Y = random_state.randint(0, 2, (n, 3))
    elif LOSSES[name].lowest_target == 0:
        Y = random_state.gamma(1.0, 1.0, (n, 3))
    else:
        Y = random_state.normal(size=(n, 3))
    return Z, Y.astype(dtype), random_state.uniform(0, 2, n).astype(dtype)


def run(name, Z, Y, weights, param):
    """Loss, predictions, delta."""
    P, D = Z.copy(), np.full_like(Z, np.nan)
    params = np.full(Z.shape[1], param, Z.dtype)
    return _OUTPUT_LOSS[name](P, Y, weights, D, params), P, D


@pytest.mark.parametrize(("name", "param"), CASES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_beside_the_formula(name, param, dtype):
    Z, Y, weights = data(name, dtype)
    loss, P, D = run(name, Z, Y, weights, param)
    exact = (array.astype(np.float64) for array in (Z, Y, weights))
    naive_P, naive_loss, naive_D = naive.output_loss(name, *exact, np.full(3, param))
    tolerance = float(100 * np.finfo(dtype).eps)
    assert loss == pytest.approx(naive_loss, rel=tolerance)
    assert_allclose(P, naive_P, rtol=tolerance)
    assert_allclose(D, naive_D, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("name", "param"), CASES)
def test_delta_by_central_differences(name, param):
    Z, Y, weights = data(name)
    _, _, D = run(name, Z, Y, weights, param)
    h = 1e-4
    numerical = np.zeros_like(Z)
    for j in range(Z.shape[1]):
        for i in range(Z.shape[0]):
            row = (Z[i : i + 1], Y[i : i + 1], weights[i : i + 1])
            values = []
            for k in (-2, -1, 1, 2):
                moved = row[0].copy()
                moved[0, j] += k * h
                values.append(run(name, moved, *row[1:], param)[0])
            numerical[i, j] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h)
    assert_allclose(D, numerical, rtol=1e-6, atol=1e-9)


def test_every_row_has_a_naive_twin():
    assert [*naive.LOSSES, "log_loss"] == list(LOSSES)


@pytest.mark.parametrize(
    ("name", "metric", "factor"),
    [
        ("squared_error", mean_squared_error, 0.5),
        ("absolute_error", mean_absolute_error, 1.0),
        ("quantile", mean_pinball_loss, 1.0),
        ("poisson", mean_poisson_deviance, 0.5),
        ("gamma", mean_gamma_deviance, 0.5),
    ],
)
def test_regression_losses_are_scikit_learns_metrics(name, metric, factor):
    Z, Y, weights = data(name)
    Z, Y = Z[:, :1], Y[:, :1]
    loss, P, _ = run(name, Z, Y, weights, LOSSES[name].param)
    expected = factor * metric(Y[:, 0], P[:, 0], sample_weight=weights)
    assert loss / weights.sum() == pytest.approx(expected)


def test_log_loss_is_scikit_learns_metric():
    Z, Y, weights = data("log_loss")
    loss, P, _ = run("log_loss", Z, Y, weights, 0.0)
    assert loss / weights.sum() == pytest.approx(log_loss(Y[:, 0], P, sample_weight=weights))


@pytest.mark.parametrize("name", LOSSES)
def test_nan_stays_visible(name):
    Z, Y, weights = data(name)
    Z[3] = np.nan
    loss, P, D = run(name, Z, Y, weights, LOSSES[name].param)
    assert np.isnan(P[3]).all()
    assert np.isnan(D[3]).all()
    assert np.isfinite(D[4:]).all()
    assert np.isnan(loss)


@pytest.mark.parametrize("name", ["log_loss", "binary_log_loss"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_certain_and_wrong_is_finite(name, dtype):
    Z = np.array([[1e4, -1e4, -1e4]], dtype)
    Y = np.array([[1.0]] if name == "log_loss" else [[0.0, 1.0, 1.0]], dtype)
    loss, P, D = run(name, Z, Y, np.ones(1, dtype), 0.0)
    assert 10 < loss < 200
    assert_allclose(P, [[1, 0, 0]], atol=1e-30)
    assert np.isfinite(D).all()


def test_zero_counts_are_allowed_by_poisson():
    Z = np.zeros((1, 1))
    loss, _, D = run("poisson", Z, np.zeros((1, 1)), np.ones(1), 0.0)
    assert (loss, D[0, 0]) == (1.0, 1.0)


@pytest.mark.parametrize("name", losses.LINKS)
def test_links(name):
    Z = np.random.RandomState(0).normal(size=(7, 3))
    P = Z.copy()
    _APPLY_LINK[name](P)
    expected = naive.softmax(Z, axis=1) if name == "softmax" else naive.LINKS[name][0](Z)
    assert_allclose(P, expected, rtol=1e-14)


@pytest.mark.parametrize("shift", [-1e5, 0.0, 1e5])
def test_softmax_does_not_depend_on_a_shift(shift):
    Z = np.arange(6.0).reshape(2, 3)
    P = Z + shift
    _APPLY_LINK["softmax"](P)
    assert_allclose(P.sum(axis=1), 1)
    assert_allclose(P, naive.softmax(Z, axis=1), rtol=1e-9)


@pytest.mark.parametrize("delta", [0, -1, np.nan, np.inf, "1", None, True])
def test_huber_refuses(delta):
    with pytest.raises(ValueError, match="delta of Huber must be"):
        Huber(delta).check()


@pytest.mark.parametrize("quantile", [0, 1, -0.1, np.nan, "0.5", None, True, (), (0.1, 1.0)])
def test_quantile_refuses(quantile):
    with pytest.raises(ValueError, match="quantile of Quantile must be"):
        Quantile(quantile).check()


def test_own_numbers():
    assert_array_equal(Quantile((0.1, 0.9)).params, [0.1, 0.9])
    assert_array_equal(Quantile(0.3).params, [0.3])
    assert_array_equal(Huber(2).params, [2.0])

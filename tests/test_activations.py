"""Every row of the table of activations, by itself."""

import naive
import numpy as np
import pytest
from labels import label
from networks import callable_from_python
from numpy.testing import assert_allclose, assert_array_equal

from sknn_tune import ELU, LeakyReLU
from sknn_tune.network import activations
from sknn_tune.network.activations import ACTIVATIONS

_ACTIVATE = {
    name: callable_from_python("def call(Z, bias, P, param): kernel(Z, bias, P, param)", kernel=k)
    for name, k in activations.ACTIVATE.items()
}
_DERIVE = {
    name: callable_from_python("def call(A, P, D, b, param): kernel(A, P, D, b, param)", kernel=k)
    for name, k in activations.DERIVE.items()
}
OPTION_OBJECTS = [LeakyReLU(0.2), LeakyReLU(0.0), ELU(0.3), ELU(2.0)]


def forward_and_derivative(name, z, param=None):
    """f(z + bias) and its derivative, through the compiled kernels."""
    row = ACTIVATIONS[name]
    param = z.dtype.type(row.param if param is None else param)
    bias = np.full(1, 0.25, z.dtype)
    A = (z - bias).reshape(-1, 1)
    P = np.full_like(A, np.nan) if row.keeps_input else A
    _ACTIVATE[name](A, bias, P, param)
    D, sums = np.ones_like(A), np.full(1, np.nan, z.dtype)
    _DERIVE[name](A, P, D, sums, param)
    assert_allclose(sums, D.sum(axis=0), rtol=1e-3 if z.dtype == np.float32 else 1e-10)
    return A[:, 0], D[:, 0]


def away_from_zero(dtype):
    """Multiples of 1/64, exact in both dtypes and after the bias is added; not 0."""
    z = np.arange(-40 * 64, 40 * 64, 3) / 64
    return z[z != 0].astype(dtype)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_beside_the_formula(name, dtype):
    z = away_from_zero(dtype)
    value, derivative = forward_and_derivative(name, z)
    f, slope = naive.ACTIVATIONS[name]
    tolerance = float(50 * np.finfo(dtype).eps)
    exact = z.astype(np.float64)
    assert_allclose(value, f(exact, ACTIVATIONS[name].param), rtol=tolerance, atol=tolerance)
    assert_allclose(derivative, slope(exact, ACTIVATIONS[name].param), rtol=0, atol=tolerance)


@pytest.mark.parametrize("option", OPTION_OBJECTS, ids=label)
def test_parameter_of_an_option_object(option):
    z = away_from_zero(np.float64)
    value, derivative = forward_and_derivative(option.name, z, option.param)
    f, slope = naive.ACTIVATIONS[option.name]
    number = next(iter(option.get_params().values()))
    assert_allclose(value, f(z, number), rtol=1e-14)
    assert_allclose(derivative, slope(z, number), atol=1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivative_by_central_differences(name):
    z = away_from_zero(np.float64)[::7]
    h = 1e-3
    shifts = {k: forward_and_derivative(name, z + k * h)[0] for k in (-2, -1, 1, 2)}
    numerical = (shifts[-2] - 8 * shifts[-1] + 8 * shifts[1] - shifts[2]) / (12 * h)
    assert_allclose(forward_and_derivative(name, z)[1], numerical, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_passes(name, dtype):
    assert np.isnan(forward_and_derivative(name, np.full(9, np.nan, dtype))[0]).all()


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_inputs_stay_finite(name, dtype):
    z = np.array([-1e30, -1e4, 1e4, 1e30], dtype)
    value, derivative = forward_and_derivative(name, z)
    assert np.isfinite(value).all()
    assert np.isfinite(derivative).all()


def test_every_row_has_a_naive_twin():
    assert list(naive.ACTIVATIONS) == list(ACTIVATIONS)


def test_relu_is_zero_at_and_below_zero():
    z = np.array([-2.0, 0.0, 3.0])
    value, derivative = forward_and_derivative("relu", z)
    assert_array_equal(value, [0, 0, 3])
    assert_array_equal(derivative, [0, 0, 1])


@pytest.mark.parametrize("slope", [-0.1, 1.0, np.nan, "0.1", None, True])
def test_leaky_relu_refuses(slope):
    with pytest.raises(ValueError, match="slope of LeakyReLU must be in"):
        LeakyReLU(slope).check()


@pytest.mark.parametrize("alpha", [0.0, -1.0, np.inf, np.nan, "1", None, True])
def test_elu_refuses(alpha):
    with pytest.raises(ValueError, match="alpha of ELU must be"):
        ELU(alpha).check()

"""Vectorised elementary functions beside numpy in extended precision."""

import numpy as np
import pytest
import scipy.special
from networks import callable_from_python
from numpy.testing import assert_array_equal

from sknn_tune.network import elementary


def _logistic(x):
    return 1 / (1 + np.exp(-x))


#: name: (truth in extended precision, ulps allowed)
FUNCTIONS = {
    "exp": (np.exp, 3),
    "expm1": (np.expm1, 6),
    "tanh": (np.tanh, 8),
    "logistic": (_logistic, 4),
    "softplus": (lambda x: np.logaddexp(np.longdouble(0), x), 4),
    "erf": (lambda x: scipy.special.erf(x.astype(np.float64)), 4),
}
DTYPES = [np.float32, np.float64]
EDGES = {np.float32: 86.0, np.float64: 700.0}

_LOOP = "def call(x, y):\n    for i in range(x.size): y[i] = f(x[i])"
COMPILED = {
    name: callable_from_python(_LOOP, f=getattr(elementary, name)) for name in (*FUNCTIONS, "log")
}


def compiled(name, x):
    y = np.empty_like(x)
    COMPILED[name](x, y)
    return y


def grid(dtype):
    """Dense around 0 and around the seams of the approximations, and out to the edge."""
    near = np.linspace(-3, 3, 20_001)
    wide = np.linspace(-EDGES[dtype], EDGES[dtype], 20_001)
    tiny = np.geomspace(1e-30, 1e-2, 500)
    return np.concatenate([near, wide, tiny, -tiny]).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_relative_error(name, dtype):
    truth, ulps = FUNCTIONS[name]
    x = grid(dtype)
    expected = truth(x.astype(np.longdouble))
    normal = np.abs(expected) > np.finfo(dtype).tiny
    error = np.abs(compiled(name, x) - expected)[normal] / np.abs(expected)[normal]
    worst = error.argmax()
    assert error[worst] <= ulps * np.finfo(dtype).eps, x[normal][worst]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_nan_passes(name, dtype):
    x = np.full(17, np.nan, dtype)
    assert np.isnan(compiled(name, x)).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_ends_of_the_range_stay_finite(name, dtype):
    x = np.array([-np.inf, -np.finfo(dtype).max, np.finfo(dtype).max], dtype)
    y = compiled(name, x)
    assert not np.isnan(y).any()
    assert np.isfinite(y[:2]).all()
    low = {"expm1": -1.0, "tanh": -1.0, "erf": -1.0}.get(name, 0.0)
    assert np.abs(y[:2] - low).max() <= np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", DTYPES)
def test_values_at_zero_are_exact(dtype):
    zero = np.zeros(1, dtype)
    values = [compiled(name, zero)[0] for name in ("exp", "expm1", "tanh", "logistic")]
    assert_array_equal(values, [1, 0, 0, 0.5])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_never_falls(name, dtype):
    """Up to rounding in the last places."""
    y = compiled(name, np.sort(grid(dtype))).astype(np.float64)
    drop = np.diff(y) / np.maximum(np.abs(y[1:]), np.finfo(dtype).tiny)
    assert drop.min() >= -8 * np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", DTYPES)
def test_logarithm_of_positive_normal_numbers(dtype):
    info = np.finfo(dtype)
    x = np.concatenate([np.geomspace(info.tiny, info.max / 4, 20_001), np.linspace(0.5, 2, 20_001)])
    x = np.maximum(x, info.tiny).astype(dtype)
    expected = np.log(x.astype(np.longdouble))
    # Near 1 the logarithm is near 0, so what counts there is the absolute error.
    error = np.abs(compiled("log", x) - expected) / np.maximum(np.abs(expected), 0.1)
    assert error.max() <= 4 * info.eps
    assert np.isnan(compiled("log", np.full(17, np.nan, dtype))).all()

"""Products in blocks of rows, and the BLAS that they are for."""

from types import SimpleNamespace

import numpy as np
import pytest
from networks import callable_from_python
from numpy.testing import assert_allclose

from sknn_tune import MLPClassifier
from sknn_tune.network import layers, small_products
from sknn_tune.network.blueprint import Architecture, Blueprint

_forward = callable_from_python(
    """
def call(A, W, Z, limit):
    dense_forward(A, W, Z, limit)
""",
    dense_forward=layers.dense_forward,
)

_backward = callable_from_python(
    """
def call(A, D, gradient, limit):
    dense_backward(A, D, gradient, limit)
""",
    dense_backward=layers.dense_backward,
)

_propagate = callable_from_python(
    """
def call(D, W, E, scratch, adds):
    propagate(D, W, E, scratch, adds)
""",
    propagate=layers.propagate,
)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_rows", [1, 5, 16, 17, 40])
@pytest.mark.parametrize("width", [1, 2, 5, 16, 17, 30])
def test_copies_of_weights_give_the_product(dtype, n_rows, width):
    random = np.random.RandomState(0)
    D, W = random.normal(size=(n_rows, width)), random.normal(size=(23, width))
    D, W = D.astype(dtype), W.astype(dtype)
    # Room for one slot of the batch, which is as wide as the widest layer.
    scratch = np.full(n_rows * max(23, width) + 1, np.nan, dtype)
    E = np.full((n_rows + 1, 23), np.nan, dtype)
    tolerance = 1e-5 if dtype == np.float32 else 1e-14
    for factor, adds in enumerate((False, True), start=1):
        _propagate(D, W, E[:n_rows], scratch, adds)
        assert_allclose(E[:n_rows], factor * (D @ W.T), rtol=tolerance, atol=tolerance)
    assert np.isnan(E[n_rows]).all()
    assert np.isnan(scratch[-1])


@pytest.mark.parametrize("n_rows", [1, 16, 17, 50])
@pytest.mark.parametrize("rows_of_a_block", [0, 1, 15, 16, 23, 24, 49, 1000])
def test_blocks_are_the_product(n_rows, rows_of_a_block):
    random = np.random.RandomState(0)
    A, W = random.normal(size=(n_rows, 3)), random.normal(size=(3, 4))
    Z = np.full((n_rows, 4), np.nan)
    _forward(A, W, Z, 12 * rows_of_a_block)
    assert_allclose(Z, A @ W, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("fan_in", [1, 8, 9, 50])
@pytest.mark.parametrize("rows_of_a_block", [0, 1, 7, 8, 15, 16, 49, 1000])
def test_blocks_are_the_gradient(dtype, fan_in, rows_of_a_block):
    random = np.random.RandomState(0)
    A, D = random.normal(size=(5, fan_in)).astype(dtype), random.normal(size=(5, 3)).astype(dtype)
    # What lies behind the gradient is not for the blocks to write.
    buffer = np.full((fan_in + 1, 3), np.nan, dtype)
    _backward(A, D, buffer[:fan_in], 15 * rows_of_a_block)
    tolerance = 1e-5 if dtype == np.float32 else 1e-14
    assert_allclose(buffer[:fan_in], A.T @ D, rtol=tolerance, atol=tolerance)
    assert np.isnan(buffer[fan_in]).all()


@pytest.mark.parametrize(
    ("dtype", "architectures", "limit"),
    [
        (np.float32, ["SkylakeX"], 1_000_000),
        (np.float32, ["SkylakeX", "SapphireRapids"], 1_000_000),
        (np.float32, ["SkylakeX", "Haswell"], 0),
        (np.float32, [None], 0),
        (np.float64, ["SkylakeX"], 0),
    ],
)
def test_limit(dtype, architectures, limit, monkeypatch):
    libraries = [SimpleNamespace(architecture=name) if name else object() for name in architectures]
    monkeypatch.setattr(small_products, "blas_libraries", lambda: libraries)
    assert small_products.product_limit(np.dtype(dtype)) == limit
    architecture = Architecture((("relu", 0.0),), (0.0,))
    assert Blueprint((3, 2, 1), architecture, dtype).plan.product_limit == limit


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_fit_that_multiplies_in_blocks():
    """A batch of 200 rows of a layer of 100 x 60 is divided on some processors."""
    random = np.random.RandomState(0)
    X = random.normal(size=(600, 100)).astype(np.float32)
    y = X[:, 0] * X[:, 1] > 0
    single, double = (
        MLPClassifier((60,), max_iter=3, random_state=0).fit(data, y)
        for data in (X, X.astype(float))
    )
    assert_allclose(single.coefs_[0], double.coefs_[0], atol=1e-4)
    assert_allclose(single.predict_proba(X), double.predict_proba(X), atol=1e-4)

"""Products in blocks of rows, and the BLAS that they are for."""

from types import SimpleNamespace

import numpy as np
import pytest
from networks import callable_from_python
from numpy.testing import assert_allclose

from sknn_tune import MLPClassifier
from sknn_tune.network import layers, small_products
from sknn_tune.network.arrays import allocate
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
def call(D, W, E, scratch, limit, adds):
    propagate(D, W, E, scratch, limit, adds)
""",
    propagate=layers.propagate,
)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("limit", [0, 1_000_000])
@pytest.mark.parametrize("n_rows", [1, 5, 16, 17, 40])
@pytest.mark.parametrize("width", [1, 2, 5, 16, 17, 30])
def test_copies_of_weights_give_the_product(dtype, limit, n_rows, width):
    random = np.random.RandomState(0)
    D, W = random.normal(size=(n_rows, width)), random.normal(size=(23, width))
    D, W = D.astype(dtype), W.astype(dtype)
    scratch = np.full(23 * max(n_rows, width) + 1, np.nan, dtype)
    E = np.full((n_rows + 1, 23), np.nan, dtype)
    tolerance = 1e-5 if dtype == np.float32 else 1e-14
    for factor, adds in enumerate((False, True), start=1):
        _propagate(D, W, E[:n_rows], scratch, limit, adds)
        assert_allclose(E[:n_rows], factor * (D @ W.T), rtol=tolerance, atol=tolerance)
    assert np.isnan(E[n_rows]).all()
    assert np.isnan(scratch[-1])


def test_large_weights_are_not_copied():
    random = np.random.RandomState(0)
    D, W = random.normal(size=(16, 353)), random.normal(size=(355, 353))
    assert W.size > small_products.LARGEST_COPY
    scratch, E = np.full(W.size, np.nan), np.empty((16, 355))
    _propagate(D, W, E, scratch, 1_000_000, False)
    assert_allclose(E, D @ W.T, rtol=1e-12, atol=1e-12)
    assert np.isnan(scratch).all()


@pytest.mark.parametrize("sizes", [(3, 50, 40, 1), (3, 40, 50, 1), (3, 500, 300, 1)])
def test_there_is_room_for_the_copies(sizes):
    architecture = Architecture((("relu", 0.0),) * 2, (0.0,) * 2)
    blueprint = Blueprint(sizes, architecture, np.float32)
    theta = np.zeros(blueprint.n_parameters, np.float32)
    workspace = allocate(blueprint, theta, np.zeros(0, np.float32), 16, 1)
    assert workspace.scratch.size >= min(sizes[1] * sizes[2], small_products.LARGEST_COPY)


@pytest.mark.parametrize("n_rows", [1, 16, 17, 50])
@pytest.mark.parametrize("rows_of_a_block", [0, 1, 7, 8, 15, 16, 49, 1000])
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
@pytest.mark.parametrize(
    ("hidden", "batch_size"),
    [
        ((60,), 200),  # rows are divided on some processors
        ((60, 50), 20),  # weights are transposed there, and have more columns than there are rows
    ],
)
def test_a_fit_that_divides_or_transposes(hidden, batch_size):
    random = np.random.RandomState(0)
    X = random.normal(size=(600, 100)).astype(np.float32)
    y = X[:, 0] * X[:, 1] > 0
    single, double = (
        MLPClassifier(hidden, batch_size=batch_size, max_iter=3, random_state=0).fit(data, y)
        for data in (X, X.astype(float))
    )
    assert_allclose(single.coefs_[0], double.coefs_[0], atol=1e-4)
    assert_allclose(single.predict_proba(X), double.predict_proba(X), atol=1e-4)

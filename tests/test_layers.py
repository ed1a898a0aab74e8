"""Operations by themselves: sparse products, batch moments, dropout's masks."""

import naive
import numpy as np
import pytest
import scipy.sparse
from networks import callable_from_python, dropout_mask, mix
from numpy.testing import assert_allclose, assert_array_equal

from sknn_tune.network import layers

_sparse = callable_from_python(
    """
def call(values, indices, indptr, rows, W, Z, D, G, A):
    forward(values, indices, indptr, rows, W, Z)
    backward(values, indices, indptr, rows, D, G)
    densify(values, indices, indptr, rows, A)
""",
    forward=layers.sparse_forward,
    backward=layers.sparse_backward,
    densify=layers.densify,
)
_moments = callable_from_python(
    """
def call(A, weights, mean, variance, running):
    total = batch_moments(A, weights, mean, variance)
    track_moments(running, mean, variance, weights, total)
""",
    batch_moments=layers.batch_moments,
    track_moments=layers.track_moments,
)


@pytest.mark.parametrize("density", [0.0, 0.1, 1.0])
def test_sparse_products_are_the_dense_ones(density):
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(12, 9)) * (random_state.uniform(size=(12, 9)) < density)
    csr, rows = scipy.sparse.csr_matrix(X), np.array([3, 3, 0, 11, 7])
    W, D = random_state.normal(size=(9, 4)), random_state.normal(size=(5, 4))
    Z, G, A = np.full((5, 4), np.nan), np.full((9, 4), np.nan), np.full((5, 9), np.nan)
    _sparse(csr.data, csr.indices, csr.indptr, rows, W, Z, D, G, A)
    assert_allclose(Z, X[rows] @ W, atol=1e-14)
    assert_allclose(G, X[rows].T @ D, atol=1e-14)
    assert_array_equal(A, X[rows])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_moments_far_from_zero_keep_their_digits(dtype):
    """The textbook formula E[x^2] - E[x]^2 would have none left."""
    A = (np.random.RandomState(0).normal(size=(200, 3)) + 1000).astype(dtype)
    mean, variance = np.empty(3, dtype), np.empty(3, dtype)
    _moments(A, np.ones(200, dtype), mean, variance, np.zeros(7, dtype))
    exact = A.astype(np.longdouble)
    assert_allclose(mean, exact.mean(axis=0), rtol=2e-6 if dtype == np.float32 else 1e-14)
    assert_allclose(variance, exact.var(axis=0), rtol=1e-3 if dtype == np.float32 else 1e-9)


def test_running_moments_beside_the_naive_ones():
    random_state, twin = np.random.RandomState(0), naive.Moments()
    running, mean, variance = np.zeros(7), np.empty(3), np.empty(3)
    for _ in range(30):
        A, weights = random_state.normal(3, 2, (8, 3)), random_state.uniform(0, 3, 8)
        _moments(A, weights, mean, variance, running)
        twin.track(A, weights)
    assert_allclose(running[:3], twin.mean)
    assert_allclose(running[3:6], twin.variance)
    assert running[6] == 30


def test_running_moments_of_few_equal_batches_are_those_of_the_batch():
    A = np.random.RandomState(0).normal(size=(9, 2))
    running = np.zeros(5)
    for _ in range(4):
        _moments(A, np.ones(9), np.empty(2), np.empty(2), running)
    assert_allclose(running, [*A.mean(axis=0), *A.var(axis=0, ddof=1), 4])


@pytest.mark.parametrize("rate", [0.01, 0.25, 0.5, 0.9])
def test_dropout_drops_its_share(rate):
    mask = dropout_mask(1000, 300, rate, mix(1, 2))
    deviation = np.sqrt(rate * (1 - rate) / mask.size)
    assert 1 - mask.mean() == pytest.approx(rate, abs=5 * deviation)
    by_column = np.sqrt(rate * (1 - rate) / 1000)
    assert_allclose(1 - mask.mean(axis=0), rate, atol=5 * by_column)
    by_row = np.sqrt(rate * (1 - rate) / 300)
    assert_allclose(1 - mask.mean(axis=1), rate, atol=5 * by_row)


def test_masks_of_neighbours_are_independent():
    masks = [dropout_mask(400, 200, 0.5, mix(mix(7, b), 3)) for b in range(4)]
    pairs = [(masks[0], masks[1]), (masks[1], masks[2]), (masks[0], masks[3])]
    pairs += [(masks[0][1:], masks[0][:-1]), (masks[0][:, 1:], masks[0][:, :-1])]
    for a, b in pairs:
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 5 / np.sqrt(a.size)


def test_mask_is_a_function_of_its_key():
    one, same, other = (dropout_mask(50, 20, 0.5, key) for key in (11, 11, 12))
    assert_array_equal(one, same)
    assert (one != other).any()


def test_mixed_keys_do_not_collide():
    keys = {int(mix(mix(seed, epoch), b)) for seed in range(20) for epoch in range(20)
            for b in range(20)}  # fmt: skip
    assert len(keys) == 8000

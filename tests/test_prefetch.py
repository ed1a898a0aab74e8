"""Rows that are asked for before they are read."""

import numpy as np
import pytest
import sklearn.neural_network
from networks import callable_from_python
from numpy.testing import assert_allclose, assert_array_equal

from sknn_tune import MLPRegressor
from sknn_tune.network.layers import gather
from sknn_tune.network.prefetch import FAR, ROWS_AHEAD

_gather = callable_from_python("def call(X, rows, A): gather(X, rows, A)", gather=gather)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_rows", [1, ROWS_AHEAD, ROWS_AHEAD + 1, 50])
@pytest.mark.parametrize("width", [1, 17, 300])
def test_rows_are_those_of_the_matrix(dtype, n_rows, width):
    random = np.random.RandomState(0)
    n_large = FAR // width + 1
    X = np.zeros((n_large, width), dtype)
    rows = random.permutation(n_large)[:n_rows]
    X[rows] = random.normal(size=(n_rows, width))
    A = np.full((n_rows + 1, width), np.nan, dtype)
    _gather(X, rows, A[:n_rows])
    assert_array_equal(A[:n_rows], X[rows])
    assert np.isnan(A[n_rows]).all()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_fit_on_large_data_is_that_of_scikit_learn():
    X = np.random.RandomState(0).normal(size=(2_000, 132))
    assert X.size > FAR
    ours, theirs = (
        estimator(hidden_layer_sizes=(2,), max_iter=2, random_state=0).fit(X, X[:, 0])
        for estimator in (MLPRegressor, sklearn.neural_network.MLPRegressor)
    )
    assert_allclose(ours.coefs_[0], theirs.coefs_[0], rtol=1e-9)

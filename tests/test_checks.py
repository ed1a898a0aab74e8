"""Checks of what compiled code does not check itself."""

import numpy as np
import pytest
import scipy.sparse
from networks import Compiled, Description

from sknn_tune.network.arrays import pack_data
from sknn_tune.network.checks import check_array, check_order
from sknn_tune.network.lbfgs import minimise_lbfgs
from sknn_tune.network.prediction import Predictor

SPARSE, DENSE = Compiled(Description(sparse=True)), Compiled(Description())


def predictor(compiled, **changes):
    parts = {
        "blueprint": compiled.blueprint,
        "theta": compiled.theta,
        "statistics": compiled.statistics,
        "X": compiled.X,
        "link": "identity",
        **changes,
    }
    return Predictor(*parts.values())


def test_dense_rows_are_not_read_as_sparse_ones():
    with pytest.raises(ValueError, match="must be sparse"):
        predictor(SPARSE)
    assert np.isfinite(predictor(SPARSE, X=scipy.sparse.csr_matrix(SPARSE.X))()).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"theta": DENSE.theta[:-1].copy()}, "theta must be"),
        ({"theta": DENSE.theta[None]}, "theta must be"),
        ({"theta": DENSE.theta.astype("f4")}, "theta must be"),
        ({"theta": np.repeat(DENSE.theta, 2)[::2]}, "theta must be"),
        ({"theta": DENSE.theta.astype(">f8")}, "theta must be"),
        ({"theta": DENSE.theta.tolist()}, "theta must be .* got list"),
        ({"statistics": np.zeros(3)}, "statistics must be"),
        ({"X": DENSE.X[:, :-1]}, "X must have 4 columns"),
        ({"X": DENSE.X.astype("f4")}, "dtype float64, got 4 and float32"),
        ({"link": "cosine"}, "cosine"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        predictor(DENSE, **changes)


@pytest.mark.parametrize("value", [-1, 5, 10**9])
def test_indices_out_of_range_are_refused(value):
    with pytest.raises(ValueError, match="order must hold indices of 5 rows"):
        check_order(np.array([0, value, 4]), 5)
    check_order(np.array([4, 0]), 5)


def test_no_rows_are_refused():
    with pytest.raises(ValueError, match="at least one row"):
        check_order(np.empty(0, np.int64), 5)


def test_an_array_must_be_writeable():
    array = np.zeros(3)
    check_array("a", array, np.dtype(float), (3,))
    array.flags.writeable = False
    with pytest.raises(ValueError, match="a must be a writeable"):
        check_array("a", array, np.dtype(float), (3,))


@pytest.mark.parametrize(
    ("targets", "weights"),
    [
        (DENSE.Y[:-1], DENSE.weights),
        (DENSE.Y, DENSE.weights[:-1]),
        (DENSE.Y.astype("f4"), DENSE.weights),
        (np.c_[DENSE.Y, DENSE.Y], DENSE.weights),
    ],
)
def test_targets_of_other_rows_are_refused(targets, weights):
    data = pack_data(DENSE.X, targets, weights)
    workspace = DENSE.workspace()
    with pytest.raises(ValueError, match="must have shape"):
        minimise_lbfgs(DENSE.blueprint, workspace, data, DENSE.objective(), maxiter=1)

"""Transposed copies beside numpy's."""

import numpy as np
import pytest
from networks import callable_from_python
from numpy.testing import assert_array_equal

from sknn_tune.network.transposition import TILE, transpose, transpose_tile

_transpose = callable_from_python(
    "def call(W, transposed): transpose(W, transposed)", transpose=transpose
)
SIZES = [1, TILE - 1, TILE, TILE + 1, 3 * TILE, 3 * TILE + 5]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_rows", SIZES)
@pytest.mark.parametrize("width", SIZES)
def test_every_size(dtype, n_rows, width):
    W = np.arange(n_rows * width, dtype=dtype).reshape(n_rows, width)
    # What lies behind the copy is not for it to write.
    buffer = np.full((width + 1, n_rows), np.nan, dtype)
    _transpose(W, buffer[:width])
    assert_array_equal(buffer[:width], W.T)
    assert np.isnan(buffer[width]).all()


def test_a_tile_without_compilation():
    W, transposed = np.arange(400.0).reshape(20, 20), np.zeros((20, 20))
    transpose_tile(W, 3, 7, transposed)
    assert_array_equal(transposed[7 : 7 + TILE, 3 : 3 + TILE], W[3 : 3 + TILE, 7 : 7 + TILE].T)
    assert np.count_nonzero(transposed) == TILE * TILE

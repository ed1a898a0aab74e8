"""Views of a buffer are checked against it where bounds checks are on."""

import os
import subprocess
import sys

import pytest

_PROBE = """
import numpy as np
from sknn_tune.network.jit import entry_point
from sknn_tune.network.views import flat, matrix, vector

@entry_point
def sum_of_vector(buffer, start, size):
    return vector(buffer, start, size).sum()

@entry_point
def sum_of_matrix(buffer, start, n_rows, n_columns):
    return flat(matrix(buffer, start, n_rows, n_columns)).sum()

view = sum_of_{kind}
try:
    print(view(np.arange(10.0), {place}))
except IndexError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("kind", "place", "printed"),
    [
        ("vector", "0, 10", "45.0"),
        ("vector", "10, 0", "0.0"),
        ("vector", "9, 2", "out of the bounds"),
        ("vector", "-1, 2", "out of the bounds"),
        ("vector", "2, -1", "out of the bounds"),
        ("matrix", "2, 2, 4", "44.0"),
        ("matrix", "3, 2, 4", "out of the bounds"),
        ("matrix", "0, -2, -2", "out of the bounds"),
    ],
)
def test_view_out_of_bounds_is_found(kind, place, printed):
    done = subprocess.run(
        [sys.executable, "-c", _PROBE.format(kind=kind, place=place)],
        env=os.environ | {"NUMBA_BOUNDSCHECK": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed in done.stdout

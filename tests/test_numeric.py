"""What counts as a number."""

import numpy as np
import pytest

from sknn_tune.common.numeric import is_integer, is_real


@pytest.mark.parametrize(
    ("value", "integer", "real"),
    [
        (3, True, True),
        (np.int8(3), True, True),
        (2.5, False, True),
        (np.float32(2.5), False, True),
        (float("inf"), False, True),
        (True, False, False),
        (np.True_, False, False),
        (1j, False, False),
        ("3", False, False),
        (None, False, False),
        ((3,), False, False),
        (np.array(3), False, False),
    ],
)
def test_numbers_are_told_from_what_only_looks_like_one(value, integer, real):
    assert (is_integer(value), is_real(value)) == (integer, real)

"""Checks for numbers that, unlike Python, do not count a bool as an integer."""

from numbers import Integral, Real
from typing import TypeGuard

import numpy as np


def is_real(value: object) -> TypeGuard[float]:
    """Whether a value is a real number, infinities and nan included, and not a bool."""
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def is_integer(value: object) -> TypeGuard[int]:
    """Whether a value is an integer, and not a bool."""
    return isinstance(value, Integral) and not isinstance(value, bool)

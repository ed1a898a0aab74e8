"""Which values are the same: 1, 1.0 and True are three different ones.

To an estimator the type of a number can change its meaning: `max_features=1` is one feature,
`max_features=1.0` all of them.
"""

import math
from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np

from sknn_tune.common.numeric import is_integer, is_real


def kind_of(value: Any) -> Any:
    """Return what kind of value it is; numpy's scalars are of the kind of Python's."""
    if isinstance(value, bool | np.bool_):
        return "bool"
    if is_integer(value):
        return "int"
    if is_real(value):
        return "float"
    if isinstance(value, str):
        return "str"
    if isinstance(value, tuple | list):
        return ("sequence", *map(kind_of, value))
    return type(value)


def are_same(a: Any, b: Any) -> bool:
    """Whether two values are of one kind and equal, floats up to rounding."""
    if a is b:
        return True
    if kind_of(a) != kind_of(b):
        return False
    if is_real(a):
        return bool(a == b) or math.isclose(a, b, rel_tol=1e-9) or bool(a != a and b != b)
    if isinstance(a, tuple | list):
        return all(map(are_same, a, b))
    if isinstance(a, dict):
        return len(a) == len(b) and all(
            any(are_same(key, other) and are_same(a[key], b[other]) for other in b) for key in a
        )
    if isinstance(a, np.ndarray):
        return a.dtype.kind == b.dtype.kind and np.array_equal(a, b)
    if type(a).__eq__ is object.__eq__:
        # Estimators compare by identity; two that print alike are the same choice.
        return hasattr(a, "get_params") and repr(a) == repr(b)
    try:
        return bool(a == b)
    except Exception:  # tables compare cell by cell
        return False


class Index:
    """Finds the place of a value in a list; what is there twice is kept once, at its first place.

    Parameters
    ----------
    values : iterable

    Attributes
    ----------
    values : list
        The distinct ones.
    """

    def __init__(self, values: Iterable[Any]):
        self.values: list[Any] = []
        self._scalars: dict[Hashable, int] = {}
        self._others: list[int] = []
        for value in values:
            if self.place(value) is None:
                key = _key(value)
                if key is None:
                    self._others.append(len(self.values))
                else:
                    self._scalars[key] = len(self.values)
                self.values.append(value)

    def __getitem__(self, value: Any) -> int:
        place = self.place(value)
        if place is None:
            raise KeyError(value)
        return place

    def place(self, value: Any) -> int | None:
        """Return where `value` is, None where it is not."""
        key = _key(value)
        if key is not None:
            return self._scalars.get(key)
        return next((i for i in self._others if are_same(self.values[i], value)), None)


def _key(value: Any) -> Hashable | None:
    """Return a key that equal scalars share, None of what has no such key."""
    kind = kind_of(value)
    if kind == "float":
        return kind, f"{float(value):.10g}"
    return (kind, value) if kind in ("bool", "int", "str") else None

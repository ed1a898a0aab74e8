"""What depends on an estimator's parameters alone is found once for all fits with the same ones."""

from collections.abc import Callable, Sequence
from functools import lru_cache, update_wrapper
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np

_Result = TypeVar("_Result")

_SCALARS = {bool, int, float, str, type(None), np.bool_, np.int64, np.float64, np.str_}


def are_plain(values: Sequence[object]) -> bool:
    """Whether values are equal to others of their types only where the same is allowed."""
    kinds = set(map(type, values))
    return kinds <= _SCALARS or (
        kinds <= _SCALARS | {tuple}
        and all(_SCALARS.issuperset(map(type, value)) for value in values if type(value) is tuple)
    )


def types_within(values: Sequence[object]) -> tuple[tuple[type, ...], ...]:
    """Types of the parts of tuples, in which (5,) and (5.0,) are equal but not the same."""
    return tuple(tuple(map(type, value)) for value in values if type(value) is tuple)


def remembered(
    function: Callable[[type, SimpleNamespace], _Result],
) -> Callable[[Any, tuple[str, ...]], _Result]:
    """Make of a function of a class and parameters one of an estimator and their names.

    The results for plain parameters are kept; they must not be changed. Errors are not kept.

    Parameters
    ----------
    function : callable
        Gets the class of the estimator, and its parameters as attributes.
    """

    # The types distinguish what is equal.
    @lru_cache(maxsize=1024, typed=True)
    def of_plain(cls, names, types, *values):
        return of_values(cls, names, values)

    def of_values(cls, names, values):
        return function(cls, SimpleNamespace(**dict(zip(names, values, strict=True))))

    def of_estimator(estimator, names):
        values = [getattr(estimator, name) for name in names]
        cls: Any = type(estimator)
        if not are_plain(values):
            return of_values(cls, names, values)
        return of_plain(cls, names, types_within(values), *values)

    return update_wrapper(of_estimator, function)

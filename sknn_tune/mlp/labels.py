"""Class labels of any type that users pass, as numbers or strings that numpy can sort."""

from numbers import Real
from typing import Any

import numpy as np
import scipy.sparse

from sknn_tune.common.labels import refuse_missing

#: Longer strings are kept as objects: numpy gives each element the length of the longest.
LONGEST_FIXED = 256


def short_or_objects(y: Any, name: str) -> Any:
    """Labels as they are, but for long strings, which become an array of objects.

    Raises
    ------
    ValueError
        If objects are missing, of which some cannot be compared by what comes next.
    """
    if isinstance(y, list | tuple):
        if not all(isinstance(label, str) for label in y):
            refuse_missing(np.array([*y, None], dtype=object)[:-1], name)
            return y
        return np.array(y, dtype=object) if max(map(len, y), default=0) > LONGEST_FIXED else y
    if getattr(getattr(y, "dtype", None), "kind", "") == "O":
        refuse_missing(np.asarray(y), name)
    if isinstance(y, np.ndarray) and y.dtype.kind == "U" and y.dtype.itemsize > 4 * LONGEST_FIXED:
        known: dict[str, str] = {}
        labels = (known.setdefault(label, label) for label in map(str, y.flat))
        return np.fromiter(labels, object, y.size).reshape(y.shape)
    return y


def plain_labels(y: Any, name: str) -> Any:
    """Labels as numbers, booleans or strings.

    Parameters
    ----------
    y : ndarray or sparse matrix
        Labels; numbers and booleans may be objects.
    name : str
        Of the parameter, for errors.

    Raises
    ------
    ValueError
        If the labels are of a type that has no meaning as a label here, or some are missing.
    """
    if scipy.sparse.issparse(y) or y.dtype.kind not in "OSV":
        return y
    types = {type(label) for label in y.ravel()} if y.dtype == object else {y.dtype.type}
    if all(issubclass(cls, str) for cls in types):
        return y
    is_number = [issubclass(cls, Real | np.bool_) for cls in types]
    if all(is_number):
        numbers = np.array(y.tolist())
        if numbers.dtype.kind in "biuf":
            return numbers
        raise ValueError(f"{name} has integers beyond 64 bits; convert them to strings.")
    if any(is_number) and all(issubclass(cls, str | Real | np.bool_) for cls in types):
        raise ValueError(f"{name} mixes labels of types that have no common order.")
    names = ", ".join(sorted(cls.__name__ for cls in types))
    raise ValueError(
        f"{name} has labels of type {names} (dtype {y.dtype}); labels must be numbers, booleans or "
        f"strings. Convert them, for instance by {name}.astype(str)."
    )

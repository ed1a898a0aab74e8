"""Tables of options: each row is complete before anything is compiled, and stays as it is.

The compiled units are made from the tables when the package is imported, so a row that is
added later would have no code. The tables are read-only for that reason.
"""

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from numba import config

Row = TypeVar("Row", bound=tuple)


def registry(rows: dict[str, Row], kernels: Callable[[Row], dict[str, str]]) -> Mapping[str, Row]:
    """Check the rows of a table and close it.

    Parameters
    ----------
    rows : dict of str to named tuple
        The rows by the name that users write.
    kernels : callable
        Gets a row; returns the fields that must hold a compiled function, with the arguments
        that it is called with, such as ``{"forward": "z, param"}``.

    Returns
    -------
    mapping
        The rows, read-only.

    Raises
    ------
    TypeError
        If a field holds no compiled function, or one that takes other arguments.

    Examples
    --------
    >>> from sknn_tune.network.activations import ACTIVATIONS
    >>> ACTIVATIONS["relu6"] = ACTIVATIONS["relu"]
    Traceback (most recent call last):
        ...
    TypeError: 'mappingproxy' object does not support item assignment
    """
    for name, row in rows.items():
        required = kernels(row)
        problems = [
            problem
            for field, arguments in required.items()
            if (problem := _problem(field, getattr(row, field), arguments))
        ]
        if problems:
            functions = " and ".join(f"{f}({arguments})" for f, arguments in required.items())
            raise TypeError(
                f"{type(row).__name__} {name!r} must have {functions}, decorated with `inlined` "
                f"or `kernel`; {', '.join(problems)}."
            )
    return MappingProxyType(rows)


def _problem(field: str, function: object, arguments: str) -> str:
    """What is wrong with a function of a row; empty where nothing is."""
    if not callable(function):
        return f"missing {field}"
    if not (config.DISABLE_JIT or hasattr(function, "py_func")):
        return f"{field} is not decorated"
    taken = inspect.signature(function).parameters
    if len(taken) != len(arguments.split(",")):
        return f"{field} takes ({', '.join(taken)})"
    return ""

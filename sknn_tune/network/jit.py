"""The one place that says ``njit``.

Every kernel of the package is decorated here, so that all share one set of compiler options:

``error_model="numpy"``
    Division follows IEEE arithmetic; Python's check for zero would block vectorisation.
``fastmath``
    Reassociation and contraction, which vectorise sums, but neither ``nnan`` nor ``ninf``:
    a NaN must stay visible so that a diverging fit is noticed.
``nogil=True``
    Fits run side by side in threads.

A `kernel` is compiled into whatever calls it. An `entry_point` is called from Python, and its
machine code, with all the kernels in it, is kept on disk (`compilation_cache`).
"""

import gc
from textwrap import dedent, indent

import numpy as np
from numba import config, njit, typeof, types
from numba.extending import overload

from sknn_tune.network.compilation_cache import CompilationCache

_SAFE = {"contract", "nsz", "arcp", "afn"}


_OPTIONS = {"error_model": "numpy", "nogil": True, "fastmath": _SAFE | {"reassoc"}}
# Wrappers that would let Python call a kernel cost a tenth of the compilation.
_UNWRAPPED = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def kernel(function):
    """Compile a function that other kernels call."""
    return njit(**_OPTIONS, **_UNWRAPPED)(function)


def exact_kernel(function):
    """Compile a kernel whose operations keep their order, as range reduction needs.

    However long, it goes into the loops that call it: a loop around a call stays scalar.
    """
    return njit(**_OPTIONS | {"fastmath": _SAFE}, **_UNWRAPPED, forceinline=True)(function)


def inlined(function):
    """Paste a kernel into those that call it, before they are compiled.

    Every function costs the compiler 50 ms or more, and every level of calls makes it optimise
    the innermost code once more, so small functions and the upper levels are pasted. Not a
    function that branches inside a loop over elements: pasted, it keeps the loop from becoming
    vector code.
    """
    return njit(**_OPTIONS, inline="always")(function)


def entry_point(function):
    """Compile a kernel that Python calls, and keep its machine code on disk."""
    compiled = njit(**_OPTIONS, no_cfunc_wrapper=True)(function)
    if not config.DISABLE_JIT:
        # numba's own cache watches only the file that defines the function, not its callees.
        compiled._cache = CompilationCache(function)
    return compiled


_machine_code: dict = {}


def call(entry, key, *arguments):
    """Call an entry point with arguments whose types follow from ``key``.

    Numba's own dispatch looks at every element of every named tuple at every call: 8 us, as
    long as two steps of a small network.
    """
    code = _machine_code.get((entry, key))
    if code is None:
        code = _machine_code[entry, key] = _compile(entry, arguments)
    return code(*arguments)


def _compile(entry, arguments):
    if config.DISABLE_JIT:
        return entry
    # The compiler makes millions of objects, none of them garbage: collecting costs a tenth.
    collects = gc.isenabled()
    gc.disable()
    try:
        return entry.compile(tuple(map(typeof, arguments)))
    finally:
        if collects:
            gc.enable()


def like(value, constant):
    """Give a constant the dtype of a value: a float64 constant slows a float32 loop down 2.5x."""
    return type(value)(constant)


@overload(like)
def _like(value, constant):
    to_dtype = np.float32 if value == types.float32 else np.float64
    return lambda value, constant: to_dtype(constant)


def switch(parameters, bodies, **names):
    """Join alternatives into one kernel that takes the number of the chosen one first.

    Parameters
    ----------
    parameters : str
        The parameters that follow ``code``, as in a ``def``.
    bodies : iterable of str
        The source of each alternative. The sources are joined in one flat function because
        every function costs the compiler 50 ms or more, and every level of calls makes it
        optimise the innermost code again. A code outside the table does nothing.
    **names : object
        What the sources refer to.
    """
    lines = [f"def chosen(code, {parameters}):"]
    for code, body in enumerate(bodies):
        lines += [f"    {'el' if code else ''}if code == {code}:", indent(dedent(body), " " * 8)]
    exec("\n".join(lines), names)
    return kernel(names["chosen"])

"""The one place that says ``njit``.

Every kernel of the package is decorated here, so that all share one set of compiler options:

``error_model="numpy"``
    Division follows IEEE arithmetic; Python's check for zero would block vectorisation.
``fastmath``
    Reassociation and contraction, which vectorise sums, but neither ``nnan`` nor ``ninf``:
    a NaN must stay visible so that a diverging fit is noticed.
``nogil=True``
    Fits run side by side in threads.

A `kernel` is compiled into its callers. An `entry_point` is called from Python, and its machine
code, with all the kernels in it, is kept on disk (`compilation_cache`).
"""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from textwrap import dedent, indent
from typing import Any

import numba
import numpy as np
from numba import njit, typeof, types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.event import Listener, install_listener
from numba.extending import overload

from sknn_tune.common.interrupts import HeldInterrupts
from sknn_tune.network.compilation_cache import CompilationCache
from sknn_tune.network.fork_safety import make_forks_wait

make_forks_wait()

_config: Any = numba.config  # its attributes are made from the environment
_njit: Callable[..., Callable] = njit  # numba's stubs leave out some of the options
_SAFE = {"contract", "nsz", "arcp", "afn"}
_OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "nogil": True,
    "fastmath": _SAFE | {"reassoc"},
}
# Wrappers that would let Python call a kernel cost a tenth of the compilation.
_UNWRAPPED = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def kernel(function: Callable) -> Callable:
    """Compile a function that other kernels call."""
    return _njit(**_OPTIONS, **_UNWRAPPED)(function)


def exact_kernel(function: Callable) -> Callable:
    """Compile a kernel whose operations keep their order, as range reduction needs.

    It is always inlined, however long it is: a loop around a call is not vectorised.
    """
    return _njit(**_OPTIONS | {"fastmath": _SAFE}, **_UNWRAPPED, forceinline=True)(function)


def inlined(function: Callable) -> Callable:
    """Inline a kernel into its callers before they are compiled.

    Every function costs the compiler 50 ms or more, and every level of calls makes it optimise
    the innermost code once more, so small functions and the upper levels are inlined. Not for a
    function that branches inside a loop over elements: inlined at this stage, it prevents the
    loop from being vectorised.
    """
    return _njit(**_OPTIONS, inline="always")(function)


def entry_point(function: Callable) -> Callable:
    """Compile a kernel that Python calls, and keep its machine code on disk."""
    compiled: Any = _njit(**_OPTIONS, no_cfunc_wrapper=True)(function)
    if not _config.DISABLE_JIT:
        # numba's own cache watches only the file that defines the function, not its callees.
        compiled._cache = CompilationCache(function)
    return compiled


_machine_code: dict[tuple, Callable] = {}


def call(entry: Callable, key: Any, *arguments: Any) -> Any:
    """Call an entry point with arguments whose types follow from ``key``.

    Numba's own dispatch looks at every element of every named tuple at every call, which takes
    8 us, as long as two steps of a small network.
    """
    code = _machine_code.get((entry, key))
    if code is None:
        code = _machine_code[entry, key] = _compile(entry, arguments)
    return code(*arguments)


def _compile(entry: Any, arguments: tuple) -> Callable:
    if _config.DISABLE_JIT:
        return entry
    # No fork may find the collector disabled.
    with global_compiler_lock, _InterruptsBetweenPasses(), _no_garbage_collection():
        return entry.compile(tuple(map(typeof, arguments)))


class _InterruptsBetweenPasses(Listener):
    """Lets Control-C end a compilation between two passes of the compiler only.

    Inside a pass it can hit llvmlite while an object changes its owner; the object is then
    freed twice, and the interpreter crashes.
    """

    def __init__(self) -> None:
        self._interrupts = HeldInterrupts()
        self._open = ExitStack()

    def __enter__(self) -> None:
        self._open.enter_context(self._interrupts)
        self._open.enter_context(install_listener("numba:run_pass", self))

    def __exit__(self, *exception: object) -> None:
        self._open.close()

    def on_start(self, event: Any) -> None:
        self._interrupts.deliver()

    def on_end(self, event: Any) -> None:
        pass


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """The compiler makes millions of objects, none of them garbage: collecting costs a tenth."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def like(value: Any, constant: float) -> Any:
    """Give a constant the dtype of a value: a float64 constant slows a float32 loop down 2.5x."""
    return type(value)(constant)


@overload(like)
def _like(value, constant):
    to_dtype = np.float32 if value == types.float32 else np.float64
    return lambda value, constant: to_dtype(constant)


def switch(parameters: str, bodies: Iterable[str], **names: Any) -> Callable:
    """Join alternatives into one kernel whose first parameter chooses one of them by its number.

    Parameters
    ----------
    parameters : str
        The parameters that follow ``code``, as in a ``def``.
    bodies : iterable of str
        The source of each alternative. The sources are joined in one flat function because
        every function costs the compiler 50 ms or more, and every level of calls makes it
        optimise the innermost code once more. A number without an alternative does nothing.
    **names : object
        The global names that the sources use.
    """
    lines = [f"def chosen(code, {parameters}):"]
    for code, body in enumerate(bodies):
        lines += [f"    {'el' if code else ''}if code == {code}:", indent(dedent(body), " " * 8)]
    exec("\n".join(lines), names)
    return kernel(names["chosen"])

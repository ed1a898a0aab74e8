"""The one place that says ``njit``.

Every kernel of the package is decorated here, so that all share one set of compiler options:

``error_model="numpy"``
    Division follows IEEE arithmetic; Python's check for zero would block vectorisation.
``fastmath``
    Reassociation and contraction, which vectorise sums, but neither ``nnan`` nor ``ninf``:
    a NaN must stay visible so that a diverging fit is noticed.
``nogil=True``
    Fits run side by side in threads.

A `kernel` is compiled into its callers. An `entry_point` is called from Python, a `linked_kernel`
by its address (`units`); their machine code, with all the kernels in it, is kept on disk
(`compilation_cache`).
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from textwrap import dedent, indent
from typing import Any

import numba
from numba import njit, types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.event import Listener, install_listener
from numba.extending import lower_builtin, type_callable

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
    return _kept(_njit(**_OPTIONS, no_cfunc_wrapper=True)(function), function)


def linked_kernel(function: Callable) -> Callable:
    """Compile a kernel that others call by its address, and keep its machine code on disk."""
    return _kept(_njit(**_OPTIONS, **_UNWRAPPED)(function), function)


def _kept(compiled, function):
    if not _config.DISABLE_JIT:
        # numba's own cache watches only the file that defines the function, not its callees.
        compiled._cache = CompilationCache(function)
    return compiled


def compile_for(compiled: Any, signature: Any) -> Callable:
    """Compile for the types of the arguments, or load the machine code; returns what to call."""
    if _config.DISABLE_JIT:
        return compiled
    turn = compiled._cache.turn(signature, compiled.targetctx)
    # No fork may find the collector disabled.
    with turn, global_compiler_lock, _InterruptsBetweenPasses(), _no_garbage_collection():
        return compiled.compile(signature)


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


# Lowered by hand: a function for each combination of types costs the compiler 40 ms.
@type_callable(like)
def _type_like(context):
    return lambda value, constant: types.float32 if value == types.float32 else types.float64


@lower_builtin(like, types.Any, types.Any)
def _lower_like(context, builder, signature, arguments):
    return context.cast(builder, arguments[1], signature.args[1], signature.return_type)


def from_source(name: str, parameters: str, body: str, **names: Any) -> Callable:
    """Define a function by its source, in which the functions of an option are named.

    Parameters
    ----------
    name, parameters, body : str
        The parts of a ``def``.
    **names : object
        What the body refers to.
    """
    names["__name__"] = __name__  # the module that the function gets
    exec(f"def {name}({parameters}):\n{indent(dedent(body), ' ' * 4)}", names)
    return names[name]

"""Units: kernels that are compiled one by one, when a network first needs them.

A network is a list of the addresses of its units (`program`), which the loops of `passes` call
one after the other. So an option that nobody uses is never compiled, no option is compiled into
another's code, and each has the same machine code in every network.
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import numba
import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import lower_builtin, type_callable

from sknn_tune.network.jit import compile_for, entry_point, linked_kernel
from sknn_tune.network.records import Record

_config: Any = numba.config  # its attributes are made from the environment
#: Of a unit besides the record: a position, a number of rows, a key of random numbers.
_ARGUMENTS = (types.int64, types.int64, types.uint64)


#: All units of the package.
UNITS: list["Unit"] = []


class Unit:
    """A function ``(context, position, n_rows, key) -> float`` that compiled loops call.

    Parameters
    ----------
    function : callable
        Its plain source. ``context`` is a record; ``position`` the number of an operation or of
        a row; ``key`` that of the random numbers.
    option : str, default=""
        The option that the function is made for; its machine code is kept under both names.
    """

    def __init__(self, function: Callable, option: str = "") -> None:
        if option:  # one of several closures of the same name
            function.__qualname__ = function.__name__ = f"{function.__name__}_{option}"
        self.function = function
        self._kernel: Any = linked_kernel(function)
        self._addresses: dict[Record, int] = {}
        UNITS.append(self)

    @property
    def n_compiled(self) -> int:
        """For how many types of record the unit has been compiled."""
        return len(self._addresses)

    def address(self, context: Record) -> int:
        """Where the machine code for a type of record is; compiled first where it is nowhere."""
        address = self._addresses.get(context)
        if address is None:
            address = self._addresses[context] = self._compile((context, *_ARGUMENTS))
        return address

    def _compile(self, signature):
        if _config.DISABLE_JIT:
            _plain[id(self)] = self.function
            return id(self)
        # With the type of the result: a sum of float32 would be returned as it is.
        compile_for(self._kernel, types.float64(*signature))
        result = self._kernel.overloads[signature]
        return result.library.get_pointer_to_function(result.fndesc.llvm_func_name)


class Loop:
    """A kernel that Python calls with records, compiled for one signature when it is first called.

    Numba's own dispatch looks at every argument at every call.

    Parameters
    ----------
    function : callable
        Its plain source.
    signature : tuple of numba types
        Those of the arguments.
    """

    def __init__(self, function: Callable, signature: tuple[types.Type, ...]) -> None:
        self._kernel = entry_point(function)
        self._signature = signature
        self._code: Callable | None = None
        update_wrapper(self, function)

    def compile(self) -> Callable:
        """Compile, or load the machine code; returns what to call."""
        if self._code is None:
            self._code = compile_for(self._kernel, self._signature)
        return self._code

    def __call__(self, *arguments: Any) -> Any:
        return (self._code or self.compile())(*arguments)


def loop(*signature: types.Type) -> Callable[[Callable], Loop]:
    """Make a loop of a function."""
    return lambda function: Loop(function, signature)


#: The functions by what stands for their address, where nothing is compiled.
_plain: dict[int, Callable] = {}


def unit(function: Callable) -> Unit:
    """Make a unit of a function."""
    return Unit(function)


def invoke(address: int, context: Any, position: int, n_rows: int, key: np.uint64) -> float:
    """Call a unit by its address."""
    return _plain[address](context, position, n_rows, key)


@type_callable(invoke)
def _type_invoke(context):
    return lambda address, record, position, n_rows, key: types.float64


@lower_builtin(invoke, types.Integer, types.Integer, types.Integer, types.Integer, types.Integer)
def _lower_invoke(context, builder, signature, arguments):
    kinds = (types.int64, *_ARGUMENTS)  # the record is an address like any other
    address, *values = (
        context.cast(builder, value, given, kind)
        for value, given, kind in zip(arguments, signature.args, (types.int64, *kinds), strict=True)
    )
    function_type = context.call_conv.get_function_type(types.float64, kinds)
    function = builder.inttoptr(address, function_type.as_pointer())
    status, result = context.call_conv.call_function(
        builder, function, types.float64, kinds, values
    )
    with cgutils.if_unlikely(builder, status.is_error):
        context.call_conv.return_status_propagate(builder, status)
    return result

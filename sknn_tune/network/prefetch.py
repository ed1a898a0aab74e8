"""Rows that are asked for before they are read.

The rows of a batch lie anywhere in the data, and no processor foresees where, so that each would
be waited for. A request takes no time, and has no effect but on the caches.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import lower_builtin, type_callable
from numba.np.arrayobj import make_array

#: Elements of a matrix whose rows are asked for; a smaller one is in a near cache anyway.
FAR = 1 << 18
ROWS_AHEAD = 8  #: how long before it is read a row is asked for
_LINE = 64  #: bytes of a line of the cache
_MOST = 1024  #: bytes of a row; that what follows is read, too, processors find out
_READ, _KEEP, _DATA = 0, 3, 1  #: for LLVM: to read, keep in all caches, no instructions


def prefetch_row(X: np.ndarray, row: int) -> None:
    """Ask for a row of a C-contiguous matrix, unless the matrix is small."""


@type_callable(prefetch_row)
def _type_prefetch_row(context):
    return lambda X, row: types.none


@lower_builtin(prefetch_row, types.Array, types.Integer)
def _lower_prefetch_row(context, builder, signature, arguments):
    X = make_array(signature.args[0])(context, builder, arguments[0])
    row = context.cast(builder, arguments[1], signature.args[1], types.intp)
    row_size = cgutils.unpack_tuple(builder, X.strides)[0]
    zero, line, most, far = (ir.Constant(cgutils.intp_t, n) for n in (0, _LINE, _MOST, FAR))
    n_bytes = builder.select(builder.icmp_signed("<", row_size, most), row_size, most)
    n_bytes = builder.select(builder.icmp_signed("<", X.nitems, far), zero, n_bytes)
    start = builder.bitcast(X.data, cgutils.voidptr_t)
    start = builder.gep(start, [builder.mul(row, row_size)])
    request = _prefetch(builder)
    hints = [ir.Constant(cgutils.int32_t, hint) for hint in (_READ, _KEEP, _DATA)]
    with cgutils.for_range_slice(builder, zero, n_bytes, line, intp=cgutils.intp_t) as (offset, _):
        builder.call(request, [builder.gep(start, [offset]), *hints])
    return context.get_dummy_value()


def _prefetch(builder: Any) -> Any:
    kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, *[cgutils.int32_t] * 3])
    return builder.module.declare_intrinsic("llvm.prefetch", [cgutils.voidptr_t], kind)

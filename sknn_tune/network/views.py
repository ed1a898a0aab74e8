"""Views into a buffer that the caller owns.

A slice in compiled code takes part in reference counting, which costs 40 ns a view and more
than the arithmetic of a small network. These views own nothing: the buffers outlive the call.
"""

from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import lower_builtin, type_callable
from numba.np.arrayobj import make_array, populate_array


def vector(buffer: np.ndarray, start: int, size: int) -> np.ndarray:
    """View of ``size`` elements from ``start`` on."""
    return buffer[start : start + size]


def matrix(buffer: np.ndarray, start: int, n_rows: int, n_columns: int) -> np.ndarray:
    """C-contiguous matrix over the elements from ``start`` on."""
    return buffer[start : start + n_rows * n_columns].reshape((n_rows, n_columns))


def flat(matrix: np.ndarray) -> np.ndarray:
    """The elements of a C-contiguous matrix as a vector."""
    return matrix.reshape(matrix.size)


def contiguous(context: Any, builder: Any, kind: types.Array, data: Any, shape: list) -> Any:
    """Build an array that owns nothing over C-contiguous elements, in the code of a kernel."""
    item_size = context.get_constant(
        types.intp, context.get_abi_sizeof(context.get_data_type(kind.dtype))
    )
    strides = [item_size]
    for size in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], size))
    array = make_array(kind)(context, builder)
    populate_array(array, data=data, shape=shape, strides=strides, itemsize=item_size, meminfo=None)
    return array._getvalue()


# Lowered by hand: a function for each combination of types costs the compiler 40 ms.


@type_callable(vector)
def _type_vector(context):
    return lambda buffer, start, size: _view_of(buffer, 1)


@type_callable(matrix)
def _type_matrix(context):
    return lambda buffer, start, n_rows, n_columns: _view_of(buffer, 2)


@type_callable(flat)
def _type_flat(context):
    return lambda matrix: _view_of(matrix, 1)


def _view_of(buffer, n_dimensions):
    if isinstance(buffer, types.Array) and buffer.layout == "C":
        return types.Array(buffer.dtype, n_dimensions, "C", readonly=not buffer.mutable)
    return None


@lower_builtin(vector, types.Array, types.Integer, types.Integer)
@lower_builtin(matrix, types.Array, types.Integer, types.Integer, types.Integer)
def _lower_view(context, builder, signature, arguments):
    source = make_array(signature.args[0])(context, builder, arguments[0])
    start, *shape = (
        context.cast(builder, value, kind, types.intp)
        for value, kind in zip(arguments[1:], signature.args[1:], strict=True)
    )
    if context.enable_boundscheck:
        _check_bounds(context, builder, source.nitems, start, shape)
    data = builder.gep(source.data, [start])
    return contiguous(context, builder, signature.return_type, data, shape)


def _check_bounds(context, builder, n_items, offset, sizes):
    """Raise IndexError for a view beyond its buffer, whose own elements numba checks."""
    end = sizes[0]
    for size in sizes[1:]:
        end = builder.mul(end, size)
    end = builder.add(offset, end)
    is_wrong = builder.icmp_signed(">", end, n_items)
    for start in (offset, *sizes):
        is_negative = builder.icmp_signed("<", start, start.type(0))
        is_wrong = builder.or_(is_wrong, is_negative)
    with cgutils.if_unlikely(builder, is_wrong):
        message = "view is out of the bounds of its buffer"
        context.call_conv.return_user_exc(builder, IndexError, (message,))


@lower_builtin(flat, types.Array)
def _lower_flat(context, builder, signature, arguments):
    source = make_array(signature.args[0])(context, builder, arguments[0])
    shape = cgutils.unpack_tuple(builder, source.shape)
    size = shape[0]
    for length in shape[1:]:
        size = builder.mul(size, length)
    return contiguous(context, builder, signature.return_type, source.data, [size])

"""Views into a buffer that the caller owns.

A slice in compiled code takes part in reference counting, which costs 40 ns a view and more
than the arithmetic of a small network. These views own nothing: the buffers are arguments of
the entry points and outlive them.
"""

from typing import TypeVar

import numpy as np
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    models,
    overload,
    register_model,
)
from numba.np.arrayobj import make_array, populate_array

Tuple = TypeVar("Tuple", bound=tuple)


def vector(buffer: np.ndarray, start: int, size: int) -> np.ndarray:
    """View of ``size`` elements from ``start`` on."""
    return buffer[start : start + size]


def matrix(buffer: np.ndarray, start: int, n_rows: int, n_columns: int) -> np.ndarray:
    """C-contiguous matrix over the elements from ``start`` on."""
    return buffer[start : start + n_rows * n_columns].reshape((n_rows, n_columns))


def flat(matrix: np.ndarray) -> np.ndarray:
    """The elements of a C-contiguous matrix in one row."""
    return matrix.reshape(matrix.size)


def borrowed(value: Tuple) -> Tuple:
    """The same named tuple by reference, its arrays without a share in their ownership.

    A tuple of arrays is a hundred words, which the compiler copies wherever the tuple is named;
    counting references to what the caller holds anyway took a tenth of a small network's step.
    """
    return value


@overload(vector)
def _vector(buffer, start, size):
    return lambda buffer, start, size: _view(buffer, start, (size,))


@overload(matrix)
def _matrix(buffer, start, n_rows, n_columns):
    return lambda buffer, start, n_rows, n_columns: _view(buffer, start, (n_rows, n_columns))


@intrinsic
def _view(typing_context, buffer, start, shape):
    result = types.Array(buffer.dtype, len(shape), "C", readonly=not buffer.mutable)

    def generate(context, builder, signature, arguments):
        source = make_array(buffer)(context, builder, arguments[0])
        offset = context.cast(builder, arguments[1], signature.args[1], types.intp)
        sizes = cgutils.unpack_tuple(builder, arguments[2], len(shape))
        sizes = [
            context.cast(builder, size, given, types.intp)
            for size, given in zip(sizes, shape, strict=True)
        ]
        if context.enable_boundscheck:
            _check_bounds(context, builder, source.nitems, offset, sizes)
        item_size = context.get_constant(
            types.intp, context.get_abi_sizeof(context.get_data_type(buffer.dtype))
        )
        strides = [item_size]
        for size in reversed(sizes[1:]):
            strides.insert(0, builder.mul(strides[0], size))
        view = make_array(result)(context, builder)
        populate_array(
            view,
            data=builder.gep(source.data, [offset]),
            shape=sizes,
            strides=strides,
            itemsize=item_size,
            meminfo=None,
        )
        return view._getvalue()

    return result(buffer, start, shape), generate


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


@overload(flat)
def _flat(matrix):
    return lambda matrix: _view(matrix, 0, (matrix.size,))


class Borrowed(types.Type):
    """Type of a pointer to a tuple on the stack of the entry point, whose arrays own nothing."""

    def __init__(self, of):
        self.of = of
        super().__init__(f"Borrowed({of})")


@register_model(Borrowed)
class _BorrowedModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, manager.lookup(kind.of).get_value_type().as_pointer())


@infer_getattr
class _BorrowedFields(AttributeTemplate):
    key = Borrowed

    def generic_resolve(self, kind, name):
        return kind.of[kind.of.fields.index(name)] if name in kind.of.fields else None


@lower_getattr_generic(Borrowed)
def _field(context, builder, kind, pointer, name):
    position = cgutils.gep_inbounds(builder, pointer, 0, kind.of.fields.index(name))
    return builder.load(position)


# Pasted, so that the tuple lies on the stack of the caller.
@overload(borrowed, inline="always")
def _overload_borrowed(value):
    return lambda value: _borrowed(value)


@intrinsic
def _borrowed(typing_context, value):
    def generate(context, builder, signature, arguments):
        return cgutils.alloca_once_value(builder, _disown(context, builder, value, arguments[0]))

    return Borrowed(value)(value), generate


def _disown(context, builder, kind, value):
    if isinstance(kind, types.BaseTuple):
        parts = cgutils.unpack_tuple(builder, value, len(kind))
        parts = [_disown(context, builder, *part) for part in zip(kind, parts, strict=True)]
        return context.make_tuple(builder, kind, parts)
    if isinstance(kind, types.Array):
        array = make_array(kind)(context, builder, value)
        array.meminfo = cgutils.get_null_value(array.meminfo.type)
        return array._getvalue()
    return value

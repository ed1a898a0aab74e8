"""Views into a buffer that the caller owns.

A slice in compiled code takes part in reference counting, which costs 40 ns a view and more
than the arithmetic of a small network. These views own nothing: the buffers are arguments of
the entry points and outlive them.
"""

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload
from numba.np.arrayobj import make_array, populate_array


def vector(buffer, start, size):
    """View of ``size`` elements from ``start`` on."""
    return buffer[start : start + size]


def matrix(buffer, start, n_rows, n_columns):
    """C-contiguous matrix over the elements from ``start`` on."""
    return buffer[start : start + n_rows * n_columns].reshape((n_rows, n_columns))


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

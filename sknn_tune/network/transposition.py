"""Transposed copies of small matrices, tile by tile in the registers.

A loop over the elements of one matrix jumps from row to row of the other, and no compiler makes
vector instructions of that.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import lower_builtin, type_callable
from numba.np.arrayobj import make_array

from sknn_tune.network.jit import kernel

TILE = 8  #: rows and columns


def transpose_tile(W: np.ndarray, i: int, j: int, transposed: np.ndarray) -> None:
    """transposed[j : j + TILE, i : i + TILE] <- W[i : i + TILE, j : j + TILE]'."""
    transposed[j : j + TILE, i : i + TILE] = W[i : i + TILE, j : j + TILE].T


@kernel
def transpose(W: np.ndarray, transposed: np.ndarray) -> None:
    """transposed <- W'."""
    n, width = W.shape
    n_whole, whole_width = n // TILE * TILE, width // TILE * TILE
    for j in range(0, whole_width, TILE):
        for i in range(0, n_whole, TILE):
            transpose_tile(W, i, j, transposed)
    for j in range(width - whole_width):
        for i in range(n):
            transposed[whole_width + j, i] = W[i, whole_width + j]
    for i in range(n - n_whole):
        for j in range(whole_width):
            transposed[j, n_whole + i] = W[n_whole + i, j]


@type_callable(transpose_tile)
def _type_transpose_tile(context):
    return lambda W, i, j, transposed: types.none


@lower_builtin(transpose_tile, types.Array, types.Integer, types.Integer, types.Array)
def _lower_transpose_tile(context, builder, signature, arguments):
    kind = ir.VectorType(context.get_data_type(signature.args[0].dtype), TILE)
    i, j = (
        context.cast(builder, arguments[place], signature.args[place], types.intp)
        for place in (1, 2)
    )
    W, transposed = (
        make_array(signature.args[place])(context, builder, arguments[place]) for place in (0, 3)
    )
    size = context.get_abi_sizeof(kind.element)
    rows = []
    for place in _places(builder, W, i, j, kind):
        rows.append(builder.load(place, align=size))
    for place, row in zip(
        _places(builder, transposed, j, i, kind), _exchanged(builder, rows), strict=True
    ):
        builder.store(row, place, align=size)
    return context.get_dummy_value()


def _places(builder: Any, matrix: Any, i: Any, j: Any, kind: ir.VectorType) -> Iterator[Any]:
    """Addresses of the rows of a tile that begins at an element of a matrix."""
    width = cgutils.unpack_tuple(builder, matrix.shape)[1]
    for row in range(TILE):
        start = builder.mul(builder.add(i, ir.Constant(i.type, row)), width)
        place = builder.gep(matrix.data, [builder.add(start, j)])
        yield builder.bitcast(place, kind.as_pointer())


def _exchanged(builder: Any, rows: list[Any]) -> list[Any]:
    """The columns of a tile, by exchanging blocks off its diagonal, from the smallest on."""
    for size in (1, 2, 4):
        upper = [column if not column & size else TILE + column - size for column in range(TILE)]
        lower = [column + size if not column & size else TILE + column for column in range(TILE)]
        for row in range(TILE):
            if not row & size:
                pair = rows[row], rows[row + size]
                rows[row] = _chosen(builder, pair, upper)
                rows[row + size] = _chosen(builder, pair, lower)
    return rows


def _chosen(builder: Any, pair: tuple[Any, Any], columns: list[int]) -> Any:
    return builder.shuffle_vector(*pair, ir.Constant(ir.VectorType(cgutils.int32_t, TILE), columns))

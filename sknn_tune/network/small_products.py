"""Products of matrices that are faster in blocks of rows.

For processors with AVX-512, OpenBLAS multiplies matrices of up to a million multiplications where
they lie; larger ones it copies into another order first, which costs more than it gains up to
sizes that a layer often has. So they are multiplied in blocks below that size
(`tests/benchmarks/small_products.py`): the rows of a batch 12 to 37 % faster than in one piece, if
a block has at least 8 of them, and the rows of a gradient, each of which is a column of the
batch, 6 to 32 %. Only in float32: where the width is no multiple of 16 the last digits differ, and
in float64 they are scikit-learn's.

On the way back, the product with the transposed weights costs more than to transpose them first
and to multiply by the copy: behind a layer of up to 16 outputs, as the last one is, 10 to 60 %,
with the same bits; where products are divided, behind others of up to 125,000 weights as well, 11
to 28 %, with other last digits.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import lower_builtin, type_callable
from numba.np.arrayobj import make_array
from numba.np.linalg import ensure_blas, get_blas_kind, make_constant_slot

from sknn_tune.common.threads import blas_libraries

FEWEST_ROWS = 8  #: of a block of a batch
FEWEST_GRADIENT_ROWS = 8  #: of a block of a gradient
#: Outputs of a layer whose weights are transposed before they take the gradient back.
MOST_COLUMNS_COPIED = 16
_LIMIT = 1_000_000
#: Where products are divided, so many weights are transposed for a batch of so many rows.
LARGEST_COPY, FEWEST_ROWS_BACK = _LIMIT // FEWEST_ROWS, 16
_ARCHITECTURES = {"SkylakeX", "Cooperlake", "SapphireRapids"}


def product_limit(dtype: np.dtype) -> int:
    """Multiplications of a block; 0 where products are not divided."""
    architectures = {getattr(library, "architecture", None) for library in blas_libraries()}
    is_known = bool(architectures) and architectures <= _ARCHITECTURES
    return _LIMIT if dtype == np.float32 and is_known else 0


def gradient_rows(
    A: np.ndarray, D: np.ndarray, start: int, size: int, gradient: np.ndarray
) -> None:
    """gradient[start : start + size] <- A[:, start : start + size]' D."""
    np.dot(A[:, start : start + size].T, D, out=gradient[start : start + size])


# Lowered by hand: numba multiplies no matrix whose rows are apart, as those of a part of A are.


@type_callable(gradient_rows)
def _type_gradient_rows(context):
    return lambda A, D, start, size, gradient: types.none


@lower_builtin(gradient_rows, types.Array, types.Array, types.Integer, types.Integer, types.Array)
def _lower_gradient_rows(context, builder, signature, arguments):
    dtype = signature.args[0].dtype
    A, D, gradient = (
        make_array(signature.args[place])(context, builder, arguments[place]) for place in (0, 1, 4)
    )
    start, size = (
        context.cast(builder, arguments[place], signature.args[place], types.intp)
        for place in (2, 3)
    )
    n_rows, fan_in = cgutils.unpack_tuple(builder, A.shape)
    fan_out = cgutils.unpack_tuple(builder, D.shape)[1]
    factors = [make_constant_slot(context, builder, dtype, factor) for factor in (1.0, 0.0)]
    one, zero, of_D, of_A, of_gradient = (
        builder.bitcast(pointer, cgutils.voidptr_t)
        for pointer in (
            *factors,
            D.data,
            builder.gep(A.data, [start]),
            builder.gep(gradient.data, [builder.mul(start, fan_out)]),
        )
    )
    kind, plain, transposed = (
        ir.Constant(cgutils.int8_t, ord(letter)) for letter in (get_blas_kind(dtype), "n", "t")
    )
    # BLAS counts along columns, so it sees the transposed matrices: gradient' = D' A.
    builder.call(
        _gemm(builder),
        (
            kind, plain, transposed, fan_out, size, n_rows,
            one, of_D, fan_out, of_A, fan_in, zero, of_gradient, fan_out,
        ),
    )  # fmt: skip
    return context.get_dummy_value()


def _gemm(builder: Any) -> Any:
    """The function of numba that calls the BLAS of scipy, as its own ``np.dot`` does."""
    ensure_blas()
    letter, count, pointer = cgutils.int8_t, cgutils.intp_t, cgutils.voidptr_t
    parameters = [
        *[letter] * 3, *[count] * 3, pointer, pointer, count, pointer, count, pointer, pointer,
        count,
    ]  # fmt: skip
    kind = ir.FunctionType(cgutils.int32_t, parameters)
    return cgutils.get_or_insert_function(builder.module, kind, "numba_xxgemm")

"""Time of products of matrices in blocks of rows or by a copy, beside those in one piece.

    python tests/benchmarks/small_products.py

The blocks are the largest that `sknn_tune.network.small_products` allows: rows of a batch on the
way forward, rows of the gradient on the way back. The copy is that of the transposed weights, its
time included. One BLAS thread.
"""

import time

import numpy as np
from common import describe_run, print_header, print_row
from numba import njit
from threadpoolctl import threadpool_limits

from sknn_tune.network.layers import propagate
from sknn_tune.network.small_products import (
    FEWEST_GRADIENT_ROWS,
    FEWEST_ROWS,
    gradient_rows,
)

LIMIT = 1_000_000  #: multiplications of a block

SHAPES = [
    (200, 64, 100), (200, 100, 100), (256, 100, 256), (256, 200, 256), (200, 500, 100),
    (128, 256, 128), (200, 250, 200), (64, 128, 128), (64, 200, 128), (128, 256, 256),
    (128, 350, 350), (32, 300, 300),
]  # fmt: skip
COPIED_SHAPES = [
    (32, 100, 10), (200, 100, 3), (32, 32, 32), (16, 64, 64), (64, 64, 64), (200, 64, 64),
    (32, 100, 100), (200, 100, 100), (64, 200, 200), (200, 200, 200), (64, 500, 100),
    (128, 256, 256), (128, 350, 350),
]  # fmt: skip


@njit
def multiply(A, W, Z, block, repeats):
    """Z <- A W in blocks of rows."""
    for _ in range(repeats):
        for start in range(0, len(A), block):
            np.dot(A[start : start + block], W, Z[start : start + block])


@njit
def multiply_back(A, D, gradient, block, repeats):
    """gradient <- A' D in blocks of its rows."""
    fan_in = len(gradient)
    for _ in range(repeats):
        if block >= fan_in:
            np.dot(A.T, D, gradient)
        else:
            for start in range(0, fan_in, block):
                gradient_rows(A, D, start, min(block, fan_in - start), gradient)


@njit
def propagate_whole(D, W, E, scratch, repeats):
    """E <- D W'."""
    for _ in range(repeats):
        np.dot(D, W.T, E)


@njit
def propagate_by_copy(D, W, E, scratch, repeats):
    """E <- D W' by a transposed copy."""
    for _ in range(repeats):
        propagate(D, W, E, scratch, LIMIT, False)


def microseconds(function, *arguments):
    """Shortest time of a product."""
    function(*arguments, 1)
    seconds = []
    for _ in range(50):
        began = time.perf_counter()
        function(*arguments, 10)
        seconds.append(time.perf_counter() - began)
    return 1e5 * min(seconds)


def compare(shape, dtype, function, operands, fewest):
    """Print a row: a product in one piece and in blocks."""
    n, fan_in, fan_out = shape
    left, right = operands
    n_out = n if function is multiply else fan_in
    whole, parts = np.empty((2, n_out, fan_out), dtype)
    block = LIMIT * n_out // (n * fan_in * fan_out) // 8 * 8
    if block < fewest or block >= n_out:
        return
    one = microseconds(function, left, right, whole, n_out)
    blocks = microseconds(function, left, right, parts, block)
    bits = "same" if np.array_equal(whole, parts) else "other"
    product = "forward" if function is multiply else "gradient"
    print_row(
        f"{n}, {fan_in}, {fan_out}", product, dtype, f"{one:.1f}", block, f"{blocks / one:.2f}x",
        bits,
    )  # fmt: skip


def compare_copy(shape, dtype, D, W):
    """Print a row: a product with transposed weights in one piece and by a copy."""
    whole, copied = np.empty((2, shape[0], shape[1]), dtype)
    scratch = np.empty(max(W.size, whole.size), dtype)
    one, other = (
        microseconds(function, D, W, out, scratch)
        for function, out in ((propagate_whole, whole), (propagate_by_copy, copied))
    )
    bits = "same" if np.array_equal(whole, copied) else "other"
    print_row(
        ", ".join(map(str, shape)), "back", dtype, f"{one:.1f}", "copy", f"{other / one:.2f}x", bits
    )


def main():
    describe_run()
    print_header(
        "rows, fan in, fan out",
        "product",
        "dtype",
        "in one piece, us",
        "block",
        "in blocks",
        "bits",
    )
    for shape in COPIED_SHAPES:
        random = np.random.default_rng(0)
        D, W = (random.standard_normal(size) for size in ((shape[0], shape[2]), shape[1:]))
        compare_copy(shape, "float32", D.astype(np.float32), W.astype(np.float32))
    for dtype in ("float32", "float64"):
        for shape in SHAPES:
            n, fan_in, fan_out = shape
            random = np.random.default_rng(0)
            A = random.standard_normal((n, fan_in)).astype(dtype)
            W = random.standard_normal((fan_in, fan_out)).astype(dtype)
            D = random.standard_normal((n, fan_out)).astype(dtype)
            compare(shape, dtype, multiply, (A, W), FEWEST_ROWS)
            compare(shape, dtype, multiply_back, (A, D), FEWEST_GRADIENT_ROWS)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()

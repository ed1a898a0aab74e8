"""Time of a product of matrices in blocks of rows, beside the product in one piece.

    python tests/benchmarks/small_products.py

The largest block is the one that `sknn_tune.network.small_products` chooses; one BLAS thread.
"""

import time

import numpy as np
from common import describe_run, print_header, print_row
from numba import njit
from threadpoolctl import threadpool_limits

SHAPES = [
    (200, 64, 100), (200, 100, 100), (256, 100, 256), (256, 200, 256), (200, 500, 100),
    (128, 256, 128), (200, 250, 200),
]  # fmt: skip


@njit
def multiply(A, W, Z, block, repeats):
    """Z <- A W in blocks of rows."""
    for _ in range(repeats):
        for start in range(0, len(A), block):
            np.dot(A[start : start + block], W, Z[start : start + block])


def microseconds(A, W, Z, block):
    """Shortest time of a product."""
    multiply(A, W, Z, block, 1)
    seconds = []
    for _ in range(50):
        began = time.perf_counter()
        multiply(A, W, Z, block, 10)
        seconds.append(time.perf_counter() - began)
    return 1e5 * min(seconds)


def main():
    describe_run()
    print_header("rows, fan in, fan out", "dtype", "in one piece, us", "block", "in blocks", "bits")
    for dtype in ("float32", "float64"):
        for n, fan_in, fan_out in SHAPES:
            random = np.random.default_rng(0)
            A = random.standard_normal((n, fan_in)).astype(dtype)
            W = random.standard_normal((fan_in, fan_out)).astype(dtype)
            whole, parts = np.empty((2, n, fan_out), dtype)
            block = 1_000_000 // (fan_in * fan_out) // 8 * 8
            one, blocks = microseconds(A, W, whole, n), microseconds(A, W, parts, block)
            bits = "same" if np.array_equal(whole, parts) else "other"
            shape = f"{n}, {fan_in}, {fan_out}"
            print_row(shape, dtype, f"{one:.1f}", block, f"{blocks / one:.2f}x", bits)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()

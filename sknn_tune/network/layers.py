"""Operations of a network: forward and backward of each, on plain matrices.

`blueprint` arranges them in a table; here each sees only the arrays that it is called with.
Gradients of parameters are written; gradients of inputs are written, or added (``adds``) where
the input feeds more than one operation.
"""

import numpy as np
from numpy import ndarray as Array

from sknn_tune.network.jit import kernel, like
from sknn_tune.network.prefetch import ROWS_AHEAD, prefetch_row
from sknn_tune.network.small_products import (
    FEWEST_GRADIENT_ROWS,
    FEWEST_ROWS,
    FEWEST_ROWS_BACK,
    LARGEST_COPY,
    MOST_COLUMNS_COPIED,
    gradient_rows,
)
from sknn_tune.network.transposition import transpose
from sknn_tune.network.views import flat, matrix


@kernel
def dense_forward(A: Array, W: Array, Z: Array, limit: int) -> None:
    """Z <- A W, in blocks of rows of up to ``limit`` multiplications (`small_products`)."""
    (n, fan_in), fan_out = A.shape, Z.shape[1]
    block = limit // (fan_in * fan_out) // 8 * 8
    if block < FEWEST_ROWS:
        block = n
    for start in range(0, n, block):
        size = min(block, n - start)
        rows = matrix(flat(A), start * fan_in, size, fan_in)
        np.dot(rows, W, matrix(flat(Z), start * fan_out, size, fan_out))


@kernel
def dense_backward(A: Array, D: Array, W_gradient: Array, limit: int) -> None:
    """W_gradient <- A' D, in blocks of its rows of up to ``limit`` multiplications."""
    fan_in, fan_out = W_gradient.shape
    block = limit // (A.shape[0] * fan_out) // 8 * 8
    if block < FEWEST_GRADIENT_ROWS or block >= fan_in:
        np.dot(A.T, D, W_gradient)
    else:
        for start in range(0, fan_in, block):
            gradient_rows(A, D, start, min(block, fan_in - start), W_gradient)


@kernel
def propagate(D: Array, W: Array, E: Array, scratch: Array, limit: int, adds: bool) -> None:
    """E <- D W', or E <- E + D W'; through a transposed copy of a small W (`small_products`)."""
    n, width = D.shape
    product = matrix(scratch, 0, n, W.shape[0]) if adds else E
    copies = width <= min(MOST_COLUMNS_COPIED, n) or (
        limit > 0 and n >= FEWEST_ROWS_BACK and W.size <= LARGEST_COPY
    )
    if copies and not adds:  # the scratch has no room for both
        transposed = matrix(scratch, 0, width, W.shape[0])
        transpose(W, transposed)
        dense_forward(D, transposed, product, limit)
    else:
        np.dot(D, W.T, product)
    if adds:
        add(product, E)


@kernel
def sparse_forward(
    values: Array, indices: Array, indptr: Array, rows: Array, W: Array, Z: Array
) -> None:
    """Z <- X[rows] W for X in compressed rows."""
    for i in range(rows.size):
        for j in range(Z.shape[1]):
            Z[i, j] = 0
        for e in range(indptr[rows[i]], indptr[rows[i] + 1]):
            x, w = values[e], W[indices[e]]
            for j in range(Z.shape[1]):
                Z[i, j] += x * w[j]


@kernel
def sparse_backward(
    values: Array, indices: Array, indptr: Array, rows: Array, D: Array, W_gradient: Array
) -> None:
    """W_gradient <- X[rows]' D for X in compressed rows."""
    W_gradient[:] = 0
    for i in range(rows.size):
        for e in range(indptr[rows[i]], indptr[rows[i] + 1]):
            x, g = values[e], W_gradient[indices[e]]
            for j in range(D.shape[1]):
                g[j] += x * D[i, j]


@kernel
def densify(values: Array, indices: Array, indptr: Array, rows: Array, A: Array) -> None:
    """A <- X[rows] for X in compressed rows."""
    A[:] = 0
    for i in range(rows.size):
        for e in range(indptr[rows[i]], indptr[rows[i] + 1]):
            A[i, indices[e]] += values[e]


@kernel
def gather(X: Array, rows: Array, A: Array) -> None:
    """A <- X[rows]; the rows of a large X are asked for before they are read."""
    for i in range(rows.size):
        prefetch_row(X, rows[min(i + ROWS_AHEAD, rows.size - 1)])
        row = rows[i]
        for j in range(X.shape[1]):
            A[i, j] = X[row, j]


@kernel
def add(A: Array, Z: Array) -> None:
    """Z <- Z + A."""
    a, z = flat(A), flat(Z)
    for i in range(a.size):
        z[i] += a[i]


@kernel
def copy(A: Array, Z: Array) -> None:
    """Z <- A."""
    a, z = flat(A), flat(Z)
    for i in range(a.size):
        z[i] = a[i]


# --- batch normalisation (Ioffe and Szegedy 2015, arXiv:1502.03167) ---------------------------

NORM_EPSILON = 1e-5
#: Share of a new batch in the running statistics; of the first batches, their plain mean.
NORM_MOMENTUM = 0.1


@kernel
def batch_moments(A: Array, weights: Array, mean: Array, variance: Array) -> float:
    """Weighted mean and variance of the columns; returns the sum of weights."""
    n, k = A.shape
    total = 0.0
    mean[:] = 0
    variance[:] = 0
    for i in range(n):
        total += weights[i]
        for j in range(k):
            mean[j] += weights[i] * A[i, j]
    share = like(mean[0], 1.0 / total)
    for j in range(k):
        mean[j] *= share
    for i in range(n):
        for j in range(k):
            r = A[i, j] - mean[j]
            variance[j] += weights[i] * r * r
    for j in range(k):
        variance[j] *= share
    return total


@kernel
def track_moments(
    running: Array, mean: Array, variance: Array, weights: Array, total: float
) -> None:
    """Move the running mean and the running unbiased variance towards those of a batch.

    ``running`` holds the means, the variances and, last, the number of batches seen. Weights
    count as repetitions, so the unbiased variance has the factor n / (n - 1) with their sum as
    n; but weights that add up to less than there are rows only say which rows matter more.
    """
    k = mean.size
    running[2 * k] += 1
    share = like(mean[0], max(NORM_MOMENTUM, 1.0 / running[2 * k]))
    present = 0.0
    for i in range(weights.size):
        if weights[i] > 0:
            present += 1.0
    n = max(total, present)
    unbiased = like(mean[0], n / (n - 1.0) if n > 1.0 else 1.0)
    for j in range(k):
        running[j] += share * (mean[j] - running[j])
        running[k + j] += share * (unbiased * variance[j] - running[k + j])


@kernel
def norm_forward(
    A: Array, mean: Array, variance: Array, scale: Array, normalised: Array, Z: Array
) -> None:
    """normalised <- (A - mean) / deviation; Z <- scale * normalised (its shift is a bias)."""
    n, k = A.shape
    for j in range(k):
        variance[j] = like(scale[j], 1.0) / np.sqrt(variance[j] + like(scale[j], NORM_EPSILON))
    for i in range(n):
        for j in range(k):
            x = (A[i, j] - mean[j]) * variance[j]
            normalised[i, j] = x
            Z[i, j] = scale[j] * x


@kernel
def norm_scale_gradient(normalised: Array, D: Array, scale_gradient: Array) -> None:
    """scale_gradient <- sums over the rows of D * normalised."""
    scale_gradient[:] = 0
    for i in range(D.shape[0]):
        for j in range(D.shape[1]):
            scale_gradient[j] += D[i, j] * normalised[i, j]


@kernel
def norm_backward(
    normalised: Array,
    inverse_deviation: Array,
    weights: Array,
    scale: Array,
    scale_gradient: Array,
    shift_gradient: Array,
    D: Array,
    E: Array,
) -> None:
    """E <- gradient of the input, through the batch's own mean and variance."""
    n, k = D.shape
    total = 0.0
    for i in range(n):
        total += weights[i]
    for i in range(n):
        share = like(weights[i], weights[i] / total)
        for j in range(k):
            through_moments = shift_gradient[j] + normalised[i, j] * scale_gradient[j]
            E[i, j] = scale[j] * inverse_deviation[j] * (D[i, j] - share * through_moments)


# --- dropout (Srivastava et al. 2014) ---------------------------------------------------------


@kernel
def mix(a: int, b: int) -> np.uint64:
    """A well mixed 64-bit key of two (the finaliser of splitmix64, Steele et al. 2014)."""
    z = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(b)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel
def dropout(A: Array, rate: float, key: np.uint64, Z: Array) -> None:
    """Z <- A with elements dropped and the rest scaled up, so that the mean is kept.

    Random bits are a hash of the key and the element's number. The mask is never stored: the
    backward pass computes it again from the same key.
    """
    n, k = A.shape
    threshold = np.uint32(min(rate * 4294967296.0, 4294967295.0))
    keep = like(A[0, 0], 1.0 / (1.0 - rate))
    low, high = np.uint32(key), np.uint32(key >> np.uint64(32))
    for i in range(n):
        row = np.uint32(np.uint32(i) * np.uint32(k))
        for j in range(k):
            h = np.uint32((np.uint32(row + np.uint32(j)) ^ low) * np.uint32(0x9E3779B1))
            h = np.uint32((h ^ (h >> np.uint32(16)) ^ high) * np.uint32(0x7FEB352D))
            h = np.uint32((h ^ (h >> np.uint32(15))) * np.uint32(0x846CA68B))
            h = np.uint32(h ^ (h >> np.uint32(16)))
            Z[i, j] = A[i, j] * keep if h >= threshold else like(keep, 0.0)

"""The roofline: seconds of the matrix products of a fit or a prediction, and nothing else."""

import time
from itertools import pairwise

import numpy as np
from numba import njit

_BEST_OF = 5
#: Multiplications that a timing should cover.
_ENOUGH = 2e8


@njit
def _forward(A, W, Z, repeats):
    for _ in range(repeats):
        np.dot(A, W, Z)


@njit
def _weight_gradient(A, D, G, repeats):
    for _ in range(repeats):
        np.dot(A.T, D, G)


@njit
def _propagate(D, W, E, repeats):
    for _ in range(repeats):
        np.dot(D, W.T, E)


def fit_seconds(n_rows, sizes, batch_size, epochs, dtype):
    """Seconds of the products of a fit: forward, gradients of weights, deltas of hidden layers."""
    n_batches = n_rows / batch_size * epochs
    layers = list(pairwise(sizes))
    return n_batches * sum(
        _layer_seconds(batch_size, fan_in, fan_out, dtype, trains=True, propagates=layer > 0)
        for layer, (fan_in, fan_out) in enumerate(layers)
    )


def prediction_seconds(n_rows, sizes, chunk_rows, dtype):
    """Seconds of the products of a prediction that takes ``chunk_rows`` at a time."""
    layers = pairwise(sizes)
    return n_rows / chunk_rows * sum(_layer_seconds(chunk_rows, *pair, dtype) for pair in layers)


def _layer_seconds(rows, fan_in, fan_out, dtype, trains=False, propagates=False):
    shapes = [(rows, fan_in), (fan_in, fan_out), (rows, fan_out), (fan_in, fan_out)]
    A, W, Z, G = (np.ones(shape, dtype) for shape in shapes)
    E = np.empty_like(A)
    repeats = max(1, int(_ENOUGH / (rows * fan_in * fan_out)))

    def run(repeats):
        _forward(A, W, Z, repeats)
        if trains:
            _weight_gradient(A, Z, G, repeats)
        if propagates:
            _propagate(Z, W, E, repeats)

    run(1)
    best = np.inf
    for _ in range(_BEST_OF):
        began = time.perf_counter()
        run(repeats)
        best = min(best, time.perf_counter() - began)
    return best / repeats

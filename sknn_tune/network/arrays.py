"""From a user's arrays to those that kernels are compiled for, and room for what they write."""

from functools import cache
from typing import TypeAlias

import numpy as np
import scipy.sparse

from sknn_tune.network.blueprint import Blueprint
from sknn_tune.network.context import Context, Data, Workspace
from sknn_tune.network.records import Record, record_type
from sknn_tune.network.small_products import LARGEST_COPY

#: The input of a network.
Input: TypeAlias = np.ndarray | scipy.sparse.spmatrix | scipy.sparse.sparray

_NO_INDICES = np.empty(0, np.int32)
#: Rows that a prediction, or a step over all rows, takes at a time, so that they fit in the cache.
CHUNK_ROWS = 256
#: Denser rows are cheaper as a dense matrix of the batch.
MAX_SPARSE_DENSITY = 0.3


def prefers_sparse_layer(X: Input) -> bool:
    """Whether compressed rows are multiplied as they are, rather than made dense by batches."""
    if isinstance(X, np.ndarray):
        return False
    return X.nnz <= MAX_SPARSE_DENSITY * X.shape[0] * X.shape[1]


def pack_data(X: Input, targets: np.ndarray, weights: np.ndarray) -> Data:
    """Bring rows to learn from into the one form that kernels are compiled for."""
    dense, values, indices, indptr, *_ = pack_input(X)
    return Data(dense, values, indices, indptr, _contiguous(targets), _contiguous(weights))


def pack_input(X: Input) -> Data:
    """Bring rows to predict into the one form that kernels are compiled for.

    Dense matrices become C-contiguous, sparse ones compressed rows.
    """
    dtype = X.dtype
    if isinstance(X, np.ndarray):
        return Data(_contiguous(X), np.empty(0, dtype), _NO_INDICES, _NO_INDICES)
    rows = X.tocsr()
    integer = np.int32 if rows.nnz < 2**31 - 1 and X.shape[1] < 2**31 - 1 else np.int64
    indices, indptr = (part.astype(integer, copy=False) for part in (rows.indices, rows.indptr))
    return Data(np.empty((0, X.shape[1]), dtype), *map(_contiguous, (rows.data, indices, indptr)))


def context_type(data: Data) -> Record:
    """The type of the records of a network that works on the data."""
    return _context_type(data.dense.dtype, data.indices.dtype)


@cache  # the name of a dtype is not at hand
def _context_type(real, index):
    return record_type(Context, real.name, index.name)


def _contiguous(array):
    flags = array.flags
    if flags.c_contiguous and flags.aligned:
        return array
    return np.require(array, requirements=["C", "ALIGNED"])


def allocate(
    blueprint: Blueprint,
    theta: np.ndarray,
    statistics: np.ndarray,
    capacity: int,
    n_targets: int,
) -> Workspace:
    """Workspace for batches of up to ``capacity`` rows around given parameters."""
    dtype, widest = theta.dtype, blueprint.widest
    copied = min(widest * widest, LARGEST_COPY)
    return Workspace(
        theta=theta,
        gradient=np.zeros_like(theta),
        statistics=statistics,
        moments=np.empty_like(statistics),
        outputs=np.empty(capacity * blueprint.row_size, dtype),
        deltas=np.empty(capacity * blueprint.gradient_row_size, dtype),
        scratch=np.empty(max(capacity * widest, copied), dtype),
        targets=np.empty(capacity * n_targets, dtype),
        weights=np.empty(capacity, dtype),
        rows=np.empty(capacity, np.int64),
        capacity=capacity,
    )


def allocate_for_prediction(
    blueprint: Blueprint, theta: np.ndarray, statistics: np.ndarray, capacity: int
) -> Workspace:
    """What the forward pass alone needs of a workspace."""
    return Workspace(
        capacity,
        outputs=np.empty(capacity * blueprint.row_size, theta.dtype),
        theta=theta,
        statistics=statistics,
        moments=np.empty_like(statistics),
        rows=np.empty(capacity, np.int64),
    )

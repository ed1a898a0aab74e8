"""Embeddings: what the columns of a table become before the first layer.

An embedding reads one column of a batch and writes a few columns of the embedded batch. Numbers
are passed on, or spread over bins; categories are codes from 0 on, and any other code, such as
-1, is a category without a row: it becomes zeros.

The embedded batch is written out, and the first layer multiplies it as any other matrix. Looking
up the rows of the first layer's weights instead (a value touches one bin of a column, so running
sums of the weights and a gather would do) took 1.1 to 1.9 times as long, forward and backward,
at 8 to 50 columns, 128 or 256 units and batches of 32 to 256 rows.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from sknn_tune.network.jit import kernel, like
from sknn_tune.network.records import Integers, Vector
from sknn_tune.network.views import flat, matrix, vector

# Kinds of embedding
IDENTITY, PIECEWISE_LINEAR, ONE_HOT, LOOKUP = range(4)

# Columns of the table of embeddings. START and SIZE are where the output lies; PLACE is where
# the constants of a piecewise-linear embedding start, or the parameters of a lookup; LEVELS the
# number of categories.
KIND, COLUMN, START, SIZE, PLACE, LEVELS = range(6)
N_FIELDS = 6


class Identity(NamedTuple):
    """A number as it is."""

    column: int

    @property
    def width(self) -> int:
        """Columns that the embedding writes."""
        return 1


class PiecewiseLinear(NamedTuple):
    """A number spread over bins: 0 in the bins above it, 1 in those below, a share in its bin.

    Gorishniy, Rubachev and Babenko 2022, arXiv:2203.05556; here the first and the last bin are
    bounded too, so that what lies outside all bins is as what lies at their edge.
    """

    column: int
    edges: tuple  #: of the bins, increasing

    @property
    def width(self) -> int:
        """Columns that the embedding writes."""
        return len(self.edges) - 1


class OneHot(NamedTuple):
    """A category as 1 in the column of its code."""

    column: int
    n_levels: int

    @property
    def width(self) -> int:
        """Columns that the embedding writes."""
        return self.n_levels


class Lookup(NamedTuple):
    """A category as a learnt row of numbers (Guo and Berkhahn 2016, arXiv:1604.06737)."""

    column: int
    n_levels: int
    width: int


Embedding: TypeAlias = Identity | PiecewiseLinear | OneHot | Lookup


class EmbeddingTable(NamedTuple):
    """Embeddings as compiled code sees them."""

    n_embeddings: int
    fields: Integers  #: N_FIELDS numbers for each embedding
    constants: Vector  #: lower edges and inverse widths of the bins


def embedded_width(embeddings: Iterable[Embedding]) -> int:
    """Columns of the embedded batch."""
    return sum(embedding.width for embedding in embeddings)


def lookup_tables(embeddings: Iterable[Embedding]) -> list[tuple[int, int]]:
    """Shapes of the tables that the embeddings learn."""
    return [(e.n_levels, e.width) for e in embeddings if isinstance(e, Lookup)]


def embedding_table(
    embeddings: Sequence[Embedding], table_starts: Iterable[int], dtype: DTypeLike
) -> EmbeddingTable:
    """Lay out embeddings for compiled code.

    Parameters
    ----------
    embeddings : sequence of Identity, PiecewiseLinear, OneHot or Lookup
        In the order of their output.
    table_starts : sequence of int
        Where the parameters of each `Lookup` start in the parameter vector.
    dtype : numpy dtype
        Of the network.

    Returns
    -------
    EmbeddingTable
        With arrays that are read-only.
    """
    rows: list[list[int]] = []
    numbers: list[float] = []
    start, starts = 0, iter(table_starts)
    kinds = (Identity, PiecewiseLinear, OneHot, Lookup)
    for embedding in embeddings:
        place = -1
        if isinstance(embedding, PiecewiseLinear):
            place = len(numbers)
            edges = np.asarray(embedding.edges, np.float64)
            numbers += [*edges[:-1], *(1.0 / np.diff(edges))]
        elif isinstance(embedding, Lookup):
            place = next(starts)
        levels = getattr(embedding, "n_levels", 0)
        kind = kinds.index(type(embedding))
        rows.append([kind, embedding.column, start, embedding.width, place, levels])
        start += embedding.width
    fields = np.array(rows, dtype=np.int64).ravel()
    constants = np.array(numbers, dtype=dtype)
    for table in (fields, constants):
        table.flags.writeable = False
    return EmbeddingTable(len(rows), fields, constants)


@kernel
def spread(x: float, edges: np.ndarray, inverse_widths: np.ndarray, shares: np.ndarray) -> None:
    """shares <- how far x is through each bin, from 0 to 1."""
    for b in range(shares.size):
        share = (x - edges[b]) * inverse_widths[b]
        shares[b] = min(max(share, like(x, 0.0)), like(x, 1.0))


@kernel
def embed(table: EmbeddingTable, theta: np.ndarray, A: np.ndarray, Z: np.ndarray) -> None:
    """Z <- embedding of the columns of A."""
    width = Z.shape[1]
    out = flat(Z)
    for e in range(table.n_embeddings):
        field = vector(table.fields, e * N_FIELDS, N_FIELDS)
        kind, column, size, place = field[KIND], field[COLUMN], field[SIZE], field[PLACE]
        for i in range(A.shape[0]):
            x = A[i, column]
            part = vector(out, i * width + field[START], size)
            if kind == IDENTITY:
                part[0] = x
            elif kind == PIECEWISE_LINEAR:
                edges = vector(table.constants, place, size)
                spread(x, edges, vector(table.constants, place + size, size), part)
            else:
                code = np.int64(x)
                part[:] = 0
                if code >= 0 and code < field[LEVELS]:
                    if kind == ONE_HOT:
                        part[code] = 1
                    else:
                        row = vector(theta, place + code * size, size)
                        for j in range(size):
                            part[j] = row[j]


@kernel
def embed_backward(
    table: EmbeddingTable, A: np.ndarray, D: np.ndarray, gradient: np.ndarray
) -> None:
    """Write the gradients of the tables that are looked up."""
    for e in range(table.n_embeddings):
        field = vector(table.fields, e * N_FIELDS, N_FIELDS)
        if field[KIND] != LOOKUP:
            continue
        levels, size, start = field[LEVELS], field[SIZE], field[START]
        G = matrix(gradient, field[PLACE], levels, size)
        G[:] = 0
        for i in range(A.shape[0]):
            code = np.int64(A[i, field[COLUMN]])
            if code >= 0 and code < levels:
                for j in range(size):
                    G[code, j] += D[i, start + j]

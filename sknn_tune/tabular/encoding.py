"""From a table to the input of a network: scaled numbers, missing-value indicators, codes.

Numbers are centred by their median, divided by their interquartile range and smoothly clipped
to (-3, 3), so that neither units nor outliers matter (Holzmüller et al. 2024, arXiv:2407.04491).
A missing number becomes the median, with an indicator in another column. A category becomes the
code of its level; rare levels share a code with levels that are not in the training rows.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sknn_tune.network.embeddings import Identity, Lookup, OneHot, PiecewiseLinear
from sknn_tune.tabular.columns import Table

#: Bins of a number's piecewise-linear embedding: of few rows, and at most of many, which fill more
#: bins: one for each `ROWS_OF_A_BIN`.
BINS, MOST_BINS, ROWS_OF_A_BIN = 24, 96, 250
#: In wide tables there are about `BINS_OF_ALL` in all, but so many of each number at least.
BINS_OF_ALL, FEWEST_BINS = 480, 8
#: Scaled numbers are clipped to plus or minus this.
CLIP = 3.0
#: Before, so that their squares do not overflow, to this.
LIMIT = 1e9
#: A table with more columns for it gets no piecewise-linear embedding: it would only overfit.
MOST_EMBEDDED = 100
#: Levels of less weight than this share one code.
RARE = 3.0
#: A category with more levels is looked up in a table of this many learnt columns.
MOST_INDICATORS, LOOKUP_WIDTH = 32, 12


@dataclass(frozen=True)
class TableEncoder:
    """The fitted encoding of a table.

    Attributes
    ----------
    centers, factors : ndarray of shape (n_numeric,)
        Of the scaling.
    marked : ndarray of shape (n_marks,)
        Numeric columns that have missing values.
    edges : list of ndarray
        Edges of the bins of each scaled numeric column; fewer than three are no bins.
    levels : list of list
        Levels of each categorical column that have a separate code.
    unseen : list of int
        Code of all other levels; -1 for none.
    missing : list of int
        Code of a missing category.
    """

    centers: np.ndarray
    factors: np.ndarray
    marked: np.ndarray
    edges: list[np.ndarray]
    levels: list[list]
    unseen: list[int]
    missing: list[int]

    @classmethod
    def learn(cls, table: Table, weights: np.ndarray) -> "TableEncoder":
        """Learn from the rows of a table that have a weight; a weight of 2 is the row twice."""
        present = weights > 0
        numbers, weights = table.numbers[present], weights[present]
        scales = [_scale(column, weights) for column in numbers.T]
        centers = np.array([center for center, _ in scales])
        factors = np.array([factor for _, factor in scales])
        scaled = _scaled(numbers, centers, factors)
        codes = [_learn_levels(column[present], weights) for column in table.categories]
        return cls(
            centers,
            factors,
            np.flatnonzero(np.isnan(numbers).any(axis=0)),
            _edges_of_columns(scaled, weights),
            *([part[i] for part in codes] for i in range(3)),
        )

    def encode(self, table: Table, dtype: np.dtype) -> np.ndarray:
        """Scaled numbers, marks and codes, of shape (n_rows, n_inputs)."""
        scaled = _scaled(table.numbers, self.centers, self.factors)
        marks = np.isnan(scaled[:, self.marked])
        encoded = np.hstack([np.nan_to_num(scaled, nan=0.0), marks, *self._codes(table)])
        return np.ascontiguousarray(encoded, dtype=dtype)

    def _codes(self, table):
        parts = zip(table.categories, self.levels, self.unseen, self.missing, strict=True)
        for values, levels, unseen, missing in parts:
            codes: dict[Any, int] = {level: code for code, level in enumerate(levels)}
            codes[None] = missing
            found = (codes.get(value, unseen) for value in values)
            yield np.fromiter(found, np.float64, len(values))[:, None]

    def columns_of(self, is_categorical: tuple[bool, ...]) -> list[np.ndarray]:
        """Encoded columns of each column of the table."""
        n_numeric, n_marks = len(self.centers), len(self.marked)
        numbers, categories = iter(range(n_numeric)), iter(range(len(self.levels)))
        columns = []
        for chosen in is_categorical:
            if chosen:
                columns.append(np.array([n_numeric + n_marks + next(categories)]))
            else:
                number = next(numbers)
                columns.append(np.r_[number, n_numeric + np.flatnonzero(self.marked == number)])
        return columns

    @property
    def n_inputs(self) -> int:
        """Columns of an encoded table."""
        return len(self.centers) + len(self.marked) + len(self.levels)

    def embeddings(self, spreads_numbers: bool) -> tuple:
        """The embeddings of the encoded columns.

        Parameters
        ----------
        spreads_numbers : bool
            Whether numbers are spread over bins, besides being passed on.
        """
        n_numeric, n_marks = len(self.centers), len(self.marked)
        parts: list = [Identity(j) for j in range(n_numeric + n_marks) if self._varies(j)]
        spread = [
            PiecewiseLinear(j, tuple(edges.tolist()))
            for j, edges in enumerate(self.edges)
            if len(edges) > 2
        ]
        if spreads_numbers and len(spread) <= MOST_EMBEDDED:
            parts += spread
        for j, levels in enumerate(self.levels):
            column = n_numeric + n_marks + j
            n_codes = max(len(levels), self.unseen[j] + 1, self.missing[j] + 1)
            if n_codes > MOST_INDICATORS:
                parts.append(Lookup(column, n_codes, LOOKUP_WIDTH))
            elif n_codes > 1:
                parts.append(OneHot(column, n_codes))
        # A table of nothing but constants still has an input, which is 0.
        return tuple(parts) or (Identity(0) if self.n_inputs > len(self.levels) else OneHot(0, 1),)

    def _varies(self, j):
        return j >= len(self.factors) or self.factors[j] > 0


def _scaled(numbers, centers, factors):
    """Numbers centred, divided and smoothly clipped; what is infinite lies at the limits."""
    with np.errstate(over="ignore", invalid="ignore"):
        z = (numbers - centers) * factors
    z = np.where(np.isinf(numbers), np.sign(numbers) * (factors > 0) * LIMIT, z)
    z = np.clip(z, -LIMIT, LIMIT)
    return z / np.sqrt(1.0 + (z / CLIP) ** 2)


def _scale(column, weights):
    """Centre and factor of a column; a factor of 0 where it says nothing."""
    known = np.isfinite(column)
    if not known.any():
        return 0.0, 0.0
    order, cumulative = _ordered(column[known], weights[known])
    low, center, high = _quantiles(order, cumulative, np.array([0.25, 0.5, 0.75]))
    with np.errstate(over="ignore"):
        spread = high - low if high > low else 0.5 * (order[-1] - order[0])
    factor = 1.0 / spread if spread > 0 else 0.0
    return float(center), float(factor) if np.isfinite(factor) else 0.0


def _edges_of_columns(scaled, weights):
    """Edges of the bins of each column; those of two values need none and count for none."""
    needs_bins = [len(np.unique(column[~np.isnan(column)])) > 2 for column in scaled.T]
    n_bins = _n_bins(len(scaled), sum(needs_bins))
    return [
        _bin_edges(column, weights, n_bins) if needed else np.empty(0)
        for column, needed in zip(scaled.T, needs_bins, strict=True)
    ]


def _n_bins(n_rows, n_columns):
    """Bins of each of some columns."""
    most = np.clip(n_rows // ROWS_OF_A_BIN, BINS, MOST_BINS)
    return int(np.clip(BINS_OF_ALL // max(1, n_columns), FEWEST_BINS, most))


def _bin_edges(scaled, weights, n_bins):
    """Distinct quantiles of a scaled column, its smallest and largest value included.

    A value that fills more than half a bin counts as half a bin, so that a column that is mostly
    0 has bins where it is not.
    """
    known = ~np.isnan(scaled)
    if not known.any():
        return np.empty(0)
    values, places = np.unique(scaled[known].astype(np.float32), return_inverse=True)
    counts = np.bincount(places, weights[known])
    capped = np.cumsum(np.minimum(counts, counts.sum() / (2 * n_bins)))
    inner = _quantiles(values, capped, np.arange(1, n_bins) / n_bins)
    edges = np.unique(np.r_[values[0], inner, values[-1]]).astype(np.float64)
    return edges[np.r_[True, np.diff(edges) > 1e-6]]


def _ordered(values, weights):
    order = np.argsort(values, kind="stable")
    return values[order], np.cumsum(weights[order], dtype=np.float64)


def _quantiles(ordered, cumulative, shares):
    """Smallest values with at least these shares of the weight at or below them."""
    places = np.searchsorted(cumulative, shares * cumulative[-1] * (1 - 1e-12))
    return ordered[np.minimum(places, len(ordered) - 1)]


def _learn_levels(values, weights):
    """Levels with separate codes, the code of all others, the code of a missing value."""
    totals: dict[Any, float] = {}
    for value, weight in zip(values, weights.tolist(), strict=True):
        totals[value] = totals.get(value, 0.0) + weight
    weight_missing = totals.pop(None, 0.0)
    is_rare = [weight < RARE for weight in totals.values()]
    levels = [level for level, rare in zip(totals, is_rare, strict=True) if not rare]
    if len(levels) < 2:  # of few rows, all count
        levels, is_rare = list(totals), [False]
    levels = sorted(levels, key=lambda level: (str(type(level)), str(level)))
    n_codes = len(levels)
    unseen = missing = -1
    if any(is_rare):
        unseen, n_codes = n_codes, n_codes + 1
    if weight_missing:
        missing = n_codes
    return levels, unseen, missing

"""Labels of any kind: as integer codes, and evenly spread over an order of the rows."""

from typing import Any

import numpy as np
from numpy.random import Generator, RandomState
from numpy.typing import ArrayLike, NDArray


def count_labels(values: ArrayLike) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[np.intp]]:
    """Return distinct labels, the code of each row, and how often each label occurs.

    Parameters
    ----------
    values : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Rows of several outputs count as one label. Values of several types, None among them, are
        labels too.

    Returns
    -------
    labels : ndarray
    codes : ndarray of int, shape (n_samples,)
    counts : ndarray of int, shape (n_labels,)
    """
    values = np.asarray(values)
    # numpy cannot sort rows of objects; their text can be.
    if values.ndim > 1 and values.dtype == object:
        values = values.astype(str)
    axis = 0 if values.ndim > 1 else None
    try:
        labels, codes, counts = np.unique(
            values, axis=axis, return_inverse=True, return_counts=True
        )
    except TypeError:  # values of several types have no order
        _, first, codes, counts = np.unique(
            [f"{type(value).__name__} {value!r}" for value in values],
            return_index=True,
            return_inverse=True,
            return_counts=True,
        )
        labels = values[first]
    return labels, codes.reshape(-1), counts


def spread_order(
    rows: NDArray[np.intp], y: ArrayLike | None, labels: bool, rng: RandomState | Generator
) -> NDArray[np.intp]:
    """Order rows at random, so that any number of the first ones represents all of them.

    Parameters
    ----------
    rows : ndarray of int
    y : array-like or None
        The target of all rows.
    labels : bool
        Whether `y` holds labels: then one of each comes first, and each occurs evenly in every
        stretch after.
    rng : RandomState or Generator

    Returns
    -------
    ndarray of int
        A permutation of `rows`.
    """
    rows = rng.permutation(rows)
    if not labels or y is None or np.ndim(y) != 1:
        return rows
    codes = count_labels(np.asarray(y)[rows])[1]
    places = np.empty(len(rows))
    for code in range(codes.max() + 1):
        own = np.flatnonzero(codes == code)
        places[own] = (np.arange(len(own)) + rng.uniform(size=len(own))) / len(own)
        places[own[0]] -= 1.0
    return rows[np.argsort(places)]

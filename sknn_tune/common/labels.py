"""Labels of any kind: as integer codes, and evenly spread over an order of the rows."""

import numpy as np


def count_labels(values):
    """Return distinct labels, the code of each row, and how often each label occurs.

    Parameters
    ----------
    values : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Rows of several outputs count as one label.

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
    labels, codes, counts = np.unique(values, axis=axis, return_inverse=True, return_counts=True)
    return labels, codes.reshape(-1), counts


def spread_order(rows, y, labels, rng):
    """Order rows at random, so that the first of them, however many, are a fair share of all.

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

"""Labels of any kind as integer codes."""

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

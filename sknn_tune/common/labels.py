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


def refuse_missing(labels: NDArray, name: str) -> None:
    """Raise where a label is missing.

    Parameters
    ----------
    labels : ndarray
        Of any dtype; floats and objects may be missing.
    name : str
        Of the parameter, for the error.

    Raises
    ------
    ValueError
        With the number of those that are missing, and the place of the first.
    """
    if labels.dtype.kind == "f":
        missing = np.isnan(labels)
    elif labels.dtype == object:
        missing = np.array([_is_missing(label) for label in labels.ravel()], dtype=bool)
    else:
        return
    if missing.any():
        raise ValueError(
            f"{name} has no label in {int(missing.sum())} of {missing.size} places (nan or None), "
            f"first at {int(missing.argmax())}; leave these rows out."
        )


def _is_missing(label: Any) -> bool:
    """Whether a label is None, or does not equal itself, as nan and pandas' NA."""
    if hasattr(label, "__len__"):  # text, or a row of labels, which is compared element by element
        return False
    equals_itself = label == label
    is_answer = isinstance(equals_itself, bool | np.bool_)
    return label is None or not (is_answer and bool(equals_itself))


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

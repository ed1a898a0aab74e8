"""Columns that alone tell the target: it would be no wonder if a model did well with them."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

# With fewer rows it may be chance. More are not looked at.
_FEWEST_ROWS, _MOST_ROWS = 100, 20_000
# Rows that each word has on average: names and ids are no tell-tales.
_ROWS_PER_WORD = 10


def find_tell_tales(X: "pd.DataFrame", y: np.ndarray, target: str) -> list[str]:
    """Return a warning for each column that alone tells the target in all rows.

    A number tells a number if both rise together, and classes if each has its own interval; a word
    tells classes if it stands for one of them.

    Parameters
    ----------
    X : DataFrame of shape (n_rows, n_columns)
        Of `make_frame`.
    y : ndarray of shape (n_rows,)
    target : str

    Returns
    -------
    warnings : list of str
    """
    if len(y) < _FEWEST_ROWS:
        return []
    is_number = y.dtype.kind == "f"
    rows = np.random.default_rng(0).permutation(len(y))[:_MOST_ROWS]
    truth = y[rows] if is_number else np.unique(y[rows], return_inverse=True)[1]
    columns = X.iloc[rows].items()
    tell_tales = [name for name, column in columns if _tells(column, truth, is_number)]
    return [
        f"{name!r} alone tells {target!r} in all rows; if it is not known beforehand, leave it out "
        f"with --ignore."
        for name in tell_tales
    ]


def _tells(column: "pd.Series", truth: np.ndarray, is_number: bool) -> bool:
    """Whether a column tells the numbers or the codes of classes."""
    if column.dtype.kind == "f":
        values = column.to_numpy()
        return _rises_with(values, truth) if is_number else _separates(values, truth)
    return not is_number and column.dtype.kind != "M" and _stands_for(column, truth)


def _rises_with(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether two numbers rise together, or one falls as the other rises."""
    if not np.isfinite(x).all() or len(np.unique(x)) < len(np.unique(y)):
        return False
    steps = np.diff(y[np.lexsort((y, x))])
    falling = np.diff(y[np.lexsort((-y, x))])
    return bool((steps >= 0).all() or (falling <= 0).all())


def _separates(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether each class has a separate interval."""
    if not np.isfinite(x).all():
        return False
    order = np.argsort(x, kind="stable")
    changes = np.flatnonzero(np.diff(y[order]))
    sorted_x = x[order]
    is_clear = bool((sorted_x[changes] < sorted_x[changes + 1]).all())
    return is_clear and len(changes) == len(np.unique(y)) - 1


def _stands_for(words: "pd.Series", y: np.ndarray) -> bool:
    """Whether each word has one class only; missing counts as a word."""
    codes, spelled = words.factorize(use_na_sentinel=False)
    if len(spelled) * _ROWS_PER_WORD > len(y):
        return False
    pairs = np.unique(codes * (int(y.max()) + 1) + y)
    return len(pairs) == len(spelled)

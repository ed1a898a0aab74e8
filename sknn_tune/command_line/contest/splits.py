"""Which rows are the test, and on which configurations are compared."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
)

from sknn_tune.command_line.errors import BadInput

TEST_SHARE = 0.2
# Fewer rows are scored in folds, more on one dev part: (rows, folds).
FOLDS = ((1_000, 5), (5_000, 3))
DEV_SHARE, MAX_DEV_ROWS = 0.2, 10_000

Pairs = list[tuple[np.ndarray, np.ndarray]]


class Design(NamedTuple):
    """What must not be on both sides of a split."""

    groups: np.ndarray | None = None  #: (n_rows,), rows of a group stay together
    times: np.ndarray | None = None  #: (n_rows,), later rows are predicted from earlier ones

    def take(self, rows: np.ndarray) -> "Design":
        """Return the design of some of the rows."""
        return Design(*(part if part is None else part[rows] for part in self))


def hold_out(y: np.ndarray, task: str, design: Design, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows to tune and learn from, and a fifth to test on.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
    task : {"classification", "regression"}
    design : Design
    seed : int

    Returns
    -------
    rows, test_rows : ndarray of int

    Raises
    ------
    BadInput
        If the groups are too few, or a class is not on both sides.
    """
    n_rows = len(y)
    if design.times is not None:
        order = np.argsort(design.times, kind="stable")
        n_test = round(TEST_SHARE * n_rows)
        rows, test_rows = order[:-n_test], order[-n_test:]
    elif design.groups is not None:
        if len(np.unique(design.groups)) < 5:
            raise BadInput("--group needs a column with at least five different values.")
        splitter = GroupShuffleSplit(1, test_size=TEST_SHARE, random_state=seed)
        rows, test_rows = next(splitter.split(y, y, design.groups))
    else:
        kind = StratifiedShuffleSplit if task == "classification" else ShuffleSplit
        splitter = kind(1, test_size=TEST_SHARE, random_state=seed)
        rows, test_rows = next(splitter.split(np.zeros(n_rows), y))
    if task == "classification" and not np.isin(y[test_rows], y[rows]).all():
        raise BadInput("a class of the test rows is in no row to learn from; split otherwise.")
    return rows, test_rows


def make_pairs(y: np.ndarray, task: str, design: Design, seed: int) -> Pairs:
    """Return what configurations are compared on: folds, or one dev part of many rows.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        Of the rows to tune on; those come in the order of time if the design has times.
    task : {"classification", "regression"}
    design : Design
    seed : int

    Returns
    -------
    pairs : list of (train, dev) pairs of ndarray of int
    """
    n_rows, stratified = len(y), task == "classification"
    n_folds = next((folds for limit, folds in FOLDS if n_rows < limit), 1)
    n_dev = max(min(int(DEV_SHARE * n_rows), MAX_DEV_ROWS), 1)
    if design.times is not None:
        return [(np.arange(n_rows - n_dev), np.arange(n_rows - n_dev, n_rows))]
    if design.groups is not None:
        grouped = StratifiedGroupKFold if stratified else GroupKFold
        splitter = grouped(max(n_folds, 3), shuffle=True, random_state=seed)
    elif n_folds > 1:
        kind = StratifiedKFold if stratified else KFold
        splitter = kind(n_folds, shuffle=True, random_state=seed)
    else:
        kind = StratifiedShuffleSplit if stratified else ShuffleSplit
        splitter = kind(1, test_size=n_dev, random_state=seed)
    return list(splitter.split(np.zeros(n_rows), y, design.groups))


def describe_splits(pairs: Sequence[Any]) -> str:
    """Say in words what configurations are compared on.

    Parameters
    ----------
    pairs : sequence of (train, dev) pairs of row numbers
    """
    n_train, n_dev = (len(part) for part in pairs[0])
    if len(pairs) > 1:
        return f"{len(pairs)} folds of {n_train + n_dev:,} rows"
    return f"{n_dev:,} dev rows, trained on {n_train:,}"

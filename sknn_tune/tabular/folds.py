"""The rows that each member leaves out: folds of a partition, or the splits of a splitter."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import GroupKFold, check_cv

#: Folds of the partition where few members do not ask for more.
FEWEST_FOLDS = 5


class Split(NamedTuple):
    """Rows that a member learns from, and rows that tell it when to stop."""

    learned: np.ndarray
    held_out: np.ndarray  #: may be empty


def splits_of_members(
    n_members: int,
    cv: Any,
    y: np.ndarray,
    present: np.ndarray,
    groups: Any,
    random_state: np.random.RandomState,
) -> list[Split]:
    """Choose the rows of each member.

    Parameters
    ----------
    n_members : int
    cv : None, int, splitter or iterable of (train, test)
        None is a partition into half as many folds as there are members, at least five: of ten
        members, two do not see each fold.
    y : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        Classes or numbers, which the folds are balanced by.
    present : ndarray of bool, shape (n_rows,)
        Rows that have a weight; the others are left out.
    groups : array-like of shape (n_rows,) or None
        Rows of a group are all in one fold.
    random_state : RandomState
        Chooses the folds.

    Returns
    -------
    list of Split
        One for each member; members take the splits in turn.
    """
    if cv is None or isinstance(cv, int | np.integer):
        wanted = max(FEWEST_FOLDS, n_members // 2) if cv is None else int(cv)
        splits = _partition(wanted, y, present, groups, random_state)
    else:
        splitter = check_cv(cv)
        splits = [
            Split(_only(learned, present), _only(held_out, present))
            for learned, held_out in splitter.split(np.zeros((len(y), 1)), y, groups)
        ]
    for split in splits:
        if not len(split.learned):
            raise ValueError(f"cv={cv!r} leaves a member no rows with a weight to learn from.")
    return [splits[m % len(splits)] for m in range(n_members)]


def without_folds(n_members: int, present: np.ndarray) -> list[Split]:
    """All members learn from all rows; a validation set tells them when to stop."""
    rows = np.flatnonzero(present)
    return [Split(rows, rows[:0])] * n_members


def _only(rows, present):
    rows = np.asarray(rows)
    rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
    return rows[present[rows]]


def _partition(n_folds, y, present, groups, random_state):
    rows = np.flatnonzero(present)
    if groups is not None:
        fold_of_row = _folds_of_groups(n_folds, np.asarray(groups)[rows])
    else:
        fold_of_row = _balanced_folds(n_folds, y[rows], random_state)
    folds = np.unique(fold_of_row)
    if len(folds) < 2:  # a single row, or a single group
        return [Split(rows, rows[:0])]
    return [Split(rows[fold_of_row != fold], rows[fold_of_row == fold]) for fold in folds]


def _folds_of_groups(n_folds, groups):
    n_groups = len(np.unique(groups))
    folds = np.zeros(len(groups), dtype=int)
    if n_groups > 1:
        splitter = GroupKFold(min(n_folds, n_groups))
        for fold, (_, held_out) in enumerate(splitter.split(groups, groups=groups)):
            folds[held_out] = fold
    return folds


def _balanced_folds(n_folds, y, random_state):
    """Assign rows to folds in the order of y, so that each fold has its share of every range."""
    n_rows = len(y)
    keys = y.reshape(n_rows, -1).T[::-1]
    order = np.lexsort((random_state.uniform(size=n_rows), *keys))
    n_folds = min(n_folds, n_rows)
    n_deals = -(-n_rows // n_folds)
    deals = np.argsort(random_state.uniform(size=(n_deals, n_folds)), axis=1).ravel()[:n_rows]
    folds = np.empty(n_rows, dtype=int)
    folds[order] = deals
    return folds

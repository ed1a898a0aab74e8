"""A table and a target become a learning problem, split into the part to learn from and a test."""

from collections import Counter
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split

from sknn_tune.command_line.columns import (
    choose_columns,
    guess_task,
    is_missing,
    matrix,
    parse_numbers,
)
from sknn_tune.command_line.errors import BadInput

MIN_ROWS = 20
# A class needs rows in the test, in the dev part and to learn from.
MIN_CLASS_ROWS = 6
TEST_SHARE = 0.2


class Problem(NamedTuple):
    """What is to be learnt."""

    target: str
    task: str  #: "classification" or "regression"
    columns: list  #: of Column
    X: np.ndarray  #: of object, (n_rows, n_columns): rows to tune and to learn from
    y: np.ndarray  #: (n_rows,), str or float
    X_test: np.ndarray  #: rows that nothing but the last score sees
    y_test: np.ndarray
    notes: list  #: of str, what the user should know


def make_problem(table, target, task=None, seed=0):
    """Choose columns and task, and hold out the test rows.

    Parameters
    ----------
    table : Table
    target : str
        The column to predict.
    task : {"classification", "regression"} or None, default=None
        None guesses.
    seed : int, default=0
        Draws the test rows.

    Returns
    -------
    problem : Problem

    Raises
    ------
    BadInput
        If nothing can be learnt from the table.
    """
    if target not in table.names:
        raise BadInput(f"there is no column {target!r}; there are {_listed(table.names)}.")
    table, notes = _rows_with_target(table, target)
    _check_number_of_rows(table)
    if task is None:
        task = guess_task(table.column(target), table.decimal_comma)
    if task == "classification":
        table, left_out = _frequent_classes(table, target)
        y = np.array(table.column(target))
    else:
        table, y, left_out = _rows_with_number(table, target)
    columns, about_columns = choose_columns(table, target)
    if not columns:
        raise BadInput(f"beside {target!r} there is no column to learn from.")
    _check_number_of_rows(table)
    parts = train_test_split(
        matrix(table, columns),
        y,
        test_size=TEST_SHARE,
        stratify=y if task == "classification" else None,
        random_state=seed,
    )
    X, X_test, y, y_test = parts
    return Problem(target, task, columns, X, y, X_test, y_test, [*notes, *left_out, *about_columns])


def _listed(names, most=8):
    more = ", ..." if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more


def _check_number_of_rows(table):
    if table.n_rows < MIN_ROWS:
        raise BadInput(
            f"{table.n_rows} rows with a target are too few; at least {MIN_ROWS} are needed."
        )


def _rows_with_target(table, target):
    known = [i for i, cell in enumerate(table.column(target)) if not is_missing(cell)]
    n_left_out = table.n_rows - len(known)
    if not known:
        raise BadInput(f"the column {target!r} is empty.")
    notes = [f"Left out: {n_left_out} rows without {target!r}."] if n_left_out else []
    return table.take(known), notes


def _frequent_classes(table, target):
    cells = table.column(target)
    counts = Counter(cells)
    rare = [name for name, count in counts.items() if count < MIN_CLASS_ROWS]
    if len(counts) == 1:
        raise BadInput(f"{target!r} is {cells[0]!r} in all rows; two classes are needed.")
    if len(counts) - len(rare) < 2:
        raise BadInput(f"{target!r} has fewer than two classes with {MIN_CLASS_ROWS} rows or more.")
    kept = table.take([i for i, cell in enumerate(cells) if counts[cell] >= MIN_CLASS_ROWS])
    notes = [f"Left out: the class {name!r}, which has {counts[name]} rows." for name in rare]
    return kept, notes


def _rows_with_number(table, target):
    numbers, share = parse_numbers(table.column(target), table.decimal_comma)
    known = np.flatnonzero(np.isfinite(numbers))
    if share < 0.5:
        raise BadInput(f"{target!r} holds words, not numbers; regression needs numbers.")
    if np.ptp(numbers[known]) == 0:
        raise BadInput(f"{target!r} is {numbers[known[0]]:g} in all rows.")
    n_left_out = len(numbers) - len(known)
    notes = [f"Left out: {n_left_out} rows where {target!r} is no number."] if n_left_out else []
    return table.take(known), numbers[known], notes

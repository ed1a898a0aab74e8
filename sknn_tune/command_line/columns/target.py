"""The target of a table: which rows have one, which task it asks for, what its classes are."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from sknn_tune.command_line.cells.dates import guess_date_format
from sknn_tune.command_line.cells.number_format import is_missing_number, parse_numbers
from sknn_tune.command_line.cells.words import is_missing_word, unify_spellings
from sknn_tune.command_line.columns.kinds import NUMBER_SHARE, guess_task
from sknn_tune.command_line.errors import BadInput
from sknn_tune.command_line.files.table import Table

# A class needs rows in the test, in the dev part and to learn from.
MIN_CLASS_ROWS = 6
_MOST_LISTED = 5


class Target(NamedTuple):
    """What is to be predicted, for the rows that have it."""

    task: str  #: "classification" or "regression"
    rows: list[int]  #: of the table
    y: np.ndarray  #: (n_rows,), str or float64
    warnings: list[str]  #: what may surprise the user
    notes: list[str]


def read_target(table: Table, name: str, decimal: str, task: str | None = None) -> Target:
    """Read the column to predict.

    Parameters
    ----------
    table : Table
    name : str
    decimal : {".", ","}
    task : {"classification", "regression"} or None, default=None
        None guesses.

    Returns
    -------
    target : Target

    Raises
    ------
    BadInput
        If the column holds nothing that can be predicted.
    """
    cells = table.cells[name]
    share = parse_numbers(cells, decimal)[1]
    if task == "regression":
        if share < 0.5:
            raise BadInput(f"{name!r} holds words, not numbers; regression needs numbers.")
        return _numbers(name, cells, decimal)
    of_words = share < NUMBER_SHARE
    missing = is_missing_word if of_words else is_missing_number
    rows = [row for row, cell in enumerate(cells) if not missing(cell)]
    if not rows:
        raise BadInput(f"the column {name!r} is empty.")
    if task is None and guess_task([cells[row] for row in rows], decimal) == "regression":
        return _numbers(name, cells, decimal)
    return _classes(name, cells, rows)


def _classes(name: str, cells: list[str], rows: list[int]) -> Target:
    """Classes of the rows, those with too few rows left out."""
    warnings, notes = _about_rows_without(name, cells, rows)
    spelling, merged = unify_spellings(cells[row] for row in rows)
    for words in merged:
        others = ", ".join(map(repr, words[1 : 1 + _MOST_LISTED]))
        notes.append(
            f"{others} and {words[0]!r} count as one class of {name!r}; if they are not, "
            "rename one."
        )
    labels = [spelling[cells[row]] for row in rows]
    counts = Counter(labels)
    rare = {label for label, count in counts.items() if count < MIN_CLASS_ROWS}
    if len(counts) - len(rare) < 2:
        raise BadInput(_too_few_classes(name, labels, n_blank=len(cells) - len(rows)))
    for label in sorted(rare)[:_MOST_LISTED]:
        warnings.append(f"Left out: the class {label!r}, which has {counts[label]} rows.")
    if len(rare) > _MOST_LISTED:
        warnings.append(
            f"Left out: {len(rare) - _MOST_LISTED} more classes with fewer than "
            f"{MIN_CLASS_ROWS} rows."
        )
    kept = [place for place, label in enumerate(labels) if label not in rare]
    y = np.array([labels[place] for place in kept])
    return Target("classification", [rows[place] for place in kept], y, warnings, notes)


def _too_few_classes(name: str, labels: list[str], n_blank: int) -> str:
    """What to say about a target whose rows are too alike, or too different."""
    if len(set(labels)) == 1 and n_blank:
        return (
            f"{name!r} is {labels[0]!r} where it is not blank; two classes are needed. "
            "If blank is one, write a word for it."
        )
    if len(set(labels)) == 1:
        return f"{name!r} is {labels[0]!r} in all rows; two classes are needed."
    if guess_date_format(labels) is not None:
        return f"{name!r} holds dates, which are no classes; replace them by numbers, such as days."
    return (
        f"{name!r} has fewer than two classes with {MIN_CLASS_ROWS} rows or more, but "
        f"{len(set(labels))} different values, such as {labels[0][:40]!r}."
    )


def _numbers(name: str, cells: list[str], decimal: str) -> Target:
    numbers, _ = parse_numbers(cells, decimal)
    rows = np.flatnonzero(np.isfinite(numbers)).tolist()
    if not rows:
        raise BadInput(f"the column {name!r} is empty.")
    y = numbers[rows]
    if np.ptp(y) == 0:
        raise BadInput(f"{name!r} is {y[0]:g} in all rows.")
    return Target("regression", rows, y, *_about_rows_without(name, cells, rows))


def _about_rows_without(
    name: str, cells: list[str], rows: list[int]
) -> tuple[list[str], list[str]]:
    """Warnings and notes about rows that are left out."""
    kept = set(rows)
    lost = Counter(cell for row, cell in enumerate(cells) if row not in kept)
    notes = [f"Left out: {lost['']} rows without {name!r}."] if lost[""] else []
    del lost[""]
    warnings = []
    if lost:
        listed = ", ".join(f"{cell[:40]!r} ({n})" for cell, n in lost.most_common(_MOST_LISTED))
        warnings.append(
            f"Left out: {sum(lost.values())} rows where {name!r} is not known: "
            f"{listed}. If they mean something, replace them in the file."
        )
    return warnings, notes

"""The rows of a table as the model takes them: a data frame with typed columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sknn_tune.command_line.cells.dates import parse_dates
from sknn_tune.command_line.cells.number_format import (
    MISSING,
    find_evidence,
    is_missing_number,
    parse_numbers,
)
from sknn_tune.command_line.cells.words import is_missing_word, normal_word
from sknn_tune.command_line.columns.kinds import Column
from sknn_tune.command_line.columns.units import without_units
from sknn_tune.command_line.errors import BadInput
from sknn_tune.command_line.files.table import Table

if TYPE_CHECKING:
    import pandas as pd


def make_frame(table: Table, columns: Sequence[Column]) -> tuple["pd.DataFrame", list[str]]:
    """Return the values of columns.

    Parameters
    ----------
    table : Table
    columns : sequence of Column

    Returns
    -------
    X : DataFrame of shape (n_rows, n_columns)
        float64 for numbers, datetime64 for dates, str for categories and text; missing where a
        cell is.
    notes : list of str
        What could not be read.

    Raises
    ------
    BadInput
        If a column is not there, or one of numbers or dates has none.
    """
    import pandas as pd

    absent = [column.name for column in columns if column.name not in table.cells]
    if absent:
        raise BadInput(f"columns are missing: {', '.join(map(repr, absent[:8]))}.")
    values, notes = {}, []
    for column in columns:
        cells = without_units(table.cells[column.name], column.unit)
        # Where the cells do not tell: as the user says, as the kind of file implies, as at fit.
        decimal = table.decimal or table.default_decimal or column.decimal
        column = column._replace(decimal=decimal)
        values[column.name], n_lost, example = _READERS[column.kind](cells, column)
        if n_lost:
            notes.append(_about_lost(column, n_lost, len(cells), example))
    return pd.DataFrame(values, index=range(table.n_rows)), notes


def _numbers(cells: list[str], column: Column) -> tuple[np.ndarray, int, str]:
    """Numbers, how many cells should be some and are not, and one of those."""
    # A new file may be written otherwise than the one that the model was fitted on.
    decimal = find_evidence(cells).decimal or column.decimal
    numbers, share = parse_numbers(cells, decimal)
    known = [cell for cell in cells if not is_missing_number(cell)]
    if known and share == 0:
        raise BadInput(f"column {column.name!r} should hold numbers, but has {known[0][:40]!r}.")
    lost = [
        cell
        for cell, number in zip(cells, numbers, strict=True)
        if np.isnan(number) and not is_missing_number(cell)
    ]
    return numbers, len(lost), lost[0] if lost else ""


def _dates(cells: list[str], column: Column) -> tuple["pd.Series", int, str]:
    dates = parse_dates(cells, column.date_format)
    absent = dates.isna().tolist()
    lost = [
        cell
        for cell, is_lost in zip(cells, absent, strict=True)
        if is_lost and cell.casefold() not in MISSING
    ]
    if lost and len(lost) == sum(cell.casefold() not in MISSING for cell in cells):
        raise BadInput(
            f"column {column.name!r} should hold dates such as {column.date_format}, "
            f"but has {lost[0][:40]!r}."
        )
    return dates, len(lost), lost[0] if lost else ""


def _categories(cells: list[str], column: Column) -> tuple[np.ndarray, int, str]:
    spelled = {cell: None if is_missing_word(cell) else normal_word(cell) for cell in set(cells)}
    known = set(column.words)
    lost = [c for c in cells if spelled[c] is not None and spelled[c] not in known]
    values = np.array([spelled[cell] for cell in cells], dtype=object)
    return values, len(lost), lost[0] if lost else ""


def _texts(cells: list[str], column: Column) -> tuple[np.ndarray, int, str]:
    # Missing text is text of no words: the encoder has no place for what is missing.
    return np.array([normal_word(cell) or "" for cell in cells], dtype=object), 0, ""


_READERS = {"number": _numbers, "category": _categories, "date": _dates, "text": _texts}
_LOST = {
    "number": "are no numbers and count as missing",
    "date": "are no dates in the format of the others and count as missing",
    "category": "hold a word that the model has not seen",
}


def _about_lost(column: Column, n_lost: int, n_rows: int, example: str) -> str:
    return (
        f"In {column.name!r}, {n_lost} of {n_rows} cells {_LOST[column.kind]}, "
        f"such as {example[:40]!r}."
    )

"""What a column holds: numbers, categories, or nothing to learn from."""

import math
import re
from typing import NamedTuple

import numpy as np

from sknn_tune.command_line.errors import BadInput

MISSING = {"", "?", "-", ".", "na", "n/a", "nan", "null", "none", "#n/a", "missing"}
# A few cells that are no numbers do not make a column of numbers one of words.
NUMBER_SHARE = 0.9
# Above so many different words, a column whose words seldom repeat is a name or a text.
MANY_WORDS, WORDS_PER_ROW = 30, 0.5
# Up to so many different whole numbers, each often enough, a target of numbers means classes.
MANY_CLASSES, ROWS_PER_CLASS = 20, 10
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_DECORATION = re.compile(r"^[$€£¥]\s*|\s*[%$€£¥]$")


class Column(NamedTuple):
    """A column that the model reads."""

    name: str
    kind: str  #: "number" or "category"


def is_missing(cell):
    """Whether a cell says that nothing is known."""
    return cell.lower() in MISSING


def parse_number(cell, decimal_comma=False):
    """The number that a cell spells, nan for a missing or infinite one, None for other text.

    Parameters
    ----------
    cell : str
    decimal_comma : bool, default=False
        Whether 1.234,5 is a number rather than 1,234.5.

    Returns
    -------
    number : float or None

    Examples
    --------
    >>> from sknn_tune.command_line.columns import parse_number
    >>> [parse_number(cell) for cell in ("1e3", "$1,234.50", "12 %", "?", "12 May")]
    [1000.0, 1234.5, 12.0, nan, None]
    >>> parse_number("1.234,5", decimal_comma=True)
    1234.5
    """
    if is_missing(cell):
        return math.nan
    bare = _DECORATION.sub("", cell)
    if decimal_comma and "," in bare:
        bare = bare.replace(".", "").replace(",", ".")
    elif _THOUSANDS.fullmatch(bare):
        bare = bare.replace(",", "")
    try:
        number = float(bare)
    except ValueError:
        return None
    return number if math.isfinite(number) else math.nan


def parse_numbers(cells, decimal_comma=False):
    """Numbers of a column.

    Returns
    -------
    numbers : ndarray of shape (n_rows,)
        nan where a cell is missing or spells no number.
    share : float
        How many of the cells that are not missing spell numbers; 0 where all are missing.
    """
    spelled = {cell: parse_number(cell, decimal_comma) for cell in set(cells)}
    numbers = np.array([spelled[cell] for cell in cells], dtype=float)
    n_known = sum(not is_missing(cell) for cell in cells)
    return numbers, np.isfinite(numbers).sum() / max(n_known, 1)


def choose_columns(table, target):
    """Decide which columns the model reads, and how.

    Parameters
    ----------
    table : Table
    target : str
        The column to predict.

    Returns
    -------
    columns : list of Column
    notes : list of str
        What was left out, and why.
    """
    columns, notes = [], []
    for name, cells in zip(table.names, table.columns, strict=True):
        if name == target:
            continue
        kind, note = _kind(name, cells, table.decimal_comma)
        if kind is not None:
            columns.append(Column(name, kind))
        if note is not None:
            notes.append(note)
    return columns, notes


def _kind(name, cells, decimal_comma):
    """What a column holds (None: left out), and what to tell about it."""
    known = [cell for cell in cells if not is_missing(cell)]
    distinct = len(set(known))
    if name == "":
        return None, "Left out: the column without a name, which looks like row numbers."
    if distinct <= 1 and len(known) == len(cells):
        return None, f"Left out: {name!r}, the same in all rows."
    if not known:
        return None, f"Left out: {name!r}, which is empty."
    share = parse_numbers(cells, decimal_comma)[1]
    if share >= NUMBER_SHARE:
        if share == 1:
            return "number", None
        return "number", f"In {name!r}, {1 - share:.1%} of the cells are no numbers: missing."
    if distinct > MANY_WORDS and distinct > WORDS_PER_ROW * len(known):
        return None, f"Left out: {name!r}, text that is different in most rows."
    return "category", None


def matrix(table, columns):
    """The values of columns, as the model takes them.

    Parameters
    ----------
    table : Table
    columns : list of Column

    Returns
    -------
    X : ndarray of object of shape (n_rows, n_columns)
        Floats for numbers, str for categories; nan where a cell is missing.

    Raises
    ------
    BadInput
        If a column is not there, or one of numbers has none.
    """
    absent = [column.name for column in columns if column.name not in table.names]
    if absent:
        raise BadInput(f"columns are missing: {', '.join(map(repr, absent))}.")
    X = np.empty((table.n_rows, len(columns)), dtype=object)
    for j, (name, kind) in enumerate(columns):
        cells = table.column(name)
        if kind == "category":
            X[:, j] = [math.nan if is_missing(cell) else cell for cell in cells]
            continue
        X[:, j], share = parse_numbers(cells, table.decimal_comma)
        known = [cell for cell in cells if not is_missing(cell)]
        if known and share == 0:
            raise BadInput(f"column {name!r} should hold numbers, but has {known[0]!r}.")
    return X


def guess_task(cells, decimal_comma=False):
    """Whether a target asks for classes or for numbers.

    Words are classes. Numbers are classes where they are few different whole numbers, each often
    enough.

    Parameters
    ----------
    cells : list of str
        The target, nothing missing.
    decimal_comma : bool, default=False

    Returns
    -------
    task : {"classification", "regression"}

    Examples
    --------
    >>> from sknn_tune.command_line.columns import guess_task
    >>> guess_task(["0", "1"] * 50), guess_task([f"{i / 7}" for i in range(100)])
    ('classification', 'regression')
    """
    numbers, share = parse_numbers(cells, decimal_comma)
    if share < NUMBER_SHARE:
        return "classification"
    numbers = numbers[np.isfinite(numbers)]
    n_distinct = len(np.unique(numbers))
    whole = np.array_equal(numbers, np.rint(numbers))
    few = n_distinct <= min(MANY_CLASSES, len(numbers) / ROWS_PER_CLASS)
    return "classification" if n_distinct <= 2 or (whole and few) else "regression"

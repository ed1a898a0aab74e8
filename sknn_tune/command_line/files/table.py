"""A file's columns as cells of text, whatever kind of file it is."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

from sknn_tune.command_line.errors import BadInput
from sknn_tune.command_line.files.decoding import decode, read_bytes
from sknn_tune.command_line.files.delimited import Rows, read_rows
from sknn_tune.command_line.files.headings import without_headings
from sknn_tune.command_line.files.typed_files import TYPED_SUFFIXES, read_typed_rows

# An unnamed column with fewer cells than this share of the rows is what a spreadsheet left.
_LEFTOVER_SHARE = 0.05
_LETTER = re.compile(r"[^\W\d_]")
# Beyond it, the cells alone would take several gigabytes.
MAX_CELLS = 60_000_000


class Table(NamedTuple):
    """Columns of stripped cells, all of the same length, and how their numbers are written."""

    cells: dict[str, list[str]]  #: name → cells
    default_decimal: str | None  #: of columns that do not tell; None: a comma if it is there
    notes: list[str]
    decimal: str | None = None  #: of all columns, where the user says so

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return list(self.cells)

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return len(next(iter(self.cells.values())))

    def take(self, rows: Sequence[int]) -> "Table":
        """Return some of the rows."""
        cells = {name: [column[i] for i in rows] for name, column in self.cells.items()}
        return self._replace(cells=cells)

    def replaced(self, cells: dict[str, list[str]]) -> "Table":
        """Return the table with other cells in some columns."""
        return self._replace(cells=self.cells | cells)


def read_table(path: str | Path, *, encoding: str | None = None, keep_rows: bool = False) -> Table:
    """Read a file whose first row has the names of the columns.

    Parameters
    ----------
    path : path-like
        A delimited text file, packed or not, a Parquet file or a spreadsheet.
    encoding : str or None, default=None
        Of a text file; None finds out.
    keep_rows : bool, default=False
        Whether to keep all that could be rows of data, as each is to be predicted.

    Returns
    -------
    table : Table

    Raises
    ------
    BadInput
        If the file cannot be read or is no table with unique names and at least one row.
    """
    if Path(path).suffix.lower() in TYPED_SUFFIXES:
        cells, notes = _columns(read_typed_rows(Path(path), MAX_CELLS), keep_rows)
        return Table(cells, ".", notes)
    text = decode(read_bytes(path), encoding)
    found = read_rows(text.text, MAX_CELLS)
    cells, notes = _columns(found.rows, keep_rows)
    default = "." if found.delimiter == "," else None
    return Table(cells, default, [*text.notes, *found.notes, *notes])


def _columns(rows: Rows, keep_rows: bool) -> tuple[dict[str, list[str]], list[str]]:
    """Turn numbered rows, the names first, into columns by name."""
    if not rows:
        raise BadInput("the file is empty.")
    rows, notes = without_headings(rows, keep_rows)
    if len(rows) == 1:
        raise BadInput("there are names of columns, but no rows.")
    names, n_row_names = _complete_names([name.strip() for name in rows[0][1]], rows)
    columns = list(zip(*(row for _, row in rows[1:]), strict=True))
    n_rows = len(rows) - 1
    cells: dict[str, list[str]] = {}
    if len(names) > 1 and not any(map(_LETTER.search, names)):
        notes.append(
            "The first row has no words, as names of columns do; if it is one of data, write names "
            "above it."
        )
    if n_row_names:
        notes.append("The first row has one name fewer than there are columns: row names first.")
    for place, (name, column) in enumerate(zip(names, columns, strict=True), start=1):
        stripped = [cell.strip() for cell in column]
        if name == "":
            n_known = sum(map(bool, stripped))
            if n_known <= _LEFTOVER_SHARE * n_rows:
                if n_known:
                    notes.append(f"Left out: column {place}, without a name and nearly empty.")
                continue
            name = f"column {place}"
        elif name in cells:
            name, first = _next_free(name, {*names, *cells}), name
            notes.append(f"The name {first!r} occurs more than once: column {place} is {name!r}.")
        cells[name] = stripped
    if not cells:
        raise BadInput("the file has no columns with names.")
    return cells, notes


def _complete_names(names: list[str], rows: Rows) -> tuple[list[str], bool]:
    """Check the names against the rows; R leaves out the name of the first column."""
    lengths = Counter(len(row) for _, row in rows[1:])
    while names and names[-1] == "" and len(names) > max(lengths):
        names = names[:-1]  # a separator at the end of the first row only
    is_r = len(lengths) == 1 and len(names) + 1 in lengths
    if is_r and all(row[-1].strip() == "" for _, row in rows[1:]):
        names, is_r = [*names, ""], False  # a separator at the end of each row
    elif is_r:
        names = ["", *names]
    for number, row in rows[1:]:
        if len(row) < len(names):
            raise BadInput(_wrong_length(number, row, names))
        # Commas at the end of a row that a spreadsheet left.
        while len(row) > len(names) and not row[-1].strip():
            row.pop()
        if len(row) > len(names):
            raise BadInput(_wrong_length(number, row, names))
    return names, is_r


def _next_free(name: str, taken: set[str]) -> str:
    """The name with the first number that makes it a new one."""
    return next(new for i in count(2) if (new := f"{name} ({i})") not in taken)


def _wrong_length(number: int, row: list[str], names: list[str]) -> str:
    return f"row {number} has {len(row)} cells, but the first row names {len(names)} columns."

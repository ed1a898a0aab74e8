"""CSV files as columns of cells, with a clear word where a file is no table."""

import csv
import gzip
import re
from pathlib import Path
from typing import NamedTuple

from sknn_tune.command_line.errors import BadInput

# The second is read by every machine that writes no UTF-8; it refuses five bytes only.
ENCODINGS = ("utf-8-sig", "cp1252")
DELIMITERS = ",;\t|"
# Text has line ends and tabs; other control characters are the mark of a binary file.
_BINARY = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


class Table(NamedTuple):
    """Columns of stripped cells, all of the same length."""

    names: list  #: of str
    columns: list  #: of list of str
    decimal_comma: bool  #: whether 3,14 is a number: cells are separated by semicolons

    @property
    def n_rows(self):
        return len(self.columns[0])

    def column(self, name):
        """The cells of the column with a name."""
        return self.columns[self.names.index(name)]

    def take(self, rows):
        """Some of the rows."""
        columns = [[cells[i] for i in rows] for cells in self.columns]
        return self._replace(columns=columns)


def read_table(path):
    """Read a CSV file whose first row has the names of the columns.

    Parameters
    ----------
    path : str or path-like
        In UTF-8 or Windows-1252, separated by commas, semicolons, tabs or bars; one that ends
        in ``.gz`` is unpacked.

    Returns
    -------
    table : Table

    Raises
    ------
    BadInput
        If the file cannot be read or is no table with unique names and at least one row.
    """
    text = _decode(_read_bytes(path))
    first_line = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first_line.count)
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise BadInput(f"not a CSV file: {error}.") from error
    numbered = [(number, row) for number, row in enumerate(rows, start=1) if row]
    if not numbered:
        raise BadInput("the file is empty.")
    names = [name.strip() for name in numbered[0][1]]
    _check_names(names)
    _check_lengths(len(names), numbered)
    if len(numbered) == 1:
        raise BadInput("there are names of columns, but no rows.")
    cells_by_column = zip(*(row for _, row in numbered[1:]), strict=True)
    columns = [[cell.strip() for cell in cells] for cells in cells_by_column]
    return Table(names, columns, decimal_comma=delimiter == ";")


def _read_bytes(path):
    try:
        data = Path(path).read_bytes()
        return gzip.decompress(data) if Path(path).suffix == ".gz" else data
    except FileNotFoundError as error:
        raise BadInput("there is no such file.") from error
    except (OSError, EOFError) as error:
        raise BadInput(f"the file cannot be read: {error}.") from error


def _decode(data):
    for encoding in ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _BINARY.search(text):
            return text
    raise BadInput("not a text file.")


def _check_names(names):
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise BadInput(f"the column name {repeated[0]!r} occurs more than once.")


def _check_lengths(n_columns, numbered):
    for number, row in numbered:
        if len(row) != n_columns:
            raise BadInput(
                f"row {number} has {len(row)} cells, but the first row names {n_columns} columns."
            )

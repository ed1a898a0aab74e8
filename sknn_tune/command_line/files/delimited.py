"""Delimited text as rows of cells: which separator, what is a comment, where the names are."""

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from sknn_tune.command_line.cells.number_format import parse_number
from sknn_tune.command_line.errors import BadInput

DELIMITERS = ",;\t|"
BLANKS = " "
_SAMPLE_LINES = 200
_COMMENT = ("#", "%", "//")
_SEPARATOR_LINE = re.compile(r"\s*\"?sep=(.)\"?[;,\s]*", re.IGNORECASE)
# Of the rows that a separator cuts into as many cells as the first has.
_ENOUGH_ALIKE = 0.8

Rows = list[tuple[int, list[str]]]


class Delimited(NamedTuple):
    """Numbered rows that are not blank, the names first, and how they were found."""

    rows: Rows
    delimiter: str
    notes: list[str]


def read_rows(text: str, max_cells: int) -> Delimited:
    """Cut a text into rows of cells.

    Parameters
    ----------
    text : str
    max_cells : int
        More are refused before they fill the memory.

    Returns
    -------
    delimited : Delimited

    Raises
    ------
    BadInput
        If the text is not in the form of a table.
    """
    start, delimiter, comments = _preamble(text)
    text = text[start:]
    if delimiter is None:
        delimiter = guess_delimiter(text)
    rows, notes = [], []
    n_cells, number = 0, len(comments)
    try:
        for number, row in enumerate(_parse(text, delimiter), start=1 + len(comments)):
            if any(cell and not cell.isspace() for cell in row):
                n_cells += len(row)
                if n_cells > max_cells:
                    raise BadInput(f"more than {max_cells:,} cells; take a sample of the rows.")
                rows.append((number, row))
    except csv.Error as error:
        raise BadInput(
            f"not a CSV file: {error}, after row {number}. A quote within quotes is written twice."
        ) from error
    rows, n_dropped = _without_comments(rows)
    rows = _named_by_comment(rows, comments, delimiter)
    if n_dropped:
        notes.append(f"Left out: {n_dropped} comment lines among the rows.")
    return Delimited(rows, delimiter, notes)


def guess_delimiter(text: str) -> str:
    """Return the separator that cuts the first lines into rows of equal length.

    Parameters
    ----------
    text : str

    Returns
    -------
    delimiter : str
        One of `DELIMITERS`, or a blank for runs of blanks; a comma where there is one column.

    Examples
    --------
    >>> from sknn_tune.command_line.files.delimited import guess_delimiter
    >>> guess_delimiter('name;price\\n"Smith, John";1,5\\n')
    ';'
    """
    lines = list(itertools.islice(io.StringIO(text, newline=""), _SAMPLE_LINES))
    sample = "".join(lines)
    best, mark = _likeliest(sample, DELIMITERS)
    if best[0] == 1:
        return mark
    titled, other = _likeliest(sample, DELIMITERS, has_title=True)
    if titled[0] == 1 and titled[1] > best[1]:  # a comma of the title, and decimal commas
        return other
    by_blanks, _ = _likeliest(sample, BLANKS)
    for found, separator in ((best, mark), (by_blanks, BLANKS), (titled, other)):
        if found[0] >= _ENOUGH_ALIKE:
            return separator
    return mark if best[1] > 1 else ","


def _likeliest(sample: str, marks: str, has_title: bool = False) -> tuple[tuple[float, int], str]:
    """The best of `_likeness` and the separator that has it."""
    return max(
        ((_likeness(sample, mark, has_title), mark) for mark in marks), key=lambda found: found[0]
    )


def _likeness(sample: str, delimiter: str, has_title: bool) -> tuple[float, int]:
    """Share of rows as long as the first (or one cell longer, as R writes), and its length.

    With a title, the first is the one below it, where the rows begin to be as long as most are.
    """
    try:
        rows = [row for row in _parse(sample, delimiter, strict=False) if any(row)]
    except csv.Error:
        return 0.0, 0
    if has_title:
        rows = _below_title(rows)
    first = len(rows[0]) if rows else 0
    if first < 2:
        return 0.0, first
    counts = Counter(_length(row, first) for row in rows[1:])
    alike = max(counts[first], counts[first + 1])
    return alike / max(len(rows) - 1, 1), first


def _length(row: list[str], first: int) -> int:
    """The length of a row without empty cells at the end beyond that of the first row."""
    length = len(row)
    while length > first and not row[length - 1]:
        length -= 1
    return length


def _below_title(rows: list[list[str]]) -> list[list[str]]:
    """The rows without those before the first that is as long as most; none without a title.

    A title is one cell of several words: one word is the name of the only column.
    """
    usual = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    below = list(itertools.dropwhile(lambda row: len(row) < usual - 1, rows))
    title = rows[: len(rows) - len(below)]
    is_title = bool(title) and len(title[0]) == 1 and " " in title[0][0].strip()
    return below if is_title else []


def _parse(text: str, delimiter: str, strict: bool = True) -> Iterator[list[str]]:
    """Yield rows; only \\n, \\r and \\r\\n outside quotes end one."""
    limit = csv.field_size_limit(max(len(text), 1))
    try:
        if delimiter != BLANKS:
            lines = io.StringIO(text, newline="")
            yield from csv.reader(lines, delimiter=delimiter, strict=strict)
            return
        stripped = (line.replace("\t", " ").strip(" ") for line in io.StringIO(text, newline=""))
        yield from csv.reader(stripped, delimiter=" ", skipinitialspace=True, strict=strict)
    finally:
        csv.field_size_limit(limit)


def _preamble(text: str) -> tuple[int, str | None, list[str]]:
    """Where the table starts, the separator that a ``sep=`` line names, and comment lines."""
    start, delimiter, comments = 0, None, []
    for line in io.StringIO(text, newline=""):
        named = _SEPARATOR_LINE.fullmatch(line) if start == 0 else None
        if named:
            delimiter = named[1]
        elif line.startswith(_COMMENT):
            comments.append(line)
        elif line.strip():
            break
        start += len(line)
    if start == len(text):  # names that start with the mark, and no rows
        return 0, delimiter, []
    return start, delimiter, comments


def _without_comments(rows: Rows) -> tuple[Rows, int]:
    """Drop rows that look like comments and are not as long as the others."""
    if not rows:
        return rows, 0
    length = len(rows[0][1])
    kept = [
        (number, row)
        for number, row in rows
        if len(row) == length or not row[0].startswith(_COMMENT)
    ]
    return kept, len(rows) - len(kept)


def _named_by_comment(rows: Rows, comments: list[str], delimiter: str) -> Rows:
    """Take the names from the last comment where the first row is data."""
    if not comments or not rows:
        return rows
    names = next(_parse(comments[-1].lstrip("#%/ "), delimiter, strict=False), [])
    if len(names) == len(rows[0][1]) > 1 and any(map(_is_number, rows[0][1])):
        return [(0, names), *rows]
    return rows


def _is_number(cell: str) -> bool:
    return bool(parse_number(cell.strip()))

"""The first sheet of an OpenDocument spreadsheet, parsed as it is unpacked.

Repeated cells and rows are written once in such a file, so that a few bytes may stand for any
number of them. They are counted before they are made.
"""

import datetime
import re
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.parsers import expat

from sknn_tune.command_line.errors import BadInput
from sknn_tune.command_line.files.sheet_rows import SheetRows

_VOCABULARY = re.compile(r"urn:.*:xmlns:(\w+):1\.0 ")
_TIME = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")
_CELLS = ("table:table-cell", "table:covered-table-cell")
_BLANKS = ("text:s", "text:tab", "text:line-break")
_CHUNK = 1 << 20


def read_sheet(path: Path, max_cells: int) -> SheetRows:
    """Return the rows of the first sheet.

    Parameters
    ----------
    path : Path
        An .ods file.
    max_cells : int
        More are refused before they fill the memory.

    Raises
    ------
    BadInput
        If there are too many cells, or the file declares entities, which may stand for more than
        fits into memory.
    """
    sheet = _Sheet(SheetRows(max_cells))
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = sheet.start
    parser.EndElementHandler = sheet.end
    parser.CharacterDataHandler = sheet.text
    parser.EntityDeclHandler = _refuse_entities
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as content:
        while chunk := content.read(_CHUNK):
            parser.Parse(chunk)
        parser.Parse(b"", True)
    return sheet.rows


def _refuse_entities(*declaration: object) -> None:
    raise BadInput("the spreadsheet declares entities, which no spreadsheet needs.")


class _Sheet:
    """What is open of a spreadsheet while its elements pass by.

    Parameters
    ----------
    rows : SheetRows
        Receives those of the first sheet.
    """

    def __init__(self, rows: SheetRows) -> None:
        self.rows = rows
        self._n_sheets = self._n_notes = 0
        self._row: list[tuple[Any, int]] = []
        self._times = 1  # of the row
        self._cell: dict[str, str] = {}
        self._words: list[str] = []  # of the cell

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = _short(name)
        self._n_sheets += name == "table:table"
        self._n_notes += name == "office:annotation"
        if name == "table:table-row":
            self._row, self._times = [], _times(_by_short_name(attributes), "rows")
        elif name in _CELLS:
            self._cell, self._words = _by_short_name(attributes), []
        elif name == "text:p" and self._words:
            self.text("\n")
        elif name in _BLANKS:
            self.text(" ")

    def text(self, data: str) -> None:
        if not self._n_notes:
            self._words.append(data)

    def end(self, name: str) -> None:
        name = _short(name)
        self._n_notes -= name == "office:annotation"
        if self._n_sheets != 1:
            return
        if name in _CELLS:
            value = _value(self._cell, "".join(self._words))
            self._row.append((value, _times(self._cell, "columns")))
        elif name == "table:table-row":
            self.rows.add(self._row, self._times)


def _by_short_name(attributes: dict[str, str]) -> dict[str, str]:
    return {_short(name): value for name, value in attributes.items()}


def _short(name: str) -> str:
    """Return the name with the usual prefix instead of the address of its vocabulary."""
    return _VOCABULARY.sub(r"\1:", name)


def _times(attributes: dict[str, str], what: str) -> int:
    times = int(attributes.get(f"table:number-{what}-repeated", 1))
    if times < 0:
        raise BadInput(f"the spreadsheet repeats {what} {times} times.")
    return times


def _value(cell: dict[str, str], text: str) -> Any:
    """Return the value that a cell has, which is not always what it shows."""
    kind = cell.get("office:value-type")
    if kind is None or cell.get("calcext:value-type") == "error":
        return None
    with suppress(KeyError, ValueError):
        if kind in ("float", "percentage", "currency"):
            return float(cell["office:value"])
        if kind == "date":
            return datetime.datetime.fromisoformat(cell["office:date-value"])
        if kind == "boolean":
            return cell["office:boolean-value"] == "true"
        if kind == "time" and (parts := _TIME.fullmatch(cell["office:time-value"])):
            return "{:0>2}:{:0>2}:{:0>2}".format(*parts.groups())
        if kind == "string":
            return cell["office:string-value"]
    return text

"""Parquet files and spreadsheets as rows of text."""

import datetime
import itertools
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from sknn_tune.command_line.errors import BadInput, explain
from sknn_tune.command_line.files.decoding import MAX_UNPACKED, check_archive
from sknn_tune.command_line.files.open_document import read_sheet
from sknn_tune.command_line.files.sheet_rows import SheetRows, check_cells

# Rows of a Parquet file that are unpacked at once.
_BATCH = 1000
#: Ends of file names → the package that reads them.
TYPED_SUFFIXES = {
    ".parquet": "pyarrow",
    ".pq": "pyarrow",
    ".xlsx": "openpyxl",
    ".xlsm": "openpyxl",
    ".xls": "xlrd",
    ".ods": "",  # none
}


def read_typed_rows(path: Path, max_cells: int) -> list[tuple[int, list[str]]]:
    """Return numbered rows of text, the names first.

    Parameters
    ----------
    path : Path
        Its name ends in one of `TYPED_SUFFIXES`.
    max_cells : int
        More are refused before they fill the memory.

    Raises
    ------
    BadInput
        If the file cannot be read, or pandas lacks what it needs to.
    """
    suffix = path.suffix.lower()
    package = TYPED_SUFFIXES[suffix]
    read = _READERS[package]
    try:
        check_archive(path, MAX_UNPACKED)
        rows = [[_spelled(value) for value in row] for row in read(path, max_cells)]
    except FileNotFoundError as error:
        raise BadInput("there is no such file.") from error
    except ImportError as error:
        raise BadInput(f"reading it needs {package}: pip install {package}.") from error
    except BadInput:
        raise
    except Exception as error:  # each reader has its own errors for a damaged file
        raise BadInput(f"the file cannot be read: {explain(error)}.") from error
    return [(i, row) for i, row in enumerate(rows, start=1) if i == 1 or any(row)]


def _read_parquet(path: Path, max_cells: int) -> Iterable[Iterable[Any]]:
    """Read a Parquet file batch by batch: its compression may be any number of times."""
    from pyarrow import Table
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        n_columns, batches, size, n_rows = file.metadata.num_columns, [], 0, 0
        check_cells(file.metadata.num_rows * n_columns, max_cells)
        for batch in file.iter_batches(batch_size=_BATCH):
            size, n_rows = size + batch.nbytes, n_rows + len(batch)
            check_cells(n_rows * n_columns, max_cells)
            if size > MAX_UNPACKED:
                raise BadInput(f"the file unpacks to more than {MAX_UNPACKED >> 20} MiB.")
            batches.append(batch)
        frame = Table.from_batches(batches, file.schema_arrow).to_pandas()
    names = [str(name) for name in frame.columns]
    return itertools.chain([names] if names else [], frame.itertuples(index=False, name=None))


def _read_workbook(path: Path, max_cells: int) -> Iterable[Iterable[Any]]:
    """Return the rows of the first sheet, all as long as the longest."""
    import openpyxl

    rows = SheetRows(max_cells)
    with closing(openpyxl.load_workbook(path, read_only=True, data_only=True)) as book:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of them may be wrong
        for row in sheet.rows:
            rows.add([(None if cell.data_type == "e" else cell.value, 1) for cell in row])
    return rows.rectangle()


def _read_old_workbook(path: Path, max_cells: int) -> Iterable[Iterable[Any]]:
    """Read an .xls file, which holds each cell: what it fills is bounded by its size."""
    import pandas as pd

    frame = pd.read_excel(path, header=None, dtype=object)
    check_cells(frame.size, max_cells)
    return frame.itertuples(index=False, name=None)


def _read_open_document(path: Path, max_cells: int) -> Iterable[Iterable[Any]]:
    return read_sheet(path, max_cells).rectangle()


_READERS: dict[str, Callable[[Path, int], Iterable[Iterable[Any]]]] = {
    "pyarrow": _read_parquet,
    "openpyxl": _read_workbook,
    "xlrd": _read_old_workbook,
    "": _read_open_document,
}


def _spelled(value: Any) -> str:
    """Return a typed cell as text that reads back as the same value."""
    import pandas as pd

    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, datetime.datetime) and value.time() == datetime.time(0):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)

"""Parquet files and Excel workbooks, which know the types of their cells, as rows of text."""

import datetime
import zipfile
from pathlib import Path
from typing import Any

from sknn_tune.command_line.decoding import MAX_UNPACKED
from sknn_tune.command_line.errors import BadInput, explain

#: Ends of file names → the package that pandas needs for them.
TYPED_SUFFIXES = {
    ".parquet": "pyarrow",
    ".pq": "pyarrow",
    ".xlsx": "openpyxl",
    ".xlsm": "openpyxl",
    ".xls": "xlrd",
    ".ods": "odfpy",
}


def read_typed_rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return numbered rows of text, the names first.

    Parameters
    ----------
    path : Path
        Its name ends in one of `TYPED_SUFFIXES`.

    Raises
    ------
    BadInput
        If the file cannot be read, or pandas lacks what it needs to.
    """
    import pandas as pd

    suffix = path.suffix.lower()
    try:
        _check_size(path)
        if TYPED_SUFFIXES[suffix] == "pyarrow":
            frame = pd.read_parquet(path)
            names = [str(name) for name in frame.columns]
            rows = frame.itertuples(index=False, name=None)
        else:
            frame = pd.read_excel(path, header=None, dtype=object)
            values = frame.itertuples(index=False, name=None)
            names, rows = [_spelled(value) for value in next(values, ())], values
    except FileNotFoundError as error:
        raise BadInput("there is no such file.") from error
    except ImportError as error:
        package = TYPED_SUFFIXES[suffix]
        raise BadInput(f"reading it needs {package}: pip install {package}.") from error
    except BadInput:
        raise
    except Exception as error:  # each reader has its own errors for a damaged file
        raise BadInput(f"the file cannot be read: {explain(error)}.") from error
    spelled = ([_spelled(value) for value in row] for row in rows)
    numbered = ((number, row) for number, row in enumerate(spelled, start=2) if any(row))
    return [(1, names), *numbered] if names else []


def _check_size(path: Path) -> None:
    """Refuse a workbook that unpacks to more than the memory should hold."""
    with path.open("rb") as stream:
        if stream.read(4) != b"PK\x03\x04":
            return
        size = sum(member.file_size for member in zipfile.ZipFile(stream).infolist())
    if size > MAX_UNPACKED:
        raise BadInput(f"the file unpacks to more than {MAX_UNPACKED >> 20} MiB.")


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

"""``sknn-tune predict``: predictions of a tuned model for the rows of a file."""

import csv
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from sknn_tune.command_line.columns.frame import make_frame
from sknn_tune.command_line.errors import BadInput, about, explain
from sknn_tune.command_line.files.table import read_table
from sknn_tune.command_line.folder import SavedModel, load_model
from sknn_tune.command_line.output import whole_file

# What a spreadsheet would run: a formula, or a cell that becomes one once blanks are gone.
_FORMULA = re.compile(r"[\s\x00-\x1f]*[=+\-@\uff1d\uff0b\uff0d\uff20].", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?%?")


def predict(
    folder: str | Path,
    file: str | Path,
    *,
    out: str | Path | None = None,
    raw: bool = False,
    trust: bool = False,
    encoding: str | None = None,
) -> None:
    """Write predictions as CSV.

    Parameters
    ----------
    folder : path-like
        What `fit` left.
    file : path-like
        A file with the columns that the model was trained on, in any order; others are ignored.
    out : path-like or None, default=None
        The file to write; None writes to standard output.
    raw : bool, default=False
        Whether labels that a spreadsheet would take for a formula are written as they are,
        without an apostrophe in front.
    trust : bool, default=False
        Whether to load ``model.joblib``, which can run any code, rather than ``model.skops``.
    encoding : str or None, default=None
        Of the file; None finds out.

    Raises
    ------
    BadInput
        If the folder or the file cannot be used. Nothing is left half-written.
    """
    saved = load_model(folder, trust=trust)
    with about(file, MemoryError):
        table = read_table(file, encoding=encoding, keep_rows=True)
    try:
        with about(file):
            X, notes = make_frame(table, saved.columns)
        header, rows = _predictions(saved, X)
    except BadInput:
        raise
    except Exception as error:  # whatever a damaged model makes of the rows
        raise BadInput(f"the model in {folder} cannot predict: {explain(error)}.") from error
    for note in (*table.notes, *notes):
        print(f"sknn-tune: {' '.join(note.split())}", file=sys.stderr)
    if not raw:
        header = [_quoted(cell) for cell in header]
        rows = [[_quoted(label), *shares] for label, *shares in rows]
    if out is None:
        _write_to_stdout(header, rows)
        return
    with whole_file(out) as stream:
        _write(stream, header, rows)


def _predictions(saved: SavedModel, X: Any) -> tuple[list[str], list[list[str]]]:
    """Names and rows of the columns to write: the prediction, and the probability of each class."""
    model, target = saved.model, saved.target
    predicted = model.predict(X)
    if saved.task == "regression":
        return [target], [[f"{value:.6g}"] for value in predicted]
    header = [target, *(f"probability of {name}" for name in model.classes_)]
    shares = model.predict_proba(X)
    return header, [
        [str(label), *(f"{share:.6g}" for share in row)]
        for label, row in zip(predicted, shares, strict=True)
    ]


def _quoted(cell: str) -> str:
    """Return a cell that a spreadsheet takes for text; numbers are left as they are.

    Examples
    --------
    >>> from sknn_tune.command_line.predict import _quoted
    >>> _quoted("=cmd|' /C calc'!A0"), _quoted("-1.5")
    ("'=cmd|' /C calc'!A0", '-1.5')
    """
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def _write_to_stdout(header: list[str], rows: Iterable[list[str]]) -> None:
    """Write to standard output; what is not a terminal gets UTF-8, as a file does."""
    stream = sys.stdout
    if stream is None:
        raise BadInput("standard output is closed; name a file with --out.")
    if hasattr(stream, "reconfigure") and not stream.isatty():
        stream.reconfigure(encoding="utf-8")
    _write(stream, header, rows)


def _write(stream: IO[str], header: list[str], rows: Iterable[list[str]]) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)

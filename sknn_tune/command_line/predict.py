"""``sknn-tune predict``: predictions of a tuned model for the rows of a CSV file."""

import csv
import os
import sys
import tempfile
from pathlib import Path

from sknn_tune.command_line.columns import matrix
from sknn_tune.command_line.errors import BadInput, about
from sknn_tune.command_line.folder import load_model
from sknn_tune.command_line.table import read_table


def predict(folder, file, *, out=None):
    """Write predictions as CSV.

    Parameters
    ----------
    folder : path-like
        What `fit` left.
    file : path-like
        A CSV file with the columns that the model was trained on, in any order; others are
        ignored.
    out : path-like or None, default=None
        The file to write; None writes to standard output.

    Raises
    ------
    BadInput
        If the folder or the file cannot be used. Nothing is left half-written.
    """
    model, columns, target = load_model(folder)
    with about(file):
        X = matrix(read_table(file), columns)
    header, rows = _predictions(model, X, target)
    if out is None:
        _write(sys.stdout, header, rows)
        return
    out = Path(out)
    try:
        handle, draft = tempfile.mkstemp(prefix=".sknn-tune-", dir=out.parent, text=True)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                _write(stream, header, rows)
            os.replace(draft, out)
        except BaseException:
            os.unlink(draft)
            raise
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error}.") from error


def _predictions(model, X, target):
    """Names and rows of the columns to write: the prediction, and the probability of each class."""
    predicted = model.predict(X)
    if not hasattr(model, "classes_"):
        return [target], [[f"{value:.6g}"] for value in predicted]
    header = [target, *(f"probability of {name}" for name in model.classes_)]
    shares = model.predict_proba(X)
    return header, [
        [label, *(f"{share:.6g}" for share in row)]
        for label, row in zip(predicted, shares, strict=True)
    ]


def _write(stream, header, rows):
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)

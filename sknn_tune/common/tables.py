"""Tables as text, as HTML and as a DataFrame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pandas import DataFrame

_STYLE = (
    "border-collapse:collapse;font-variant-numeric:tabular-nums",
    "text-align:left;padding:0.2em 0.8em;border-bottom:1px solid currentColor",
    "text-align:left;padding:0.2em 0.8em",
)


def text_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table for a terminal, the first column to the left, the others to the right.

    Parameters
    ----------
    columns : sequence of str
        The header.
    rows : iterable of sequences
        Cells; numbers are shown with four digits, nan as "-".
    """
    cells = [[str(c) for c in columns], *([_cell(v) for v in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        first, *others = zip(row, widths, strict=True)
        lines.append("  ".join([first[0].ljust(first[1]), *(c.rjust(w) for c, w in others)]))
    return "\n".join(line.rstrip() for line in lines)


def html_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table in HTML that takes its colours from the page around it.

    Parameters
    ----------
    columns : sequence of str
        The header.
    rows : iterable of sequences
        Cells; numbers are shown with four digits, nan as "-".
    """
    table, head, body = _STYLE
    top = "".join(f'<th style="{head}">{escape(str(c))}</th>' for c in columns)
    lines = "".join(
        "<tr>" + "".join(f'<td style="{body}">{escape(_cell(v))}</td>' for v in row) + "</tr>"
        for row in rows
    )
    return f'<table style="{table}"><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>'


def data_frame(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> DataFrame:
    """Return a table as a DataFrame with the first column as its index.

    Parameters
    ----------
    columns : sequence of str
    rows : iterable of sequences

    Raises
    ------
    ImportError
        If pandas is not installed.
    """
    pd = import_pandas("to_frame()")
    return pd.DataFrame(list(rows), columns=list(columns)).set_index(columns[0])


def import_pandas(what: str) -> Any:
    """Return the module pandas, or raise an ImportError that says what needs it."""
    try:
        import pandas
    except ImportError as error:
        raise ImportError(f"{what} needs pandas; install it with `pip install pandas`.") from error
    return pandas


def _cell(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return "-" if np.isnan(value) else f"{value:.4g}"

"""Tables as text, as HTML and as a DataFrame."""

from html import escape

_STYLE = (
    "border-collapse:collapse;font-variant-numeric:tabular-nums",
    "text-align:left;padding:0.2em 0.8em;border-bottom:1px solid currentColor",
    "text-align:left;padding:0.2em 0.8em",
)


def text_table(columns, rows):
    """Return a table for a terminal: the first column to the left, the others to the right."""
    cells = [[str(c) for c in columns], *([_cell(v) for v in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        first, *others = zip(row, widths, strict=True)
        lines.append("  ".join([first[0].ljust(first[1]), *(c.rjust(w) for c, w in others)]))
    return "\n".join(line.rstrip() for line in lines)


def html_table(columns, rows):
    """Return a table in HTML that takes its colours from the page it stands in."""
    table, head, body = _STYLE
    top = "".join(f'<th style="{head}">{escape(str(c))}</th>' for c in columns)
    lines = "".join(
        "<tr>" + "".join(f'<td style="{body}">{escape(_cell(v))}</td>' for v in row) + "</tr>"
        for row in rows
    )
    return f'<table style="{table}"><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>'


def data_frame(columns, rows):
    """Return the table as a DataFrame with the first column as its index."""
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "to_frame() needs pandas; install it with `pip install pandas`."
        ) from error
    return pd.DataFrame(rows, columns=columns).set_index(columns[0])


def _cell(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)

"""Tables as text, as HTML and as a DataFrame."""

import pytest

from sknn_tune.common.tables import data_frame, html_table, text_table

COLUMNS = ("model", "error")
ROWS = [("<tree>", 0.123456), ("a longer name", 2)]


def test_text_is_aligned():
    assert text_table(COLUMNS, ROWS).splitlines() == [
        "model           error",
        "<tree>         0.1235",
        "a longer name       2",
    ]


def test_html_escapes_what_is_data():
    table = html_table(COLUMNS, ROWS)
    assert "&lt;tree&gt;" in table
    assert "<tree>" not in table
    assert table.count("<tr>") == 3


def test_a_frame_is_indexed_by_the_first_column():
    pytest.importorskip("pandas")
    frame = data_frame(COLUMNS, ROWS)
    assert frame.loc["a longer name", "error"] == 2

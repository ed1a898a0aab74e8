"""Rows that are no data, names that occur twice, columns that are copies or tell the target."""

import numpy as np
import pytest

from sknn_tune.command_line.columns.kinds import choose_columns
from sknn_tune.command_line.columns.tell_tales import find_tell_tales
from sknn_tune.command_line.contest.problem import make_problem
from sknn_tune.command_line.files.delimited import guess_delimiter
from sknn_tune.command_line.files.headings import without_headings
from sknn_tune.command_line.files.table import Table, read_table

ROWS = [["Oslo", "1.5", "7"], ["Rome", "2.5", "8"], ["Bern", "3.5", "9"], ["Riga", "0.5", "6"]]
NAMES = ["town", "size", "count"]


def numbered(rows):
    return list(enumerate(rows, start=1))


def kept(rows):
    found, notes = without_headings(numbered(rows))
    return [row for _, row in found], notes


def read(text, tmp_path):
    (tmp_path / "data.csv").write_text(text, "utf-8")
    return read_table(tmp_path / "data.csv")


@pytest.mark.parametrize(
    "above",
    [
        [["Sales of the year"]],
        [["Sales of the year", "", ""]],
        [["Source", "", ""], ["2020-01-01", "", ""]],
    ],
)
def test_titles_above_the_names_are_left_out(above):
    rows, notes = kept([*above, NAMES, *ROWS])
    assert rows == [NAMES, *ROWS]
    assert "above the names" in notes[0]


def test_kinds_of_columns_are_no_data_where_one_only_holds_numbers():
    rows = [["Oslo", "x", "7"], ["Rome", "y", "8"], ["Bern", "z", "9"], ["Riga", "x", "6"]]
    assert kept([NAMES, ["string", "string", "int"], *rows])[0] == [NAMES, *rows]


def test_a_title_may_have_two_cells():
    names = [*NAMES, "low", "high", "mean", "last"]
    rows = [[*row, "1", "2", "3", "4"] for row in ROWS]
    assert kept([["Source", "the town hall", ""], names, *rows])[0] == [names, *rows]


@pytest.mark.parametrize(
    "second",
    [
        ["", "in m²", "each"],
        ["STRING", "DOUBLE", "INT"],
        ["Where do you live?", "How large is it?", "How many?"],
        ["", "Response", "Response"],
        ["string", "string", "int"],
    ],
)
def test_a_second_row_of_names_is_left_out(second):
    rows, notes = kept([NAMES, second, *ROWS])
    assert rows == [NAMES, *ROWS]
    assert "below the names" in notes[0]


def test_both_rows_that_a_survey_has_below_its_names_are_left_out():
    ids = [f'{{"ImportId":"QID{i}"}}' for i in range(3)]
    rows, _ = kept([NAMES, ["Town?", "Size?", "Count?"], ids, *ROWS])
    assert rows == [NAMES, *ROWS]


def test_second_names_serve_where_the_first_are_missing():
    names = ["Seen?", "Which?", ""]
    answers = [["yes", "x", ""], ["no", "", "x"], ["yes", "", "x"], ["no", "x", "x"]]
    rows, _ = kept([names, ["Response", "Response", "Film 2"], *answers])
    assert rows == [["Seen?", "Which?", "Film 2"], *answers]
    one_is_an_answer = [names, ["Response", "x", "x"], *answers]
    assert kept(one_is_an_answer)[0] == one_is_an_answer


@pytest.mark.parametrize(
    "end",
    [
        [["Total", "8.0", "30"]],
        [["Grand  total:", "", "30"], ["Mean", "2.0", "7.5"]],
        [["Summe", "8", ""], ["Source: the town hall", "", ""]],
        [["* estimated"]],
    ],
)
def test_totals_and_remarks_at_the_end_are_left_out(end):
    rows, notes = kept([NAMES, *ROWS, *end])
    assert rows == [NAMES, *ROWS]
    assert "at the end" in notes[0]


@pytest.mark.parametrize(
    "rows",
    [
        [NAMES, *ROWS],
        [NAMES, ["", "", ""], *ROWS],
        [NAMES, ["Oslo", "unknown", "7"], *ROWS],
        [NAMES, ["Oslo", "no answer", "7"], *ROWS],
        [NAMES, ["Oslo", "no answer", ""], *ROWS],
        [NAMES, ["n/a", "n/a", "n/a"], *ROWS],
        [NAMES, ["Total", "1", "2"], *ROWS, ["Total", "1", "2"]],
        [NAMES, *ROWS, ["Average", "1.5", "7"]],
        [NAMES, *ROWS, ["media", "", ""]],
        [NAMES, *[[town, size, "2020"] for town, size, _ in ROWS], ["Total", "55.1", "2020"]],
        [NAMES, *ROWS, ["Oslo", "", ""]],
        [NAMES, *ROWS, ["Source", "", ""]],
        [NAMES, ["Oslo", "K", "K"], *ROWS],
        [["word", "kind"], ["long", "double"], *[["short", "long"], ["long", "double"]] * 3],
        [["week", "later", "arm"], ["Response", "Response", "A"], *[["None", "x", "B"]] * 4],
        [["", "", "y"], *[["0.96", "0.25", "0"], ["0.5", "0.75", "1"]] * 3],
        [["id", "", ""], *[["0", "u", "1"], ["1", "v", "2"]] * 3],
        [["a", "b"], ["x", ""], ["y", ""], ["Total", "1"]],
        [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"], ["7", "8", "9"], ["7", "", ""]],
        [["a", "b"], ["x", "y"]],
        [["a", "b", "c"]],
    ],
)
def test_rows_of_data_stay(rows):
    assert kept(rows) == (rows, [])


def test_a_title_does_not_hide_the_separator(tmp_path):
    text = "Prices, weekly\n\na;b;c\n" + "1,5;x;3\n2,5;y;4\n" * 5
    assert guess_delimiter(text) == ";"
    table = read(text, tmp_path)
    assert table.names == ["a", "b", "c"]
    assert table.cells["a"][:2] == ["1,5", "2,5"]


def test_text_with_other_separators_in_it_is_one_cell(tmp_path):
    rows = [f"{i},x;y;z;w,{i % 2}" + ("," if i % 3 == 0 else "") for i in range(30)]
    table = read("\n".join(["a,b,c", *rows]), tmp_path)
    assert (table.names, table.n_rows) == (["a", "b", "c"], 30)


def test_rows_to_predict_for_stay_whatever_they_say(tmp_path):
    rows = [NAMES, ["Oslo", "unmeasured", "unread"], *ROWS]
    assert without_headings(numbered(rows), keep_rows=True) == (numbered(rows), [])
    (tmp_path / "data.csv").write_text("a,b,c\nx,1,2\ny,2,3\nTotal,3,5\n", "utf-8")
    assert read_table(tmp_path / "data.csv").n_rows == 2
    assert read_table(tmp_path / "data.csv", keep_rows=True).n_rows == 3


# ---------------------------------------------------------------------- names, copies, tell-tales
def test_names_that_occur_twice_are_numbered(tmp_path):
    table = read("a,b,a,a (2)\n" + "1,x,3,4\n2,y,4,5\n" * 5, tmp_path)
    assert table.names == ["a", "b", "a (3)", "a (2)"]
    assert "'a' occurs more than once: column 3 is 'a (3)'" in table.notes[0]


def test_a_first_row_without_words_is_reported(tmp_path):
    assert "write names above it" in read("63,1,?\n" + "67,2,3\n" * 5, tmp_path).notes[0]
    assert read("town,1960,1961\n" + "Oslo,2,3\n" * 5, tmp_path).notes == []


def test_columns_with_the_same_cells_are_left_out():
    words = [["u", "v", "w"][i % 3] for i in range(60)]
    labels = ["xy"[i % 2] for i in range(60)]
    table = Table({"copy": labels, "a": words, "b": words, "y": labels}, ".", [])
    columns, notes = choose_columns(table, "y")
    assert [column.name for column in columns] == ["a"]
    assert "'copy', the same as 'y'" in notes[0]
    assert "'b', the same as 'a'" in notes[1]


def test_a_copy_stays_where_the_other_is_left_out():
    prices = [f"{i * 7}" for i in np.random.default_rng(0).permutation(200)]
    table = Table({"ticket_id": prices, "price": prices, "y": ["u", "v"] * 100}, ".", [])
    columns, notes = choose_columns(table, "y")
    assert [column.name for column in columns] == ["price"]
    assert len(notes) == 1


def test_ranges_may_be_names_of_classes():
    kids = ["0", "1", "9", "3-4", "5-7"] * 20
    table = Table({"a": [str(i % 7) for i in range(100)], "kids": kids}, ".", [])
    assert make_problem(table, "kids").task == "classification"
    assert make_problem(table, "kids", task="regression").y.max() == 9.0


def numbers_and(y, column):
    rng = np.random.default_rng(1)
    cells = {"noise": rng.normal(size=len(y)).round(4), "a": column, "y": y}
    return Table({name: list(map(str, values)) for name, values in cells.items()}, ".", [])


X = np.random.default_rng(0).normal(size=300).round(3)


@pytest.mark.parametrize(
    ("y", "column"),
    [
        (np.exp(X), X),
        (np.exp(X), -X),
        (np.where(X > 0.3, "high", "low"), X),
        (np.digitize(X, [-1, 0, 1]).astype(str), X),
        (
            np.where(X > 0, "rich", "poor"),
            np.array(["a", "b", "c", "d"])[np.digitize(X, [-1, 0, 1])],
        ),
    ],
)
def test_a_column_that_alone_tells_the_target_is_warned_of(y, column):
    warnings = make_problem(numbers_and(y, column), "y").warnings
    assert len(warnings) == 1
    assert "'a' alone tells 'y' in all rows" in warnings[0]


@pytest.mark.parametrize(
    ("y", "column"),
    [
        (np.exp(X) + 0.01 * X[::-1], X),
        (np.where(abs(X) > 0.3, "high", "low"), X),
        (np.where(X > 0.3, "high", "low"), np.where(X > 0.2, "u", "v")),
        (np.exp(X), np.where(X > 0, 1.5, -1.5)),
    ],
)
def test_other_columns_are_not_warned_of(y, column):
    assert make_problem(numbers_and(y, column), "y").warnings == []


def test_a_few_rows_may_be_separated_by_chance():
    import pandas as pd

    X_few = pd.DataFrame({"a": np.arange(20.0)})
    assert find_tell_tales(X_few, np.repeat(["x", "y"], 10), "y") == []

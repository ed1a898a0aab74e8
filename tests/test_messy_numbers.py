"""Numbers as people write them: multiplied by words, in currencies, as bounds, beside a word."""

import numpy as np
import pytest

from sknn_tune.command_line.cells.magnitudes import are_magnitudes, without_magnitude
from sknn_tune.command_line.cells.number_format import parse_number
from sknn_tune.command_line.columns.kinds import choose_columns, guess_task
from sknn_tune.command_line.contest.problem import make_problem
from sknn_tune.command_line.files.table import Table

N = 60
LABELS = [str(i % 2) for i in range(N)]


def read(cells):
    """The column of some cells as the model sees it, and what is said about it."""
    table = Table(
        {"a": list(map(str, cells)), "y": [str(i / 7) for i in range(len(cells))]}, ".", []
    )
    problem = make_problem(table, "y")
    values = {
        float(y): x
        for X, ys in ((problem.X, problem.y), (problem.X_test, problem.y_test))
        for x, y in zip(X["a"], ys, strict=True)
    }
    return [values[float(y)] for y in table.cells["y"]], problem.notes


@pytest.mark.parametrize(
    ("write", "scale"),
    [
        (lambda k: f"{k / 10}k" if k % 3 else f"{k * 100}", 100),
        (lambda k: f"€{k / 10}M" if k > 9 else f"€{k * 100}K", 1e5),
        (lambda k: f"{k} Lac" if k < 50 else f"{k / 100} Cr", 1e5),
        (lambda k: f"${k / 10} million", 1e5),
        (lambda k: f"{k / 10}B" if k % 2 else f"{k * 100}M+", 1e8),
    ],
)
def test_words_behind_numbers_multiply_them(write, scale):
    numbers = [k + 1 for k in range(N)]
    values, notes = read([write(k) for k in numbers])
    np.testing.assert_allclose(values, np.multiply(numbers, scale))
    assert any("multiply" in note for note in notes)


@pytest.mark.parametrize(
    "cells",
    [
        [f"{k} m" for k in range(N)],
        [f"{k}b" if k % 2 else str(k) for k in range(N)],
        ["4k display", "2k display"] * 30,
        [f"{k} km" if k % 2 else f"{k} m" for k in range(N)],
        ["1.5k", *map(str, range(N))],
        ["<=50K", ">50K"] * 30,
        ["-5m", "-10m", "3m"] * 20,
        ["~5 m", "6 m"] * 30,
    ],
)
def test_other_letters_are_no_words_for_thousands(cells):
    assert not are_magnitudes(cells)


def test_one_word_beside_them_means_that_none_is_known():
    sizes = [f"{k}M" if k % 2 else f"{100 * k}k" for k in range(1, 50)]
    assert are_magnitudes([*sizes, *["Varies with device"] * 30])
    assert not are_magnitudes([*sizes, "large", "small", "medium", *["tiny", "huge", "vast"]])
    assert without_magnitude("Varies with device") == "Varies with device"


@pytest.mark.parametrize(
    ("cell", "decimal", "number"),
    [
        ("Rp300.000.000", ",", 3e8),
        ("Rs. 1,500", ".", 1500),
        ("R$ 1.234,56", ",", 1234.56),
        ("kr 250", ".", 250),
        ("HK$12.5", ".", 12.5),
        ("-INR 40", ".", -40),
        ("40 TRY", ".", 40),
        ("3+", ".", 3),
        ("1,000,000+", ".", 1e6),
        (">20", ".", 20),
        ("<= 0.5", ".", 0.5),
        ("≥7", ".", 7),
        ("~ 12", ".", 12),
    ],
)
def test_currencies_and_bounds_are_the_number_in_them(cell, decimal, number):
    assert parse_number(cell, decimal) == number


@pytest.mark.parametrize("cell", ["RP", "RS232x", "A12", ">", "+", "a+", "c++", "3+4", "<b>5</b>"])
def test_other_words_are_no_numbers(cell):
    assert parse_number(cell) is None


def test_bounds_are_reported():
    table = Table({"a": [["3+", "0", "1", "2"][i % 4] for i in range(N)], "y": LABELS}, ".", [])
    (column,), notes = choose_columns(table, "y")
    assert column.kind == "number"
    assert notes == ["In 'a', bounds such as '3+' count as the number in them."]


@pytest.mark.parametrize("cells", [["<18", ">=18"], ["<50", ">50", "unknown"], ["<=50K", ">50K"]])
def test_less_and_more_than_a_number_are_words(cells):
    n = 60
    labels = [cells[i % len(cells)] for i in range(n)]
    table = Table({"a": labels[1:] + labels[:1], "y": labels}, ".", [])
    (column,), notes = choose_columns(table, "y")
    assert column.kind == "category"
    assert notes == []
    problem = make_problem(table, "y")
    assert set(problem.y) == set(cells) - {"unknown"}


def test_many_numbers_and_a_word_are_numbers():
    prices = [str(3 * i + 100) if i % 3 else "on request" for i in range(150)]
    rooms = [str(i % 9) if i % 3 else "on request" for i in range(150)]
    table = Table(
        {"price": prices, "rooms": rooms, "y": ["ab"[i % 2] for i in range(150)]}, ".", []
    )
    assert [column.kind for column in choose_columns(table, "y")[0]] == ["number", "category"]


def test_numbered_words_are_words():
    words = [["1. Never Married", "2. Married", "3. Widowed"][i % 3] for i in range(N)]
    values, notes = read(words)
    assert values == [word.casefold() for word in words]
    assert notes == []


def test_numbers_of_rows_of_which_some_were_left_out_are_no_column():
    rows = [i for i in range(N) if i % 7]
    table = Table({"row": list(map(str, rows)), "y": ["ab"[i % 2] for i in rows]}, ".", [])
    columns, (note,) = choose_columns(table, "y")
    assert columns == []
    assert "a number for each row" in note


def test_many_whole_numbers_are_classes_only_if_each_is_frequent():
    marks = np.random.default_rng(0).binomial(20, 0.5, 400)
    assert 10 < len(set(marks)) <= 20
    assert guess_task(list(map(str, marks))) == "regression"
    assert guess_task([str(i % 15) for i in range(400)]) == "classification"
    assert guess_task([str(i) for i in np.minimum(marks, 10)]) == "classification"

"""Numbers with a unit, durations, and dates in the forms that look like other things."""

import numpy as np
import pytest

from sknn_tune.command_line.cells.dates import guess_date_format, parse_dates
from sknn_tune.command_line.cells.magnitudes import MAGNITUDE
from sknn_tune.command_line.cells.ranges import RANGES
from sknn_tune.command_line.columns.frame import make_frame
from sknn_tune.command_line.columns.kinds import Overrides
from sknn_tune.command_line.columns.units import DURATION, find_units, without_units
from sknn_tune.command_line.contest.problem import make_problem
from sknn_tune.command_line.errors import BadInput
from sknn_tune.command_line.files.table import Table

N = 60
RNG = np.random.default_rng(0)
AREAS = RNG.uniform(20, 9_000, N)


def table_of(cells, labels=None, decimal="."):
    labels = ["xy"[i % 2] for i in range(N)] if labels is None else labels
    numbers = [str(value) for value in RNG.normal(size=N).round(3)]
    return Table({"a": list(cells), "b": numbers, "y": list(labels)}, decimal, [])


def german(value):
    return f"{value:,.1f}".translate(str.maketrans(",.", ".,"))


@pytest.mark.parametrize(
    ("cells", "unit"),
    [
        (["27.7 m²", "31 m2", "5"], "m²"),
        (["12kg", "7 Kg", "8KG"], "kg"),
        (["100 km/h", "90 km/h", ""], "km/h"),
        (["-5 °C", "\u22123 °C", "14 ℃"], "°C"),
        (["1 year", "5 years", "3 years"], "year"),
        (["1st", "2nd", "23rd", "4th"], "st"),
        (["$5.50/mo", "$1,200/mo"], "/mo"),
        (["1.5e3 Hz", "2e-1 Hz"], "Hz"),
        (["5 of 10", "7 of 10"], "of 10"),
        (["27:45:10", "9:03:11"], DURATION),
        (["3h 20min", "45min", "2 h"], DURATION),
        (["12:34.5", "59:01.0"], DURATION),
    ],
)
def test_what_follows_all_numbers_is_their_unit(cells, unit):
    units, notes = find_units(Table({"a": cells}, None, []))
    assert units == {"a": unit}
    assert len(notes) == 1


@pytest.mark.parametrize(
    "cells",
    [
        ["1.5", "2.5 kg", "3", "4"],
        ["5 m", "7 ft", "9 m"],
        ["12 May 2020", "13 May 2020"],
        ["9:30", "23:59"],
        ["10-19", "20-29"],
        ["A12 kg", "B7 kg"],
        ["10.0.0.1", "10.0.0.2"],
        ["1e5", "2e5"],
        ["12 %", "5 %"],
        ["", "?"],
        ["word", "words"],
    ],
)
def test_other_cells_have_no_unit(cells):
    assert find_units(Table({"a": cells}, None, []))[0] == {}


def test_units_that_differ_are_said():
    _, notes = find_units(Table({"a": ["5 g", "7 lb", "9 g"]}, None, []))
    assert "different units, such as 'g' and 'lb'" in notes["a"]


@pytest.mark.parametrize(
    ("cells", "measure", "numbers"),
    [
        (["100 m", "5 k", "1,500 m"], "lengths in metres", ["100", "5000", "1500"]),
        (["5 m", "8 m", "1500 m", "20 k"], "lengths in metres", ["5", "8", "1500", "20000"]),
        (["60m", "100m", "5k", "10k"], "lengths in metres", ["60", "100", "5000", "10000"]),
        (["800 m", "5 km", "21.1 km"], "lengths in metres", ["800", "5000", "21100"]),
        (["5 m", "7 mm", "9 m"], "lengths in metres", ["5", "0.007", "9"]),
        (["500 g", "1,5 kg", ""], "weights in grams", ["500", "1500", ""]),
        (["512GB", "1TB", "256 GB"], "memory in megabytes", ["512000", "1000000", "256000"]),
        (["75cl", "1 L"], "volumes in litres", ["0.75", "1"]),
        (["1.2m", "300k", "7k"], MAGNITUDE, ["1200000", "300000", "7000"]),
        (["2 m", "900 k"], MAGNITUDE, ["2000000", "900000"]),
        (["1200m", "300k", "5m"], MAGNITUDE, ["1200000000", "300000", "5000000"]),
        (["150m", "96k"], MAGNITUDE, ["150000000", "96000"]),
        (["15m", "20m", "5k", "9k"], MAGNITUDE, ["15000000", "20000000", "5000", "9000"]),
        (["1500M", "5k"], MAGNITUDE, ["1500000000", "5000"]),
        (
            ["2950", "2100 - 2850", "900-1100", "1200", "800"],
            RANGES,
            ["2950", "2475", "1000", "1200", "800"],
        ),
        (["1", "2", "99", "101-150", "151-200"], RANGES, ["1", "2", "99", "125.5", "175.5"]),
    ],
)
def test_several_units_are_read_as_one(cells, measure, numbers):
    units, notes = find_units(Table({"a": cells}, None, []))
    assert units == {"a": measure}
    assert len(notes) == 1
    if numbers is not None:
        assert without_units(cells, measure) == numbers


@pytest.mark.parametrize(
    "cells",
    [
        ["18-29", "30-44", "45-60"],
        ["1056", "3-1", "900-200", "1200"],
        ["1056", "2100 - 2850", "555-1234-99", "900 - 950", "7"],
        ["2 m", "5 kg"],
        ["5551234", "555-1234", "5559876", "555-9999", "3456"],
        ["1000", "100-900", "200-800", "50"],
        ["1.250 m", "800 m", "2,5 km"],
        ["1.000 - 1.250", "800", "1,5", "900 - 950", "2000"],
    ],
)
def test_other_pairs_of_numbers_are_no_ranges(cells):
    assert find_units(Table({"a": cells}, None, []))[0] == {}


def test_numbers_with_a_unit_are_learnt_from_and_predicted_for():
    problem = make_problem(table_of([f"{german(area)} m²" for area in AREAS], decimal=None), "y")
    assert [column.unit for column in problem.columns] == ["m²", ""]
    known = np.r_[problem.X["a"], problem.X_test["a"]]
    assert sorted(known) == pytest.approx(sorted(AREAS.round(1)))
    new = Table({"a": ["1.234,5 m²", "7,5", "9 ft"], "b": ["1", "2", "3"]}, None, [])
    X, notes = make_frame(new, problem.columns)
    np.testing.assert_array_equal(X["a"], [1234.5, 7.5, np.nan])
    assert "'9 ft'" in notes[0]


def test_a_target_with_a_unit_is_a_number_but_classes_keep_their_names():
    cells = [str(i / 7) for i in range(N)]
    assert make_problem(table_of(cells, [f"{a:.1f} kg" for a in AREAS]), "y").task == "regression"
    stars = make_problem(table_of(cells, [f"{1 + i % 3} stars" for i in range(N)]), "y")
    assert set(stars.y) == {"1 stars", "2 stars", "3 stars"}
    assert not any("stars" in note for note in stars.notes)


def test_the_user_may_say_that_numbers_with_a_unit_are_words():
    table = table_of([f"{i % 3} EU" for i in range(N)])
    problem = make_problem(table, "y", overrides=Overrides(category=frozenset({"a"})))
    assert problem.columns[0].words == ("0 eu", "1 eu", "2 eu")


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [("1:23:45", "5025"), ("2:30", "150"), ("1d 2h", "93600"), ("PT3H8M", "11280")],
)
def test_durations_are_seconds(cell, seconds):
    assert without_units([cell, "soon"], DURATION) == [seconds, "soon"]


# ------------------------------------------------------------------------------- dates
@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (["2020-W10", "2021-W52"], "2020-03-02"),
        (["2020-W10-3", "2021-W52-7"], "2020-03-04"),
        (["2020-061", "2020-365"], "2020-03-01"),
        (["2020-03-01 10:30:00.123456789"], "2020-03-01 10:30"),
        ([f"202003{day:02d}" for day in range(1, 31)], "2020-03-01"),
    ],
)
def test_dates_in_rarer_forms(cells, first):
    assert parse_dates(cells, guess_date_format(cells))[0] == np.datetime64(first)


def test_digits_that_are_not_all_dates_are_numbers():
    cells = [f"202003{day:02d}" for day in range(1, 31)]
    assert guess_date_format(cells[:10]) is None
    assert guess_date_format([*cells, "20200332"]) is None


# ------------------------------------------------------------------------------- the target
@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["x" if i % 2 else "" for i in range(N)], "where it is not blank"),
        ([f"2020-03-{1 + i % 28:02d}" for i in range(N)], "holds dates"),
        ([f"w{i}" for i in range(N)], "60 different values, such as 'w0'"),
    ],
)
def test_targets_that_are_no_classes_are_refused_for_what_they_are(labels, words):
    with pytest.raises(BadInput, match=words):
        make_problem(table_of(map(str, AREAS), labels), "y")

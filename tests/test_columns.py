"""What columns hold, what the target is, and how rows are split."""

import numpy as np
import pytest

from sknn_tune.command_line.columns.frame import make_frame
from sknn_tune.command_line.columns.kinds import Column, Overrides, choose_columns, guess_task
from sknn_tune.command_line.contest.problem import make_problem
from sknn_tune.command_line.contest.splits import Design, hold_out, make_pairs
from sknn_tune.command_line.errors import BadInput
from sknn_tune.command_line.files.table import Table

RNG = np.random.default_rng(0)


def table_of(default_decimal=".", **cells):
    cells = {name.replace("_", " "): list(map(str, column)) for name, column in cells.items()}
    return Table(cells, default_decimal, [])


def kinds(table, **options):
    columns, notes = choose_columns(table, "y", Overrides(**options))
    return {column.name: column.kind for column in columns}, notes


def labelled(labels, **cells):
    n_rows = len(labels)
    return table_of(a=RNG.normal(size=n_rows).round(3), y=labels, **cells)


# ------------------------------------------------------------------------------- columns
def test_columns_without_use_are_left_out_with_a_note():
    n = 50
    table = table_of(
        constant=["c"] * n,
        gone=[""] * n,
        id=[f"id{i}" for i in range(n)],
        row=range(n),
        customer_id=RNG.permutation(1000)[:n],
        mostly=["unknown" if i == 3 else i / 7 for i in range(n)],
        word=["ab"[i % 2] for i in range(n)],
        y=["xy"[i % 2] for i in range(n)],
    )
    found, notes = kinds(table)
    assert found == {"mostly": "number", "word": "category"}
    assert len(notes) == 5
    X, lost = make_frame(table, choose_columns(table, "y")[0])
    assert np.isnan(X["mostly"][3])
    assert X["mostly"][4] == pytest.approx(4 / 7)
    assert list(X["word"][:2]) == ["a", "b"]
    assert lost == []  # "unknown" is what stands for nothing known


def test_keys_that_may_mean_something_are_reported_and_read():
    n = 60
    table = table_of(
        shop_id=[i % 7 for i in range(n)], year=range(1900, 1900 + 2 * n, 2), y=["x"] * n
    )
    found, notes = kinds(table)
    assert found == {"shop id": "number", "year": "number"}
    assert any("'shop id' looks like a key" in note for note in notes)
    assert any("'year' rises" in note for note in notes)


def test_dates_text_and_codes_are_told_from_numbers():
    n = 100
    table = table_of(
        when=[f"{1 + i % 28}.{1 + i % 12}.2020" for i in range(n)],
        zip=[f"{i % 30:05d}" for i in range(n)],
        price=[f"{i},{i % 100:02d} €" for i in range(n)],
        review=[f"it was number {i} of the good ones" for i in range(n)],
        town=[f"town {i % 45}" for i in range(n)],
        y=["x"] * n,
        default_decimal=None,
    )
    found, _ = kinds(table)
    assert found == {
        "when": "date",
        "zip": "category",
        "price": "number",
        "review": "text",
        "town": "text",
    }


def test_short_words_that_come_up_often_are_a_category():
    n = 600
    table = table_of(
        region=[f"region {i % 60}" for i in range(n)],
        street=[f"street {i % 61}" for i in range(n)],
        sentence=[f"one of many sentences is {i % 60}" for i in range(n)],
        y=["xy"[i % 2] for i in range(n)],
    )
    found, _ = kinds(table)
    assert found == {"region": "category", "street": "text", "sentence": "text"}


def test_the_user_has_the_last_word():
    n = 50
    table = table_of(
        id=[f"id{i}" for i in range(n)],
        code=[i % 4 for i in range(n)],
        row=range(n),
        when=[f"2020-01-{1 + i % 28:02d}" for i in range(n)],
        out=range(n),
        y=["x"] * n,
    )
    found, _ = kinds(
        table,
        text=frozenset({"id"}),
        category=frozenset({"code", "when"}),
        number=frozenset({"row"}),
        ignore=frozenset({"out"}),
    )
    assert found == {"id": "text", "code": "category", "row": "number", "when": "category"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"number": {"no"}}, "no column 'no'"),
        ({"number": {"a"}, "text": {"a"}}, "two options name the column 'a'"),
        ({"number": {"w"}}, "holds no numbers"),
        ({"date": {"w"}}, "holds no dates"),
    ],
)
def test_impossible_wishes_are_refused(options, words):
    table = table_of(a=[1, 2], w=["x", "z"], y=["x", "y"])
    with pytest.raises(BadInput, match=words):
        choose_columns(table, "y", Overrides(**{k: frozenset(v) for k, v in options.items()}))


@pytest.mark.parametrize(
    ("column", "default", "value"),
    [
        (["1,413", "2,718"], None, 1.413),
        (["1,413", "2,718"], ".", 1413),
        (["1,413", "2,5"], ".", 1.413),
        (["1.413", "2.718"], None, 1.413),
        (["1.413", "2.718,5"], None, 1413),
        (["1.413", "2.718"], ".", 1.413),
    ],
)
def test_each_column_tells_its_decimal_sign(column, default, value):
    table = table_of(a=column * 20, b=range(7, 47), y=["x"] * 40, default_decimal=default)
    columns, _ = choose_columns(table, "y")
    assert make_frame(table, columns)[0]["a"][0] == pytest.approx(value)


def test_columns_that_do_not_tell_follow_the_others():
    table = table_of(
        a=["1.413"] * 20 + ["2.718"] * 20,
        b=["1,5", "2,25"] * 20,
        y=["x"] * 40,
        default_decimal=None,
    )
    columns, _ = choose_columns(table, "y")
    assert make_frame(table, columns)[0]["a"][0] == 1413
    notes = make_problem(table._replace(cells=table.cells | {"y": ["u", "v"] * 20}), "y").notes
    assert any("1.413 are read as 1413" in note for note in notes)


def test_words_get_no_note_about_the_decimal_sign():
    words = ["1,413 or more", "1,413", "less"] * 20
    assert make_problem(table_of(a=words, y=["x", "y"] * 30), "y").notes == []
    numbers = ["1,413", "2,718", "7,389"] * 20
    (note,) = make_problem(table_of(a=numbers, y=["x", "y"] * 30), "y").notes
    assert "'a', numbers such as 1,413" in note


def test_the_decimal_sign_can_be_named():
    table = table_of(a=["1,413", "2,718"] * 20, y=["x"] * 40)._replace(decimal=",")
    columns, _ = choose_columns(table, "y")
    assert make_frame(table, columns)[0]["a"][0] == 1.413


# ------------------------------------------------------------------------------- new rows
def test_a_new_file_of_another_kind_has_its_own_decimal_sign():
    columns, _ = choose_columns(table_of(a=["1,5", "2,25"] * 20, y=["x"] * 40), "y")
    new = table_of(a=["1.174", "2.533"])._replace(default_decimal=".")
    assert make_frame(new, columns)[0]["a"].tolist() == [1.174, 2.533]


def test_a_new_file_may_write_values_otherwise():
    columns = [
        Column("code", "category", words=("3", "new york")),
        Column("x", "number", decimal="."),
    ]
    table = table_of(code=["3.0", " New  York", "", "5"], x=["1,5", "2,25", "", "3"])
    X, notes = make_frame(table, columns)
    assert [value for value in X["code"] if isinstance(value, str)] == ["3", "new york", "5"]
    assert X["code"][2] is None or X["code"].isna()[2]
    np.testing.assert_array_equal(X["x"], [1.5, 2.25, np.nan, 3])
    assert notes == [
        "In 'code', 1 of 4 cells hold a word that the model has not seen, such as '5'."
    ]


# ------------------------------------------------------------------------------- the target
@pytest.mark.parametrize("word", ["None", "NA", "null", "-", "missing", "N/A", "."])
def test_words_in_a_target_of_words_are_classes(word):
    problem = make_problem(labelled([word, word, "Apnea", "Insomnia"] * 20), "y")
    assert set(problem.y) == {word, "Apnea", "Insomnia"}
    assert len(problem.y) + len(problem.y_test) == 80
    assert problem.warnings == []


def test_blank_targets_are_left_out_with_a_note_and_others_with_a_warning():
    problem = make_problem(labelled(["x", "z", "", "?"] * 20), "y")
    assert set(problem.y) == {"x", "z"}
    assert "Left out: 20 rows without 'y'." in problem.notes
    assert any("'?' (20)" in warning for warning in problem.warnings)
    problem = make_problem(labelled(["0", "1", "NA"] * 20), "y")
    assert set(problem.y) == {"0", "1"}
    assert any("'NA' (20)" in warning for warning in problem.warnings)
    numbers = [*RNG.normal(size=40).round(3), "unknown", "n/a", "x"]
    problem = make_problem(labelled(numbers), "y")
    assert problem.task == "regression"
    assert any("3 rows" in warning for warning in problem.warnings)


def test_spellings_of_a_class_are_one_class_with_a_note():
    problem = make_problem(labelled(["Yes", "Yes", "yes", "YES", "no", "no"] * 10), "y")
    assert set(problem.y) == {"Yes", "no"}
    assert any("'yes', 'YES' and 'Yes' count as one class" in note for note in problem.notes)


def test_rare_classes_are_left_out_with_a_warning():
    problem = make_problem(labelled(["x", "z"] * 20 + ["rare", "rare"]), "y")
    assert set(problem.y) == set(problem.y_test) == {"x", "z"}
    assert any("'rare', which has 2 rows" in warning for warning in problem.warnings)


@pytest.mark.parametrize(
    ("cells", "task"),
    [
        (["yes", "no"] * 20, "classification"),
        ([str(i % 3) for i in range(60)], "classification"),
        ([str(i % 30) for i in range(600)], "regression"),
        ([str(i % 3 + 0.5) for i in range(60)], "regression"),
        ([str(i) for i in range(15)], "regression"),
        (["0.0", "0.5"] * 20, "classification"),
    ],
)
def test_the_task_follows_the_target(cells, task):
    assert guess_task(cells) == task


def test_a_misspelt_target_gets_a_suggestion():
    with pytest.raises(BadInput, match="did you mean 'Income'"):
        make_problem(table_of(Income=range(30), b=range(30)), "income")


# ------------------------------------------------------------------------------- splits
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_groups_stay_on_one_side(task):
    groups = RNG.integers(30, size=300)
    y = RNG.choice(["a", "b"], 300) if task == "classification" else RNG.normal(size=300)
    design = Design(groups=groups)
    rows, test_rows = hold_out(y, task, design, 0)
    assert not set(groups[rows]) & set(groups[test_rows])
    for train, dev in make_pairs(y[rows], task, design.take(rows), 0):
        assert not set(groups[rows][train]) & set(groups[rows][dev])


def test_the_last_rows_in_time_are_the_test():
    times = RNG.permutation(300)
    y = RNG.normal(size=300)
    rows, test_rows = hold_out(y, "regression", Design(times=times), 0)
    assert times[rows].max() < times[test_rows].min()
    ((train, dev),) = make_pairs(y[rows], "regression", Design(times=times[rows]), 0)
    assert times[rows][train].max() < times[rows][dev].min()


def test_rows_in_the_order_of_a_date_get_a_note():
    days = [f"2020-{i // 28 + 1:02}-{i % 28 + 1:02}" for i in range(60)]
    cells = {"day": days, "y": [str(i * i % 7 + i / 9) for i in range(60)]}
    table = Table(cells, ".", [])
    assert "order of 'day'" in make_problem(table, "y").notes[-1]
    assert make_problem(table, "y", time="day").notes == []
    mixed = table.take(np.random.default_rng(0).permutation(60).tolist())
    assert make_problem(mixed, "y").notes == []


def test_copies_of_rows_get_a_note():
    numbers = [str(i / 7) for i in range(100)]
    table = Table({"a": numbers, "y": ["u", "v"] * 50}, ".", [])
    assert make_problem(table, "y").notes == []
    copied = table.take([*range(100), *range(5)])
    (note,) = make_problem(copied, "y").notes
    assert "5 of 105 rows are the same as an earlier one" in note
    assert make_problem(table.take([*range(100), 0]), "y").notes == []
    assert make_problem(table.take([*range(100)] * 3), "y").notes == []


def test_the_group_is_not_learnt_from():
    table = labelled(["x", "z"] * 30, patient=[i // 4 for i in range(60)])
    problem = make_problem(table, "y", group="patient")
    assert [column.name for column in problem.columns] == ["a"]
    with pytest.raises(BadInput, match="at least five"):
        make_problem(labelled(["x", "z"] * 30, g=["u", "v"] * 30), "y", group="g")
    with pytest.raises(BadInput, match="--time needs"):
        make_problem(labelled(["x", "z"] * 30, t=["u", "v"] * 30), "y", time="t")

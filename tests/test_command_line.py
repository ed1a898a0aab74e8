"""`sknn-tune fit` and `predict`: from a CSV file to a model, and what files are refused."""

import csv
import gzip
import io
import json

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.metrics import log_loss, r2_score

from sknn_tune import search_history
from sknn_tune.__main__ import main
from sknn_tune.command_line.contest.problem import make_problem
from sknn_tune.command_line.files.table import read_table

FILES = {"model.joblib", "model.skops", "columns.json", "report.html", "summary.txt"}


def write_csv(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def refusal(arguments, capsys):
    """What a command says on standard error that ends with exit code 2: one line."""
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    assert stop.value.code == 2
    assert printed.out == ""
    assert printed.err.startswith("sknn-tune: ")
    assert printed.err.count("\n") == 1
    return printed.err


@pytest.fixture(scope="module")
def cancer(tmp_path_factory):
    """A CSV file with numbers, numbers as text, words, gaps, and a column of names."""
    X, y = load_breast_cancer(return_X_y=True)
    X, y = X[:300, :4], np.array(["malign", "benign"])[y[:300]]
    rng = np.random.default_rng(0)
    rows = []
    for i, (numbers, label) in enumerate(zip(X, y, strict=True)):
        cells = [f"{number:.4g}" for number in numbers]
        cells[1] = f"${1000 * numbers[1]:,.2f}"
        if rng.random() < 0.1:
            cells[0] = "?"
        size = "" if rng.random() < 0.1 else ("large" if numbers[2] > 90 else "small")
        rows.append([f"patient {i}", *cells, size, label])
    header = ["name", "radius", "texture", "perimeter", "area", "size", "diagnosis"]
    return write_csv(tmp_path_factory.mktemp("data") / "cancer.csv", header, rows)


@pytest.fixture(scope="module")
def cancer_model(cancer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out") / "model"
    options = ["--target", "diagnosis", "--n-iter", "3", "--max-time", "600"]
    main(["fit", str(cancer), *options, "--out", str(folder)])
    return folder


# ------------------------------------------------------------------------------- fit and predict
def test_fit_leaves_a_model_a_report_and_a_summary(cancer, cancer_model):
    assert {file.name for file in cancer_model.iterdir()} == FILES
    assert {file.name for file in cancer_model.parent.iterdir()} == {"model"}
    summary = (cancer_model / "summary.txt").read_text("utf-8")
    assert "4 numeric, 1 categorical" in summary
    assert "Left out: 'name'" in summary
    assert "3 of at most 3 configurations" in summary
    about = json.loads((cancer_model / "columns.json").read_text("utf-8"))
    assert about["target"] == "diagnosis"
    assert about["task"] == "classification"


def test_the_score_is_that_of_rows_held_out(cancer, cancer_model):
    problem = make_problem(read_table(cancer), "diagnosis")
    model = joblib.load(cancer_model / "model.joblib")
    loss = log_loss(problem.y_test, model.predict_proba(problem.X_test))
    assert f"{loss:.4g} (95 % interval" in (cancer_model / "summary.txt").read_text("utf-8")
    assert loss < 0.4


def test_predict_writes_the_predictions_of_the_model(cancer, cancer_model, tmp_path, capsys):
    capsys.readouterr()
    main(["predict", str(cancer_model), str(cancer)])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    table = read_table(cancer)
    right = np.mean([row["diagnosis"] for row in rows] == np.array(table.cells["diagnosis"]))
    assert right > 0.85
    shares = [[float(row[f"probability of {c}"]) for c in ("benign", "malign")] for row in rows]
    np.testing.assert_allclose(np.sum(shares, axis=1), 1, atol=1e-4)

    main(["predict", str(cancer_model), str(cancer), "--out", str(tmp_path / "predicted.csv")])
    assert read_table(tmp_path / "predicted.csv").cells["diagnosis"] == [
        row["diagnosis"] for row in rows
    ]
    assert [file.name for file in tmp_path.iterdir()] == ["predicted.csv"]


def test_predict_takes_other_orders_new_words_and_gaps(cancer_model, tmp_path, capsys):
    new = write_csv(
        tmp_path / "new.csv",
        ["size", "area", "other", "perimeter", "texture", "radius"],
        [["enormous", "1000", "x", "", "n/a", "17.5"], ["", "", "x", "", "", ""]],
    )
    capsys.readouterr()
    main(["predict", str(cancer_model), str(new)])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 2
    assert {row["diagnosis"] for row in rows} <= {"benign", "malign"}


def test_regression_from_a_semicolon_file_with_decimal_commas(tmp_path, capsys):
    X, y = load_diabetes(return_X_y=True, scaled=False)
    lines = ["age;bmi;bp;target"]
    for row, number in zip(X[:, [0, 2, 3]], y, strict=True):
        lines.append(";".join(f"{value:.2f}".replace(".", ",") for value in (*row, number)))
    file = tmp_path / "diabetes.csv.gz"
    file.write_bytes(gzip.compress("\n".join(lines).encode("cp1252")))
    main(["fit", str(file), "--target", "target", "--n-iter", "2"])
    assert "R2" in capsys.readouterr().out
    problem = make_problem(read_table(file), "target")
    model = joblib.load(tmp_path / "diabetes_model" / "model.joblib")
    assert r2_score(problem.y_test, model.predict(problem.X_test)) > 0.2


@pytest.mark.parametrize("n_rows", [20, 150])
def test_few_rows_are_enough(n_rows, tmp_path, capsys):
    rng = np.random.default_rng(0)
    rows = [[f"{rng.normal() + 3 * (i % 2):.3f}", "xy"[i % 2]] for i in range(n_rows)]
    file = write_csv(tmp_path / "few.csv", ["a", "label"], rows)
    main(["fit", str(file), "--target", "label", "--n-iter", "2", "--max-time", "600"])
    assert "2 of at most 2 configurations" in capsys.readouterr().out


def test_the_folder_may_be_there_with_files_of_others(cancer, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "summary.txt").write_text("old")
    options = ["--target", "diagnosis", "--n-iter", "1", "--out", str(tmp_path)]
    main(["fit", str(cancer), *options])
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert "Test log-loss" in (tmp_path / "summary.txt").read_text("utf-8")


def test_an_interrupted_fit_leaves_nothing(cancer, tmp_path, monkeypatch, capsys):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("sknn_tune.command_line.report.write_report", interrupt)
    options = ["--target", "diagnosis", "--n-iter", "1", "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as stop:
        main(["fit", str(cancer), *options])
    assert stop.value.code == 130
    assert list(tmp_path.iterdir()) == []


def test_a_stored_search_goes_on(cancer, tmp_path, capsys, monkeypatch):
    options = ["--target", "diagnosis", "--storage", str(tmp_path / "search.db")]
    options += ["--max-time", "600"]
    out = ["--out", str(tmp_path / "out")]
    main(["fit", str(cancer), *options, "--n-iter", "2", *out])
    main(["fit", str(cancer), *options, "--n-iter", "3", *out])
    history = search_history(tmp_path / "search.db")
    assert list(history["number"]) == [0, 1, 2]
    capsys.readouterr()
    monkeypatch.setattr(
        "sknn_tune.command_line.contest.contest.make_baselines", None
    )  # not reached
    said = refusal(["fit", cancer, *options, "--seed", "1", *out], capsys)
    assert "search.db" in said
    assert "random_state: stored is 0, now it is 1" in said


# ------------------------------------------------------------------------------- bad files
GOOD = "a,b\n" + "".join(f"{i},{'xy'[i % 2]}\n" for i in range(40))
BAD_FILES = {
    "target": (GOOD, "c", "there is no column 'c'; there are 'a', 'b'"),
    "empty": ("", "b", "empty"),
    "blank": ("\n\n", "b", "empty"),
    "header only": ("a,b\n", "b", "no rows"),
    "one class": (GOOD.replace("y", "x"), "b", "'b' is 'x' in all rows"),
    "one number": (GOOD.replace("x", "1.5").replace("y", "1.5"), "b", "in all rows"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\x00" + bytes(range(256)), "b", "not a text file"),
    "one row": ("a,b\n1,x\n", "b", "too few rows have a target, 1;"),
    "more names than cells": (GOOD.replace("a,b", "a,b,a", 1), "b", "row 2 has 2 cells"),
    "ragged": (GOOD + "1,x,3\n", "b", "row 42 has 3 cells"),
    "no target cells": ("a,b\n" + "1,\n" * 30, "b", "'b' is empty"),
    "nothing to learn from": ("b\n" + "x\ny\n" * 30, "b", "no column to learn from"),
    "unclosed quote": (GOOD + '1,"x\n', "b", "after row 41"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_get_one_line_and_leave_nothing(case, tmp_path, capsys):
    content, target, words = BAD_FILES[case]
    file = tmp_path / "data.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    said = refusal(["fit", file, "--target", target], capsys)
    assert words in said
    assert str(file) in said
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]


def test_a_file_that_is_not_there_is_refused(tmp_path, capsys):
    said = refusal(["fit", tmp_path / "no.csv", "--target", "y"], capsys)
    assert "no such file" in said


def test_words_are_no_target_of_a_regression(cancer, capsys):
    said = refusal(["fit", cancer, "--target", "size", "--task", "regression"], capsys)
    assert "words, not numbers" in said


def test_a_folder_that_cannot_be_written_is_refused(cancer, capsys):
    said = refusal(["fit", cancer, "--target", "diagnosis", "--out", cancer / "out"], capsys)
    assert "cannot be written" in said


def test_predict_refuses_other_columns(cancer_model, tmp_path, capsys):
    new = write_csv(tmp_path / "new.csv", ["radius", "texture", "size"], [["1", "2", "large"]])
    capsys.readouterr()
    said = refusal(["predict", cancer_model, new, "--out", tmp_path / "out.csv"], capsys)
    assert "columns are missing: 'perimeter', 'area'" in said
    assert not (tmp_path / "out.csv").exists()


def test_predict_refuses_words_for_numbers(cancer_model, tmp_path, capsys):
    header = ["radius", "texture", "perimeter", "area", "size"]
    new = write_csv(tmp_path / "new.csv", header, [["big", "2", "3", "4", "large"]])
    capsys.readouterr()
    assert "'radius' should hold numbers, but has 'big'" in refusal(
        ["predict", cancer_model, new], capsys
    )


def test_predict_refuses_a_folder_without_a_model(cancer, cancer_model, tmp_path, capsys):
    capsys.readouterr()
    assert "model.skops" in refusal(["predict", tmp_path, cancer], capsys)
    for name in ("model.joblib", "model.skops", "columns.json"):
        (tmp_path / name).write_text("{}")
    assert "cannot be loaded" in refusal(["predict", tmp_path, cancer], capsys)
    assert "cannot be loaded" in refusal(["predict", tmp_path, cancer, "--trust"], capsys)

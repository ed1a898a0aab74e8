"""What may go wrong around the command line: nothing is run, lost or half-written."""

import csv
import io
import json
import os
import pickle
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from contextlib import closing

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from sknn_tune import BayesSearchCV
from sknn_tune.__main__ import main
from sknn_tune.command_line import parser
from sknn_tune.command_line.folder import load_model

RNG = np.random.default_rng(0)
LABELS = ("=cmd|' /C calc'!A0", "+1+cmd", "@SUM(1)", "$5% to $6", "-3", "+")


def write_rows(path, labels, n_rows=120):
    rows = [
        [i % 7, f"{RNG.normal() + (i % len(labels)):.3f}", labels[i % len(labels)]]
        for i in range(n_rows)
    ]
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([["a", "b", "y"], *rows])
    return path


def run(*arguments):
    main([str(argument) for argument in arguments])


def refusal(capsys, *arguments, code=2):
    """The one line on standard error that a command ends with."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        run(*arguments)
    printed = capsys.readouterr()
    assert stop.value.code == code
    assert printed.err.startswith("sknn-tune: ")
    assert printed.err.count("\n") == 1
    return printed.err


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_rows(tmp_path_factory.mktemp("data") / "data.csv", LABELS)


@pytest.fixture(scope="module")
def model(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fitted") / "model"
    run("fit", data, "--target", "y", "--n-iter", 1, "--out", folder)
    return folder


# ------------------------------------------------------------------------------- labels
def test_labels_that_are_no_mathematics_are_drawn(model):
    assert (model / "report.html").exists()
    assert "could not be drawn" not in (model / "summary.txt").read_text("utf-8")


def test_formulas_are_quoted_unless_raw_is_asked_for(model, data, capsys):
    capsys.readouterr()
    run("predict", model, data)
    header, *rows = csv.reader(io.StringIO(capsys.readouterr().out))
    labels = {row[0] for row in rows}
    assert labels <= {"'=cmd|' /C calc'!A0", "'+1+cmd", "'@SUM(1)", "$5% to $6", "-3", "+"}
    assert all(name[:1] not in "=+-@" for name in header)
    run("predict", model, data, "--raw")
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))[1:]
    assert {row[0] for row in rows} <= set(LABELS)


@pytest.mark.parametrize("kind", ["url", "no folder", "folder", "text", "other", "damaged", "used"])
def test_storage_that_cannot_be_used_is_refused_before_the_work(
    kind, data, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("sknn_tune.command_line.fit.find_model", None)
    path = tmp_path / {"no folder": "no/a.db", "folder": ""}.get(kind, "a.db")
    if kind == "text":
        path.write_text("text, not a database\n" * 100)
    elif kind == "other":
        with closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TABLE t (a)")
    elif kind in ("damaged", "used"):
        search = BayesSearchCV(Ridge(), {"alpha": [1.0, 2.0]}, n_iter=2, storage=path)
        search.fit(np.eye(10), np.arange(10.0))
    with closing(sqlite3.connect(path if kind in ("damaged", "used") else ":memory:")) as database:
        if kind == "damaged":
            database.execute("DELETE FROM trials WHERE id = 1")
            database.commit()
        elif kind == "used":
            database.execute("BEGIN IMMEDIATE")
        given = "sqlite:///a.db" if kind == "url" else path
        said = refusal(capsys, "fit", data, "--target", "y", "--storage", given)
    assert "storage=" in said


# ------------------------------------------------------------------------------- foreign models
class Planted:
    """A pickle that runs a command when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_pickle_is_loaded_only_from_folders_that_are_trusted(model, data, tmp_path, capsys):
    folder = tmp_path / "model"
    shutil.copytree(model, folder)
    (folder / "model.joblib").write_bytes(pickle.dumps(Planted(tmp_path / "ran")))
    run("predict", folder, data)
    assert not (tmp_path / "ran").exists()
    refusal(capsys, "predict", folder, data, "--trust")
    assert (tmp_path / "ran").exists()


def test_models_that_unpack_to_more_than_memory_are_refused(
    model, data, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("sknn_tune.command_line.folder._LARGEST_MODEL", 1 << 20)
    folder = tmp_path / "model"
    shutil.copytree(model, folder)
    with zipfile.ZipFile(folder / "model.skops", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("more", bytes(1 << 21))
    assert "unpacks to more than" in refusal(capsys, "predict", folder, data)


def test_types_that_no_model_has_are_refused(model, data, tmp_path, capsys):
    skops_io = pytest.importorskip("skops.io")
    folder = tmp_path / "model"
    shutil.copytree(model, folder)
    skops_io.dump({"model": subprocess.Popen.__init__}, folder / "model.skops")
    assert "types that no model of sknn-tune has" in refusal(capsys, "predict", folder, data)


@pytest.mark.parametrize(
    "columns",
    [
        [],
        {},
        [{"name": "a"}],
        [{"name": 1, "kind": "number"}],
        [{"name": "a", "kind": "code"}],
        [{"name": "a", "kind": "category", "words": 3}],
        [{"name": "a", "kind": "date", "date_format": "%Q"}, {"name": "b", "kind": "number"}],
        [{"name": "a", "kind": "text", "extra": 1}],
        [{"name": "b", "kind": "number"}],
    ],
)
def test_tampered_folders_are_one_line(columns, model, data, tmp_path, capsys):
    folder = tmp_path / "model"
    shutil.copytree(model, folder)
    about = json.loads((folder / "columns.json").read_text("utf-8"))
    (folder / "columns.json").write_text(json.dumps(about | {"columns": columns}), "utf-8")
    refusal(capsys, "predict", folder, data)


@pytest.mark.parametrize("content", ["", "[]", "null", "{", '{"columns": []}', "[" * 100_000])
def test_damaged_descriptions_are_one_line(content, model, data, tmp_path, capsys):
    folder = tmp_path / "model"
    shutil.copytree(model, folder)
    (folder / "columns.json").write_text(content, "utf-8")
    assert "cannot be loaded" in refusal(capsys, "predict", folder, data)


def test_the_saved_models_are_the_same(model, data):
    X = [[1.0, 0.5], [6.0, np.nan]]
    import pandas as pd

    frame = pd.DataFrame(X, columns=["a", "b"])
    safe, pickled = load_model(model), load_model(model, trust=True)
    np.testing.assert_array_equal(
        safe.model.predict_proba(frame), pickled.model.predict_proba(frame)
    )
    assert safe.columns == pickled.columns


def test_a_model_of_every_kind_of_column_can_be_loaded(tmp_path, capsys):
    n = 100
    columns = {
        "number": RNG.normal(size=n).round(3),
        "mostly zero": [0] * (n - 3) + [1, 2, 3],
        "gaps": ["" if i % 3 else i for i in range(n)],
        "category": ["uvw"[i % 3] for i in range(n)],
        "date": [f"2020-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(n)],
        "gappy date": ["" if i % 3 else f"{1 + i % 28}.1.2021 10:{i % 60:02d}" for i in range(n)],
        "clock": [f"{i % 24}:{i % 60:02d}" for i in range(n)],
        "text": [f"some {i} words of {i % 7} text" for i in range(n)],
        "town": [f"town{i % 45}" for i in range(n)],
    }
    rows = zip(*columns.values(), ["yes" if i % 3 else "no" for i in range(n)], strict=True)
    with (tmp_path / "d.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([[*columns, "y"], *rows])
    run("fit", tmp_path / "d.csv", "--target", "y", "--n-iter", 3)
    run("predict", tmp_path / "d_model", tmp_path / "d.csv")
    assert capsys.readouterr().out.count("\n") > n
    run("explain", tmp_path / "d_model")
    said = capsys.readouterr().out
    for words in ("3 numeric", "1 categorical", "3 dates", "2 text"):
        assert words in said


# ------------------------------------------------------------------------------- values
@pytest.mark.parametrize("cell", ["1e39", "1e308", "-1e39", "inf", "1e9999", "9" * 400])
def test_numbers_beyond_all_range_are_predicted_for(cell, model, tmp_path, capsys):
    (tmp_path / "new.csv").write_text(f"a,b\n{cell},1\n1,2\n")
    capsys.readouterr()
    run("predict", model, tmp_path / "new.csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    shares = [float(share) for row in rows for name, share in row.items() if name != "y"]
    assert np.isfinite(shares).all()


def test_words_never_seen_are_counted_on_standard_error(tmp_path, capsys):
    rows = [f"{'uvw'[i % 3]},{i % 3}" for i in range(90)]
    (tmp_path / "d.csv").write_text("\n".join(["word,y", *rows]) + "\n")
    run("fit", tmp_path / "d.csv", "--target", "y", "--n-iter", 1)
    (tmp_path / "new.csv").write_text("word\nU\nnew\nnewer\n")
    capsys.readouterr()
    run("predict", tmp_path / "d_model", tmp_path / "new.csv")
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert "2 of 3 cells hold a word that the model has not seen, such as 'new'" in printed.err
    assert printed.out.count("\n") == 4


# ------------------------------------------------------------------------------- reports that fail
@pytest.mark.parametrize("error", [ValueError("no such font"), MemoryError(), ImportError("x")])
def test_a_report_that_fails_does_not_lose_the_model(error, data, tmp_path, monkeypatch, capsys):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr("sknn_tune.command_line.report.write_report", fail)
    run("fit", data, "--target", "y", "--n-iter", 1, "--out", tmp_path / "model")
    printed = capsys.readouterr()
    assert "warning: The report could not be drawn" in printed.err
    assert load_model(tmp_path / "model").target == "y"
    assert "could not be drawn" in (tmp_path / "model" / "summary.txt").read_text("utf-8")
    assert not (tmp_path / "model" / "report.html").exists()


@pytest.mark.parametrize("where", ["file", "file/below", "dangling"])
def test_where_nothing_can_be_written_is_found_out_first(
    where, data, tmp_path, monkeypatch, capsys
):
    def fail(*args, **kwargs):
        pytest.fail("the work was started")

    monkeypatch.setattr("sknn_tune.command_line.fit.find_model", fail)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "file" / "gone")
    said = refusal(capsys, "fit", data, "--target", "y", "--out", tmp_path / where)
    assert "cannot be written" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dangling", "file"]


def test_a_full_disk_is_one_line_and_leaves_the_old_model(
    data, model, tmp_path, monkeypatch, capsys
):
    folder = tmp_path / "model"
    shutil.copytree(model, folder)

    def fail(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("joblib.dump", fail)
    arguments = ("fit", data, "--target", "y", "--n-iter", 1, "--out", folder)
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        run(*arguments)
    assert stop.value.code == 2
    assert "No space left on device" in capsys.readouterr().err
    assert load_model(folder).target == "y"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


# ------------------------------------------------------------------------------- the process
def start(*arguments, **settings):
    command = [sys.executable, "-m", "sknn_tune", *map(str, arguments)]
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **settings}
    return subprocess.Popen(command, **settings)


def test_head_ends_a_prediction_quietly(model, tmp_path):
    (tmp_path / "many.csv").write_text("a,b\n" + "1,2\n" * 50_000)
    process = start("predict", model, tmp_path / "many.csv")
    assert process.stdout.readline().startswith("y,")
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(60) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shell")
def test_a_closed_standard_output_is_no_traceback(model, data):
    command = f'exec "{sys.executable}" -m sknn_tune predict "{model}" "{data}" >&-'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") <= 1


def test_names_that_the_terminal_lacks_are_written(tmp_path):
    file = write_rows(tmp_path / "d.csv", ("größe", "日本"))
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "MPLBACKEND": "no-such-backend"}
    process = start("fit", file, "--target", "y", "--n-iter", 1, env=environment)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0
    assert "Traceback" not in err
    assert "could not be drawn" not in out
    process = start("predict", tmp_path / "d_model", file, env=environment | {}, text=False)
    out, _ = process.communicate(timeout=120)
    assert "日本" in out.decode("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signals_leave_nothing_behind(number, code, data, tmp_path, interruptible):
    process = start("fit", data, "--target", "y", "--max-time", 60, "--out", tmp_path / "model")
    deadline = time.monotonic() + 120
    while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    _, err = process.communicate(timeout=120)
    assert "Traceback" not in err
    assert process.returncode == code
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--seed", "-1", "must be from 0 to 4294967295"),
        ("--seed", str(2**32), "must be from 0 to 4294967295"),
        ("--seed", "x", "must be an integer, got 'x'"),
        ("--seed", "1.5", "must be an integer"),
        ("--n-iter", "1e9", "must be an integer"),
        ("--n-iter", "0", "must be at least 1"),
        ("--max-time", "soon", "must be a number above 0, got soon"),
        ("--max-time", "nan", "must be a number above 0"),
        ("--also", "nope", "--also knows lightgbm, xgboost, catboost; it does not know 'nope'"),
    ],
)
def test_impossible_values_of_options_are_refused(option, value, words, data, capsys):
    with pytest.raises(SystemExit) as stop:
        run("fit", data, "--target", "y", option, value)
    assert stop.value.code == 2
    err = capsys.readouterr().err
    assert option in err
    assert words in err


def test_without_the_extra_one_line_says_what_to_install(data, capsys, monkeypatch):
    monkeypatch.setattr(parser, "find_spec", lambda name: None if name == "skrub" else object())
    said = refusal(capsys, "fit", data, "--target", "y")
    assert "pip install 'sknn-tune[table]'" in said
    assert "skrub" in said


def test_unexpected_errors_are_one_line(data, capsys, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("sknn_tune.command_line.fit.find_model", fail)
    said = refusal(capsys, "fit", data, "--target", "y", code=1)
    assert "unexpected RuntimeError: two lines" in said
    monkeypatch.setenv("SKNN_TUNE_DEBUG", "1")
    with pytest.raises(RuntimeError):
        run("fit", data, "--target", "y")


def test_a_memory_that_does_not_suffice_is_one_line(data, capsys, monkeypatch):
    def fail(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr("sknn_tune.command_line.files.table.read_bytes", fail)
    assert "not enough memory" in refusal(capsys, "fit", data, "--target", "y")

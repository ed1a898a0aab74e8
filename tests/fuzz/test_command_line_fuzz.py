"""Hostile files on the command line: one clear line, or a model that predicts; nothing between."""

import csv
import io
import re
from contextlib import redirect_stderr, redirect_stdout

import numpy as np
import pytest
from fuzz.hostile_files import make_file

from sknn_tune.__main__ import main
from sknn_tune.command_line.contest.problem import make_problem
from sknn_tune.command_line.errors import BadInput
from sknn_tune.command_line.files.table import read_table

N_READ, N_FITTED = 300, 4
#: Warnings, and what a busy machine has time to say.
_IN_PASSING = r"sknn-tune: warning: |.* \(\d+ s\)$"


def run(*arguments):
    """Return the exit code of a command, and what it wrote."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as stop:
            return stop.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def check(seed, folder):
    """Fit a hostile file, and predict it if that went well."""
    name, content, target = make_file(seed)
    file = folder / name
    file.write_bytes(content)
    # A target that looks like an option is given as one word.
    code, _, err = run("fit", file, f"--target={target}", "--n-iter", 1, "--max-time", 1)
    if code != 0:
        assert code == 2, err
        said = [line for line in err.splitlines() if not re.match(_IN_PASSING, line)]
        assert len(said) == 1, err
        assert said[0].startswith(f"sknn-tune: {file}: "), err
        assert [path.name for path in folder.iterdir()] == [name]
        return False
    model = folder / "data_model"
    assert {path.name for path in folder.iterdir()} == {name, "data_model"}
    assert (model / "report.html").exists(), err
    code, out, err = run("predict", model, file, "--raw")
    assert code == 0, err
    rows = list(csv.reader(io.StringIO(out)))
    assert len(rows) == read_table(file).n_rows + 1
    if len(rows[0]) > 1:
        shares = np.array([row[1:] for row in rows[1:]], dtype=float)
        np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-3)
    return True


@pytest.mark.filterwarnings("ignore")
def test_hostile_files_are_a_problem_or_one_line(tmp_path):
    read = 0
    for seed in range(N_READ):
        name, content, target = make_file(seed)
        (tmp_path / name).write_bytes(content)
        try:
            problem = make_problem(read_table(tmp_path / name), target)
        except BadInput:
            continue
        read += 1
        assert len(problem.y) == len(problem.X) > 0
        assert not problem.X.columns.duplicated().any()
    assert N_READ / 5 < read < N_READ


@pytest.mark.filterwarnings("ignore")
def test_some_hostile_files_are_fitted_or_refused(tmp_path):
    for seed in range(N_FITTED):
        (tmp_path / str(seed)).mkdir()
        check(seed, tmp_path / str(seed))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(N_FITTED, N_READ))
def test_hostile_files_are_fitted_or_refused(seed, tmp_path):
    check(seed, tmp_path)

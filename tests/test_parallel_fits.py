"""What `diagnose` and `consistency` show while they fit."""

import io
import re

import pytest
from joblib import delayed
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from sknn_tune import consistency, diagnose
from sknn_tune.quality import parallel_fits
from sknn_tune.quality.parallel_fits import run_fits

X, y = load_iris(return_X_y=True)
TREE = DecisionTreeClassifier(max_depth=1, random_state=0)


def squares(n, **options):
    tasks = (delayed(pow)(i, 2) for i in range(n))
    return run_fits(tasks, n, **{"n_jobs": None, "verbose": 1, "description": "Fitting"} | options)


@pytest.mark.parametrize("options", [{}, {"verbose": 0}, {"n_jobs": 2}])
def test_results_come_in_order(options):
    assert squares(5, **options) == [0, 1, 4, 9, 16]


def test_lines_tell_what_is_fitted_and_not_too_often(capsys, monkeypatch):
    squares(20)
    assert capsys.readouterr().out == "Fitting: 20 fits\n"
    monkeypatch.setattr(parallel_fits, "INTERVAL", 0.0)
    squares(3)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "Fitting: 1 of 3 fits",
        "Fitting: 2 of 3 fits",
    ]


def test_a_terminal_gets_a_bar(monkeypatch):
    rich = pytest.importorskip("rich")
    screen = io.StringIO()
    rich.reconfigure(file=screen, force_terminal=True, width=100)
    monkeypatch.setattr(parallel_fits, "_with_lines", None)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    try:
        squares(4)
    finally:
        rich.reconfigure()
    assert "4/4" in screen.getvalue()


def test_diagnose_says_what_it_tries(capsys):
    quiet = diagnose(TREE, X, y, cv=3, random_state=0)
    assert capsys.readouterr().out == ""
    shown = diagnose(TREE, X, y, cv=3, random_state=0, verbose=1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["Fitting model: 3 fits", "Fitting chance: 3 fits"]
    assert any(re.search("on 25% of the rows", line) for line in lines)
    assert sum(int(re.search(r"(\d+) fits", line)[1]) for line in lines) == shown.n_fits
    assert shown.parts == quiet.parts


def test_consistency_says_which_model_it_fits(capsys):
    report = consistency([TREE, TREE], X, y, cv=3, n_seeds=2, random_state=0, verbose=True)
    assert capsys.readouterr().out.splitlines() == [
        f"Fitting {name}: 6 fits" for name in report.models
    ]


@pytest.mark.parametrize("function", [diagnose, consistency])
@pytest.mark.parametrize("verbose", [-1, 0.5, "yes", None])
def test_verbose_is_checked(function, verbose):
    with pytest.raises(ValueError, match="verbose must be an integer of at least 0"):
        function(TREE, X, y, verbose=verbose)

"""The command line: its commands, the demo, and what it refuses."""

import re
import subprocess
import sys

import pytest

import sknn_tune
from sknn_tune.__main__ import main
from sknn_tune.command_line.demo import run_demo


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_demo_shows_four_ways_to_tune(capsys):
    run_demo(n_trials=2, n_seeds=2)
    printed = capsys.readouterr().out
    spread = r"([\d.]+) \(([\d.]+) to ([\d.]+)\)"
    for name in ("by hand", "grid", "random", "Bayesian"):
        row = re.search(rf"(?m)^{name}\s+{spread}\s+{spread}\s+[\d.]+$", printed)
        for median, low, high in (map(float, row.groups()[i : i + 3]) for i in (0, 3)):
            assert 0 < low <= median <= high < 2.6
    assert re.search(r"beats random search on the folds with [012] of 2 seeds", printed)
    assert re.search(r"takes scikit-learn's network [\d.]+ times as long", printed)


def test_demo_is_a_command(monkeypatch):
    calls = []
    monkeypatch.setattr("sknn_tune.command_line.demo.run_demo", lambda: calls.append("demo"))
    main(["demo"])
    assert calls == ["demo"]


def test_python_dash_m_runs_the_command_line():
    command = [sys.executable, "-m", "sknn_tune", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == sknn_tune.__version__


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["unknown"],
        ["fit", "data.csv"],
        ["fit", "data.csv", "--target", "y", "--max-time", "0"],
        ["fit", "data.csv", "--target", "y", "--max-time", "nan"],
        ["fit", "data.csv", "--target", "y", "--n-iter", "0"],
        ["fit", "data.csv", "--target", "y", "--task", "clustering"],
        ["predict", "folder"],
    ],
)
def test_unknown_commands_and_wrong_options_are_refused(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: sknn-tune" in capsys.readouterr().err

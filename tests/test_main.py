"""The command line."""

import re
import subprocess
import sys

import pytest

import sknn_tune
from sknn_tune.__main__ import main
from sknn_tune.demo import GRID, run_demo


@pytest.fixture
def small_grid():
    return {name: values[:1] for name, values in GRID.items()}


def test_demo_reports_both_libraries_and_their_ratio(small_grid, capsys):
    run_demo(small_grid)
    printed = capsys.readouterr().out
    seconds = {}
    for name in ("sknn_tune", "scikit-learn"):
        row = re.search(rf"(?m)^{name}\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)", printed)
        seconds[name], cross_validated, held_out = map(float, row.groups())
        assert 0.85 < cross_validated < 1
        assert 0.85 < held_out < 1
    ratio = float(re.search(r"4 fits each; scikit-learn took ([\d.]+) times", printed).group(1))
    assert ratio == pytest.approx(seconds["scikit-learn"] / seconds["sknn_tune"], rel=0.2)


def test_demo_is_a_command(monkeypatch):
    calls = []
    monkeypatch.setattr("sknn_tune.__main__.run_demo", lambda: calls.append("demo"))
    main(["demo"])
    assert calls == ["demo"]


def test_python_dash_m_runs_the_command_line():
    command = [sys.executable, "-m", "sknn_tune", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == sknn_tune.__version__


@pytest.mark.parametrize("arguments", [[], ["unknown"]])
def test_unknown_commands_are_refused(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: sknn-tune" in capsys.readouterr().err

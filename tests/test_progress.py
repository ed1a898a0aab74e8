"""What a search shows while it runs."""

import io
import logging
import re
from types import SimpleNamespace

import pytest
from search_problems import SPACE, Hill, X, y

from sknn_tune import BayesSearchCV
from sknn_tune.search.trials.progress import Pace, as_duration


def search_of(**kwargs):
    return BayesSearchCV(Hill(), SPACE, **{"n_iter": 4, "cv": 2, "random_state": 0, **kwargs})


def test_a_line_a_trial_without_a_terminal(capsys):
    search = search_of(verbose=1).fit(X, y)
    lines = [li for li in capsys.readouterr().out.splitlines() if li.startswith("Trial ")]
    scores = search.cv_results_["mean_test_score"]
    assert len(lines) == 4
    for number, line in enumerate(lines):
        assert f"score {scores[number]:.4g}" in line
        assert f"{number + 1} of 4 configurations" in line
    assert f"best {scores.max():.4g}"[:8] in lines[-1]
    assert lines[-1].endswith("0:00:00 left")


def test_lines_tell_the_resource(capsys):
    search_of(verbose=1, resource="max_iter", min_resources=3).fit(X, y)
    first = capsys.readouterr().out.partition("Trial 1")[2].splitlines()[0]
    assert first.startswith(" with 3 resources: score")
    assert " 3 of at most 33 resources, best" in first


def test_silence(capsys):
    search_of().fit(X, y)
    assert capsys.readouterr().out == ""


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_in_a_terminal(monkeypatch):
    pytest.importorskip("rich")
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    search_of(verbose=1).fit(X, y)
    assert re.search(r"4/4.* best -", terminal.getvalue())
    assert "Trial " not in terminal.getvalue()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_the_logger_has_the_rest(caplog):
    with caplog.at_level(logging.DEBUG, "sknn_tune.search"):
        search_of().fit(X, y)
    messages = [record.getMessage() for record in caplog.records]
    assert sum("starts" in message for message in messages) == 4
    assert sum("ended: score" in message for message in messages) == 4


def test_durations():
    assert as_duration(3725.4) == "1:02:05"
    plan = SimpleNamespace(done=4, total=10)
    pace = Pace(plan, end=float("inf"))
    pace._start -= 30
    plan.done = 7
    assert pace.seconds_left() == pytest.approx(30, abs=1)
    plan.done = 10
    assert pace.seconds_left() == 0

"""What a search shows while it runs."""

import io
import logging
import re
from types import SimpleNamespace

import pytest
from search_problems import SPACE, Hill, X, y
from sklearn.model_selection import ShuffleSplit

from sknn_tune import BayesSearchCV
from sknn_tune.search.trials.progress import Pace, as_duration

ONE_SPLIT = ShuffleSplit(1, random_state=0)


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
    assert " 3 of at most 24 resources, best" in first


LONG_SCORES = {"a": [-0.43162, -0.43158, -0.4316]}


class GivesItself(Hill):
    def score(self, X, y):
        return self.a


def test_scores_are_rounded_not_cut(capsys):
    search = BayesSearchCV(GivesItself(), LONG_SCORES, n_iter=3, cv=2, verbose=1, random_state=0)
    search.fit(X, y)
    last = capsys.readouterr().out.splitlines()[-1]
    assert "best -0.4316," in last


@pytest.mark.parametrize(
    ("kwargs", "says"),
    [
        ({"cv": 5, "n_iter": 10}, "Fitting 5 folds for each of 10 candidates, totalling 50 fits"),
        ({"cv": ONE_SPLIT}, "Fitting 1 fold for each of 4 candidates, totalling 4 fits"),
        ({"n_iter": 1}, "Fitting 2 folds for each of 1 candidate, totalling 2 fits"),
        (
            {"max_time": 60.0},
            "Fitting 2 folds for each of at most 4 candidates, totalling at most 8 fits",
        ),
        (
            {"tol": 1e-9},
            "Fitting 2 folds for each of at most 4 candidates, totalling at most 8 fits",
        ),
        (
            {"resource": "max_iter", "min_resources": 3},
            "Fitting 2 folds for each of at most 4 candidates, "
            "giving out 24 resources on each fold",
        ),
    ],
)
def test_what_is_announced(kwargs, says, capsys):
    search_of(verbose=1, **kwargs).fit(X, y)
    assert capsys.readouterr().out.splitlines()[0] == says


@pytest.mark.filterwarnings("ignore:The total space of parameters")
def test_no_more_is_announced_than_a_finite_space_has(capsys):
    space = {"a": [0.0, 1.0, 2.0]}
    first = BayesSearchCV(Hill(), space, n_iter=50, cv=2, verbose=1).fit(X, y)
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "Fitting 2 folds for each of 3 candidates, totalling 6 fits"
    assert "3 of 3 configurations" in out[-1]
    table = {name: values[:2] for name, values in first.cv_results_.items()}
    BayesSearchCV(Hill(), space, n_iter=50, cv=2, verbose=1, prior_results=table).fit(X, y)
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "Fitting 2 folds for each of 1 candidate, totalling 2 fits"


def test_what_is_stored_is_announced(tmp_path, capsys):
    search_of(storage=tmp_path / "search.db", n_iter=3).fit(X, y)
    search_of(storage=tmp_path / "search.db", n_iter=5, verbose=1).fit(X, y)
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.endswith("totalling 10 fits; 3 candidates were finished before")
    assert "5 of 5 configurations" in last


@pytest.mark.parametrize("max_time", [None, 0.5])
def test_a_bar_counts_the_time_where_that_ends_the_search(max_time, monkeypatch):
    pytest.importorskip("rich")
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    n_iter = 4 if max_time is None else 100_000
    BayesSearchCV(
        Hill(seconds=0.01), SPACE, n_iter=n_iter, cv=2, verbose=1, max_time=max_time, refit=False
    ).fit(X, y)
    shown = terminal.getvalue()
    assert ("4/4" in shown) == (max_time is None)
    if max_time is not None:
        assert "of 100000 configurations" in shown
        assert "/100000" not in shown
        percent = [int(found) for found in re.findall(r"(\d+)%", shown)]
        assert percent[-1] > 50


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

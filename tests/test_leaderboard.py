"""Scores of the test rows with intervals, comparisons of models, and what is said about them."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, r2_score

from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.contest import baselines
from sknn_tune.command_line.contest.baselines import (
    BOOSTING,
    DUMMY,
    OTHERS,
    check_others,
    fit_other,
    make_baselines,
)
from sknn_tune.command_line.contest.leaderboard import TUNED, Leaderboard
from sknn_tune.command_line.contest.preparation import make_linear_preparation, make_preparation
from sknn_tune.command_line.contest.problem import make_problem
from sknn_tune.command_line.contest.scores import (
    METRICS,
    Interval,
    choose_metric,
    difference_of,
    interval_of,
    predict_test,
)
from sknn_tune.command_line.errors import BadInput
from sknn_tune.command_line.files.table import Table
from sknn_tune.command_line.report import draw_leaderboard

RNG = np.random.default_rng(0)


class Says:
    """A classifier that gives all rows the same probabilities, or those of each row."""

    classes_ = np.array(["a", "b"])

    def __init__(self, share):
        self.share = share

    def predict_proba(self, X):
        share = np.broadcast_to(self.share, len(X))
        return np.c_[1 - share, share]


class Numbers:
    """A regressor that returns what it was given."""

    def __init__(self, values):
        self.values = values

    def predict(self, X):
        return self.values


def score(metric, model, y):
    prediction = predict_test(model, np.zeros((len(y), 1)), y)
    losses = METRICS[metric].loss(prediction.truth, prediction.values)
    return interval_of(METRICS[metric], losses, y)


def test_scores_of_classifiers_are_those_of_scikit_learn():
    y = RNG.choice(["a", "b"], 80)
    share = RNG.uniform(0.01, 0.99, 80)
    p = np.c_[1 - share, share]
    assert score("log-loss", Says(share), y).value == pytest.approx(log_loss(y, p))
    hits = accuracy_score(y, np.array(["a", "b"])[(share > 0.5).astype(int)])
    assert score("accuracy", Says(share), y).value == pytest.approx(hits)


def test_scores_of_regressors_are_those_of_scikit_learn():
    y = RNG.normal(size=80) + 1e6
    predicted = y + 0.3 * RNG.normal(size=80)
    r2 = score("R2", Numbers(predicted), y)
    assert r2.value == pytest.approx(r2_score(y, predicted))
    assert r2.low < r2.value < r2.high <= 1
    assert score("mae", Numbers(predicted), y).value == pytest.approx(
        mean_absolute_error(y, predicted)
    )
    rmse = score("rmse", Numbers(predicted), y)
    assert rmse.value == pytest.approx(np.sqrt(np.mean((y - predicted) ** 2)))


def test_what_is_next_to_nothing_is_shown_as_zero():
    assert str(Interval(-3e-4, -4.455e-3, -1.403e-6)) == "-0.0003 (95 % interval -0.004455 to 0)"
    assert str(Interval(-5.963e-6, -1.888e-3, 0.0)) == "0 (95 % interval -0.001888 to 0)"
    assert str(Interval(2e-7, 1e-7, 3e-7)) == "2e-07 (95 % interval 1e-07 to 3e-07)"
    assert str(Interval(4214, 3401, 0.0)) == "4,214 (95 % interval 3,401 to 0)"


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    hits = 0
    for _ in range(60):
        y = RNG.choice(["a", "b"], size=200, p=[0.3, 0.7])
        accuracy = score("accuracy", Says(0.7), y)
        hits += accuracy.low <= 0.7 <= accuracy.high
    assert hits >= 52


@pytest.mark.parametrize("name", METRICS)
def test_a_gain_is_positive_where_ours_is_better(name):
    metric = METRICS[name]
    y = RNG.choice(["a", "b"], 200) if metric.task == "classification" else RNG.normal(size=200)
    ours, theirs = RNG.uniform(0, 0.1, 200), RNG.uniform(0.3, 0.5, 200)
    gain = difference_of(metric, ours, theirs, y)
    assert 0 < gain.low <= gain.value <= gain.high
    back = difference_of(metric, theirs, ours, y)
    assert back.value == pytest.approx(-gain.value)
    same = difference_of(metric, ours, ours, y)
    assert same == (0, 0, 0)


def test_a_metric_of_the_other_task_is_refused():
    assert choose_metric(None, "regression").name == "R2"
    with pytest.raises(BadInput, match="take one of log-loss, accuracy"):
        choose_metric("R2", "classification")


# ------------------------------------------------------------------------------- the verdict
def board_of(ours, boosting, dummy, n_rows=400):
    y = RNG.choice(["a", "b"], n_rows)
    right = (y == "b").astype(float)
    board = Leaderboard(METRICS["log-loss"], y)
    X = np.zeros((n_rows, 1))
    for name, certainty in ((TUNED, ours), (BOOSTING, boosting), (DUMMY, dummy)):
        noise = RNG.uniform(-0.05, 0.05, n_rows)
        share = 0.5 + (right - 0.5) * 2 * (certainty - 0.5) + noise
        board.add(name, Says(np.clip(share, 0.01, 0.99)), X, 1.0)
    return board


def test_the_verdict_says_who_is_better_and_by_how_much():
    board = board_of(ours=0.9, boosting=0.8, dummy=0.5)
    sentence, warnings = board.verdict(TUNED)
    assert f"better than {BOOSTING} by" in sentence
    assert f"better than {DUMMY} by" in sentence
    assert warnings == []
    assert [entry.name for entry in board] == [TUNED, BOOSTING, DUMMY]


def test_a_model_that_is_behind_is_warned_of():
    sentence, warnings = board_of(ours=0.6, boosting=0.8, dummy=0.6).verdict(TUNED)
    assert f"worse than {BOOSTING} by" in sentence
    assert f"level with {DUMMY}" in sentence
    assert any("Boosted trees" in warning for warning in warnings)
    assert any("not surely better than one that looks at no column" in w for w in warnings)


@pytest.mark.parametrize(("dummy", "n_circles"), [(0.75, 3), (0.02, 2)])
def test_the_picture_has_a_row_for_each_model_and_no_room_for_a_far_dummy(dummy, n_circles):
    pytest.importorskip("matplotlib")
    board = board_of(ours=0.9, boosting=0.8, dummy=dummy)
    (ax,) = draw_leaderboard(board).axes
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [DUMMY, BOOSTING, TUNED]
    low, high = ax.get_ylim()
    assert all(low < place < high for place in ax.get_yticks())
    circles = [line for line in ax.lines if line.get_marker() == "o"]
    assert len(circles) == n_circles
    assert [text.get_text()[-1] for text in ax.texts] == ["→"] * (3 - n_circles)


# ------------------------------------------------------------------------------- baselines
@pytest.fixture(scope="module")
def problem():
    X, y = make_classification(400, 5, n_informative=3, random_state=0)
    cells = {f"x{i}": [f"{value:.4f}" for value in X[:, i]] for i in range(5)}
    cells["word"] = [["u", "v", ""][i % 3] for i in range(400)]
    found = make_problem(Table(cells | {"y": [str(label) for label in y]}, ".", []), "y")
    preparation = make_preparation(found.columns)
    return found._replace(
        X=preparation.fit_transform(found.X), X_test=preparation.transform(found.X_test)
    )


def test_baselines_beat_the_dummy_and_take_frames(problem):
    board = Leaderboard(METRICS["log-loss"], problem.y_test)
    for contender in make_baselines(problem):
        model = contender.fit(Clock.of(100))
        board.add(contender.name, model, problem.X_test, 0.0, contender.remark(model))
    assert next(iter(board)).name == BOOSTING
    assert all(entry.remark == "" for entry in board)


def test_boosting_without_time_has_fewer_trees_and_says_so(problem):
    boosting = next(c for c in make_baselines(problem) if c.name == BOOSTING)
    model = boosting.fit(Clock.of(0.0))
    assert "10 of 100 trees" in boosting.remark(model)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_logistic_regression_without_time_has_fewer_steps_and_says_so(problem, monkeypatch):
    monkeypatch.setattr(baselines, "_FIRST_STEPS", 2)
    logistic = next(c for c in make_baselines(problem) if c.name == "logistic regression")
    model = logistic.fit(Clock.of(0.0))
    assert logistic.remark(model) == "2 of 200 steps, for lack of time"
    whole = logistic.fit(Clock.of(1000.0))
    assert logistic.remark(whole) == ""
    X = make_linear_preparation(["word"]).fit_transform(problem.X)
    at_once = LogisticRegression(max_iter=200).fit(X, problem.y)
    shares = whole.predict_proba(problem.X)
    np.testing.assert_allclose(shares, at_once.predict_proba(X), atol=1e-3)


@pytest.mark.parametrize("name", OTHERS)
def test_models_of_other_packages_take_frames(problem, name):
    pytest.importorskip(OTHERS[name])
    model = fit_other(problem, name)
    board = Leaderboard(METRICS["accuracy"], problem.y_test)
    assert board.add(name, model, problem.X_test, 0.0).figure.value > 0.7


def test_a_package_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(baselines, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match="pip install lightgbm"):
        check_others(("lightgbm",))


def test_baselines_take_categories_of_many_words():
    cells = {
        "word": [f"w{i % 300}" for i in range(3000)],
        "y": ["no" if i % 300 < 150 else "yes" for i in range(3000)],
    }
    problem = make_problem(Table(cells, ".", []), "y")
    assert [len(column.words) for column in problem.columns] == [300]
    accuracy = METRICS["accuracy"]
    board = Leaderboard(accuracy, problem.y_test)
    for contender in make_baselines(problem):
        board.add(contender.name, contender.fit(Clock.of(100)), problem.X_test, 0.0)
    figures = {entry.name: entry.figure.value for entry in board}
    assert figures[BOOSTING] > 0.95
    assert figures["logistic regression"] > figures[DUMMY]

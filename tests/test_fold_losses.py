"""Losses of models that were fitted in folds, and verdicts that rest on all rows."""

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.model_selection import KFold, cross_val_predict

from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.contest.baselines import BOOSTING, DUMMY, make_baselines
from sknn_tune.command_line.contest.fold_losses import (
    choose_folds,
    losses_of_baseline,
    losses_of_network,
)
from sknn_tune.command_line.contest.leaderboard import DEFAULT, TUNED, Leaderboard
from sknn_tune.command_line.contest.networks import make_network
from sknn_tune.command_line.contest.problem import make_problem
from sknn_tune.command_line.contest.scores import (
    METRICS,
    FoldLosses,
    adjusted_difference,
    difference_of,
)
from sknn_tune.command_line.files.table import Table


def problem_of(make, n_rows=200):
    X, y = make(n_rows, n_features=4, random_state=0)
    cells = {f"x{i}": [f"{value:.4f}" for value in X[:, i]] for i in range(4)}
    return make_problem(Table(cells | {"y": [str(value) for value in y]}, ".", []), "y")


@pytest.fixture(scope="module")
def classes():
    return problem_of(make_classification)


@pytest.fixture(scope="module")
def numbers():
    return problem_of(make_regression)


# ------------------------------------------------------------------------------- models in folds
def test_each_row_is_predicted_by_a_baseline_that_lacks_it(numbers):
    metric = METRICS["R2"]
    folds = choose_folds(numbers, affordable=3.9)
    assert len(folds) == 3
    losses = losses_of_baseline("linear regression", numbers, metric, folds)
    linear = next(c for c in make_baselines(numbers) if c.name == "linear regression")
    model = linear.fit(Clock.of(9.0))
    cv = KFold(3, shuffle=True, random_state=0)
    predicted = cross_val_predict(model, numbers.X, numbers.y, cv=cv)
    np.testing.assert_allclose(losses.rest, (predicted - numbers.y) ** 2)
    assert losses.test.shape == numbers.y_test.shape


@pytest.mark.parametrize("name", ["classes", "numbers"])
def test_the_members_of_a_fold_predict_the_rows_they_left_out(name, request):
    problem = request.getfixturevalue(name)
    metric = METRICS["log-loss" if name == "classes" else "R2"]
    network = make_network(problem, 60.0).set_params(max_epochs=1).fit(problem.X, problem.y)
    of_folds = network._of_each_fold()  # of one epoch: none was chosen by some of the rows
    assert len(of_folds) == 5
    predict = "predict_proba" if name == "classes" else "predict"
    as_members = np.stack([getattr(part, predict)(problem.X) for part in of_folds])
    gaps = abs(as_members - network.oof_prediction_).reshape(5, len(problem.y), -1).max(axis=2)
    np.testing.assert_allclose(gaps.min(axis=0), 0, atol=1e-4)
    losses = losses_of_network(network, problem, metric)
    assert metric.of(losses.rest, problem.y) == pytest.approx(
        -np.mean(np.log(network.oof_prediction_[np.arange(len(problem.y)), problem.y.astype(int)]))
        if name == "classes"
        else network.oof_score_
    )


def test_no_folds_without_time_or_without_a_class_in_each(classes):
    assert choose_folds(classes, affordable=1.9) == []
    assert len(choose_folds(classes, affordable=1e9)) == 5
    rows = np.arange(len(classes.y))
    apart = classes.y == classes.y[0]
    grouped = classes._replace(
        has_design=True, pairs=[(rows[apart], rows[~apart]), (rows[~apart], rows[apart])]
    )
    assert choose_folds(grouped, affordable=1e9) == []


# ------------------------------------------------------------------------------- the comparison
def made_losses(rng, metric, n_test=60, n_rest=240, gain=0.1):
    """Losses of two models and of their kinds in folds; hard rows are hard for theirs."""
    hard = rng.exponential(size=n_test + n_rest)
    ours = 0.5 + 0.02 * rng.normal(size=len(hard)) ** 2
    theirs = ours + gain * hard
    worse = 1.3  # in folds
    noise = 0.02 * rng.normal(size=(2, len(hard))) ** 2
    folds = [
        FoldLosses(worse * part[n_test:], worse * part[:n_test], np.zeros(n_rest))
        for part in (ours + noise[0], theirs + noise[1])
    ]
    return (ours[:n_test], theirs[:n_test]), np.array(["a", "b"] * (n_test // 2)), folds


def test_the_luck_of_the_test_rows_is_taken_off():
    rng, metric = np.random.default_rng(0), METRICS["log-loss"]
    found = {difference_of: [], adjusted_difference: []}
    for _ in range(60):
        losses, y, folds = made_losses(rng, metric)
        found[difference_of].append(difference_of(metric, *losses, y))
        found[adjusted_difference].append(adjusted_difference(metric, losses, y, folds))
    plain, adjusted = (np.array(intervals) for intervals in found.values())
    # The truth is 0.1 though models in folds differ by 0.13.
    assert adjusted[:, 0].mean() == pytest.approx(0.1, abs=0.003)
    assert np.sum((adjusted[:, 1] <= 0.1) & (adjusted[:, 2] >= 0.1)) >= 51
    assert np.mean((adjusted[:, 0] - 0.1) ** 2) < 0.5 * np.mean((plain[:, 0] - 0.1) ** 2)
    assert np.ptp(adjusted[:, 1:], axis=1).mean() < 0.7 * np.ptp(plain[:, 1:], axis=1).mean()


def test_the_unit_is_that_of_the_metric_on_all_rows():
    rng = np.random.default_rng(0)
    y, y_rest = 1e3 + rng.normal(size=50), 1e3 + 2 * rng.normal(size=200)
    errors = 0.3 * rng.normal(size=250) ** 2
    folds = [FoldLosses(k * errors[50:], k * errors[:50], y_rest) for k in (1, 2)]
    losses = errors[:50], 2 * errors[:50]
    gain = adjusted_difference(METRICS["R2"], losses, y, folds)
    # As the models in folds are the models, nothing is left of the test rows but their part.
    expected = errors.mean() / np.var(np.r_[y, y_rest])
    assert gain.value == pytest.approx(expected, rel=0.01)
    assert gain.low < gain.value < gain.high


def test_unlike_models_in_folds_change_nothing():
    rng = np.random.default_rng(0)
    losses, y = tuple(rng.uniform(size=(2, 40))), np.array(["a", "b"] * 20)
    same = FoldLosses(np.ones(90), np.ones(40), np.zeros(90))
    gain = adjusted_difference(METRICS["log-loss"], losses, y, (same, same))
    plain = difference_of(METRICS["log-loss"], *losses, y)
    np.testing.assert_allclose(gain, plain)


def test_the_verdict_says_on_how_many_rows_it_rests():
    (ours, theirs), y, folds = made_losses(np.random.default_rng(0), METRICS["log-loss"])
    board = Leaderboard(METRICS["log-loss"], y)
    for name, losses in ((TUNED, ours), (BOOSTING, theirs), (DUMMY, theirs + 1)):
        p = np.exp(-losses)
        board.add(name, _Right(p, y), y, 1.0)
    before = board.compare(TUNED, BOOSTING)
    assert before.n_rows == 60
    assert "rests on" not in board.verdict(TUNED)[0]
    board.add_folds(DEFAULT, folds[0])
    board.add_folds(BOOSTING, folds[1])
    after = board.compare(TUNED, BOOSTING)
    assert after.n_rows == 300
    assert after.gain != before.gain
    sentence, _ = board.verdict(TUNED)
    assert sentence.endswith(
        f"The comparison with {BOOSTING} rests on all 300 rows, each predicted by models that "
        "have not seen it."
    )


class _Right:
    """Gives the right class of each row the probability that it was given."""

    classes_ = np.array(["a", "b"])

    def __init__(self, p, y):
        self._p, self._y = p, y

    def predict_proba(self, X):
        is_second = self._y == "b"
        return np.c_[
            np.where(is_second, 1 - self._p, self._p)[:, np.newaxis],
            np.where(is_second, self._p, 1 - self._p)[:, np.newaxis],
        ]

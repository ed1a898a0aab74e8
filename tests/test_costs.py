"""Searches under a time limit reckon with what configurations take; others do not."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import uniform
from search_problems import Hill, X, y

from sknn_tune import BayesSearchCV
from sknn_tune.search.engine.costs import FREE, Costs, LogSeconds
from sknn_tune.search.engine.fidelity import Rungs
from sknn_tune.search.engine.optimizer import SequentialOptimizer
from sknn_tune.search.engine.pareto_optimizer import ParetoOptimizer
from sknn_tune.search.engine.space import Space
from sknn_tune.search.resource import Resource
from sknn_tune.search.storage.trial_records import TrialRecord
from sknn_tune.search.trials import plan as plans
from sknn_tune.search.trials.fidelity_plan import FidelityPlan
from sknn_tune.search.trials.plan import OVERHEAD, TrialPlan

SPACE = Space({"x": uniform(0, 1), "z": uniform(0, 1)})


def no_time():
    """The time left where it is so short that the seconds count in full."""
    return 1e-9


def symmetric(params):
    """A score that says nothing for small x or for large."""
    return -((params["z"] - 0.5) ** 2) - (abs(params["x"] - 0.5) - 0.3) ** 2


def slow_where_x_is_large(params):
    return 10.0 ** (3 * params["x"] - 1)


def proposals(costs, seconds=slow_where_x_is_large, n_trials=15):
    """What a plan asks for, of trials that take `seconds`."""
    plan = TrialPlan(SequentialOptimizer(SPACE, 0, costs=costs), n_trials, costs=costs)
    while trial := plan.next([]):
        trial.folds = [{"fit_time": seconds(trial.params), "score_time": 0.0}]
        trial.score = symmetric(trial.params)
        plan.tell(trial)
    return np.array([list(trial.params.values()) for trial in plan.finished])


def test_without_a_limit_the_seconds_do_not_matter():
    slow, fast = proposals(FREE), proposals(FREE, lambda params: 1e-3)
    assert_array_equal(slow, fast)
    assert_array_equal(slow, proposals(Costs(SPACE, lambda: 1e9)))


def test_of_equally_promising_ones_the_faster_is_tried():
    free, early = proposals(FREE), proposals(Costs(SPACE, no_time))
    assert (early[4:, 0] < 0.5).mean() > (free[4:, 0] < 0.5).mean() + 0.2
    # Where all take as long, nothing is gained by haste.
    alike = proposals(Costs(SPACE, no_time), lambda params: 2.0)
    assert_allclose(alike, free, atol=1e-4)


def test_the_seconds_of_others_are_learned():
    rng = np.random.default_rng(0)
    data, other = rng.random((30, 2)), rng.random((20, 2))
    model = LogSeconds(data, SPACE.groups, 3 * data[:, 0] + data[:, 1] ** 2)
    assert_allclose(model(other), 3 * other[:, 0] + other[:, 1] ** 2, atol=0.1)


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_gradient(share):
    rng = np.random.default_rng(0)
    taken = []
    optimizer = SequentialOptimizer(SPACE, 0)
    costs = Costs(SPACE, lambda: (1 - share) * 5 * np.mean(taken))
    for _ in range(8):
        params = SPACE.sample(rng)
        optimizer.tell(params, symmetric(params))
        taken.append(slow_where_x_is_large(params))
        costs.tell(params, slow_where_x_is_large(params), 5)
    assert costs.power() == pytest.approx(share)
    plain = optimizer._improvement(np.empty((0, 2)), rng)
    weighed, points = costs.weigh(plain), rng.random((5, 2))
    seconds = np.array([slow_where_x_is_large({"x": x}) for x, _ in points])
    assert_allclose(weighed(points), plain(points) - share * np.log(seconds), atol=1.0)
    assert_array_equal(weighed.order_of_observed(), plain.order_of_observed())
    value, gradient = weighed.with_gradient(points)
    assert_allclose(value, weighed(points))
    for j in range(2):
        step = np.zeros(2)
        step[j] = 1e-6
        slope = (weighed(points + step) - weighed(points - step)) / 2e-6
        assert_allclose(gradient[:, j], slope, rtol=1e-4, atol=1e-5)


def test_what_failed_says_nothing_of_the_seconds():
    class Kept(list):
        def tell(self, params, seconds, n_left):
            self.append(seconds)

    kept = Kept()
    plan = TrialPlan(SequentialOptimizer(SPACE, 0), 5, costs=kept)
    for score in (1.0, np.nan, 2.0):
        trial = plan.next([])
        trial.score = score
        trial.folds = [{"fit_time": 1.0, "score_time": 0.5}] * 2
        plan.tell(trial)
    assert kept == [3.0 + OVERHEAD] * 2


@pytest.mark.parametrize("continues", [False, True])
def test_seconds_are_those_of_one_unit_of_the_resource(continues):
    class Kept(list):
        def tell(self, params, seconds, n_left):
            self.append(seconds)

    kept = Kept()
    resource = Resource("epochs", (1, 3, 9), 3, continues=continues)
    optimizer = SequentialOptimizer(SPACE, 0, rungs=Rungs("epochs", (1, 3, 9)))
    plan = FidelityPlan(optimizer, resource, 9, costs=kept)
    for number, (amount, seconds) in enumerate([(1, 2.0), (3, 6.0), (9, 9.0)]):
        folds = [{"fit_time": seconds - OVERHEAD, "score_time": 0.0}]
        params = {"x": 0.5, "z": 0.5}
        plan.tell(TrialRecord(number, params, folds, 1.0, configuration=0, n_resources=amount))
    assert kept == pytest.approx([2.0, 3.0, 1.5] if continues else [2.0, 2.0, 1.0])


def test_with_a_resource_slow_epochs_are_dear():
    """Of two configurations that promise the same, the faster is continued."""
    rungs = (1, 3, 9)
    for left, continued in ((1e9, 0), (1e-9, 1)):
        costs = Costs(SPACE, lambda left=left: left)
        optimizer = SequentialOptimizer(SPACE, 0, rungs=Rungs("epochs", rungs), costs=costs)
        plan = FidelityPlan(optimizer, Resource("epochs", rungs, 3, True), 30, costs=costs)
        rng = np.random.default_rng(0)
        points = [{"x": 0.8, "z": 0.5}, {"x": 0.2, "z": 0.6}]
        points += [SPACE.sample(rng) for _ in range(14)]
        for number, params in enumerate(points):
            folds = [{"fit_time": slow_where_x_is_large(params), "score_time": 0.0}]
            score = symmetric(params)
            plan.tell(TrialRecord(number, params, folds, score, number, n_resources=1))
        options = plan._paused([])[:2]
        assert plan._most_promising(options, []).configuration == continued


def test_several_objectives_by_seconds():
    costs = Costs(SPACE, no_time)
    means = []
    for each in (FREE, costs):
        optimizer = ParetoOptimizer(SPACE, 0, 2, costs=each)
        for _ in range(12):
            params = optimizer.ask()
            optimizer.tell(params, (symmetric(params), -((params["z"] - 0.7) ** 2)))
            costs.tell(params, slow_where_x_is_large(params), 5)
        means.append(np.mean([trial.params["x"] for trial in optimizer.trials[4:]]))
    assert means[1] < means[0]


def test_a_limited_search_prefers_what_takes_less(monkeypatch):
    monkeypatch.setattr(plans, "usual_seconds", lambda trial: 10.0 ** trial.params["a"])

    def mean_a(max_time):
        search = BayesSearchCV(
            Flat(),
            {"a": uniform(-5, 10), "b": uniform(1, 9)},
            n_iter=14,
            cv=2,
            random_state=0,
            max_time=max_time,
            refit=False,
        ).fit(X, y)
        return np.mean([params["a"] for params in search.cv_results_["params"][4:]])

    # What is expected to end in time takes the time that it takes.
    assert mean_a(None) == mean_a(1e9)
    assert mean_a(1e4) < mean_a(None) - 1


class Flat(Hill):
    """A score that depends on `b` alone."""

    def score(self, X, y):
        return -((self.b - 5) ** 2)


def test_the_power_is_the_share_of_the_trials_that_time_is_short_of():
    costs = Costs(SPACE, lambda: 40.0)
    costs.tell({"x": 0.5, "z": 0.5}, 10.0, n_left=5)
    assert costs.power() == pytest.approx(0.2)
    costs.tell({"x": 0.5, "z": 0.5}, 10.0, n_left=4)
    assert costs.power() == 0.0
    assert Costs(SPACE, lambda: 40.0).power() == 0.0
    two = Costs(SPACE, lambda: 40.0, n_workers=2)
    two.tell({"x": 0.5, "z": 0.5}, 10.0, n_left=16)
    assert two.power() == pytest.approx(0.5)

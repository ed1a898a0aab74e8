"""Rungs of a growing resource: what is resumed, what is refitted, what counts in the end."""

import numpy as np
import pytest
from joblib import parallel_config
from numpy.testing import assert_array_equal
from scipy.stats import loguniform, norm, uniform
from search_problems import (
    Counter,
    Hill,
    Restarter,
    Sometimes,
    X,
    fidelity_search,
    fits_of,
    rungs_of,
    y,
)
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning

from sknn_tune import MLPClassifier
from sknn_tune.search.engine.fidelity import Rungs
from sknn_tune.search.engine.gaussian_process import GaussianProcess
from sknn_tune.search.engine.optimizer import SequentialOptimizer
from sknn_tune.search.engine.space import Space
from sknn_tune.search.resource import Resource
from sknn_tune.search.storage.trial_records import TrialRecord
from sknn_tune.search.trials.fidelity_plan import FidelityPlan
from sknn_tune.search.trials.prices import Prices


# ------------------------------------------------------------ which are resumed
@pytest.mark.parametrize("n_iter", [9, 30])
def test_all_get_what_successive_halving_would_give(n_iter):
    results = fidelity_search(n_iter=n_iter).fit(X, y).cv_results_
    # Each fit starts from scratch: a third of the configurations has 9 besides its 3, a ninth 27.
    price = n_iter * (3 + 9 / 3 + 27 / 9)
    assert price - 30 < results["n_resources"].sum() <= price
    assert len(set(results["configuration"])) <= n_iter
    counts = rungs_of(results)
    assert counts[3] > counts[9] >= counts[27] >= n_iter // 9


def test_what_comes_next_tells_most_for_its_price():
    """Against models that have seen what each trial might bring, for every one that may come."""
    plan = plan_of(n_iter=100)
    optimizer = plan.optimizer
    rng = np.random.default_rng(0)
    for number, x in enumerate(np.linspace(0, 1, 20)):
        for n_resources in (1, 3, 9)[: 1 + number % 3]:
            score = float(np.sin(5 * x) + np.log(n_resources) + 0.1 * rng.standard_normal())
            folds = [{"fit_time": 1.0, "score_time": 0.0}]
            trial = TrialRecord(len(plan.finished), {"x": x}, folds, score, number, n_resources)
            plan.tell(trial)
    chosen = plan.next([])
    gp, place = optimizer.surrogate_._gp, {1: 0.0, 3: 0.5, 9: 1.0}
    best = optimizer.surrogate_.posterior.at_observed().max()
    may_come = [(20, optimizer.ask()["x"], n) for n in (1, 3, 9)]
    for number, x in enumerate(np.linspace(0, 1, 20)):
        may_come += [(number, x, n) for n in (1, 3, 9)[1 + number % 3 :]]
    told = {}
    for number, x, n_resources in may_come:
        at, full = np.array([[place[n_resources], x]]), np.array([[1.0, x]])
        mean, std = gp.predict(at)
        spread = np.sqrt(std**2 + gp.noise)
        scores = mean + spread * norm.ppf((np.arange(2000) + 0.5) / 2000)
        seen = np.vstack([np.repeat(gp.y, 2000, axis=1), scores])
        after = GaussianProcess(np.vstack([gp.X, at]), gp.groups, seen, gp.theta)
        gain = np.maximum(after.predict(full)[0] - best, 0).mean()
        told[number, n_resources] = gain / n_resources
    assert (chosen.configuration, chosen.n_resources) == max(told, key=told.get)
    assert chosen.number == len(plan.finished)


def test_fits_from_scratch_may_leave_rungs_out():
    columns = fidelity_search(n_iter=40).fit(X, y).cv_results_
    rows = list(zip(columns["configuration"], columns["n_resources"], strict=True))
    full = {number for number, n_resources in rows if n_resources == 27}
    assert any((number, 9) not in rows for number in full)


def test_a_new_one_starts_where_its_fit_tells_most_for_its_price():
    """From scratch it may leave out the lowest rung; one that resumes loses nothing by it."""
    for estimator, may_leave_out in ((Restarter(max_iter=27), True), (Counter(max_iter=27), False)):
        search = fidelity_search(estimator, {"a": uniform(-5, 10)}, n_iter=40).fit(X, y)
        results = search.cv_results_
        lowest = results["configuration"][results["n_resources"] == 3]
        assert set(range(9)) <= set(lowest)
        assert (set(lowest) < set(results["configuration"])) == may_leave_out


def test_a_proposal_that_was_not_started_leaves_its_number():
    resource = Resource("epochs", (1, 3, 9), 3, continues=True)
    prices = Prices(resource, lambda params: params["resumes"])
    assert prices.at_first({"resumes": True}, 0) == (1,)
    assert prices.at_first({"resumes": False}, 0) == (1, 3, 9)
    assert prices.step(TrialRecord(-1, {"resumes": False}, configuration=0, n_resources=3)) == 3


def test_who_cannot_resume_pays_in_full():
    """The resources that are paid for are used, also where only some configurations resume."""
    Counter.made.clear()
    search = fidelity_search(Sometimes(a=-1.0), {"a": uniform(-5, 10)}, n_iter=30).fit(X, y)
    made = sum(Counter.made) / 3  # on each split
    price = 30 * (3 + 6 / 3 + 18 / 9)
    assert price - 30 < made <= price
    above = search.cv_results_["n_resources"] > 3
    resumes = [params["a"] < 0 for params in np.array(search.cv_results_["params"])[above]]
    assert 0 < sum(resumes) < len(resumes)


@pytest.mark.parametrize("n_iter", [8, 80])
def test_the_first_is_carried_through_at_once_where_that_costs_little(n_iter):
    plan = plan_of(n_iter)
    n_first = plan.optimizer.n_design
    for _ in range(n_first + 1):
        finish(plan, plan.next([]))
    # It costs 9 of 80 * 3, or of 8 * 3.
    assert (plan.finished[-1].n_resources == 9) == (n_iter == 80)


def test_fits_that_go_on_cost_what_is_new_to_them():
    Counter.made.clear()
    fidelity_search(Counter(), {"a": uniform(-5, 10)}, n_iter=30).fit(X, y)
    made = sum(Counter.made) / 3  # on each split
    assert 30 * (3 + 6 / 3 + 18 / 9) - 27 < made <= 30 * (3 + 6 / 3 + 18 / 9)


def test_nothing_is_spent_on_what_cannot_be_finished():
    """Each row could still lead to the full resource."""
    results = fidelity_search(n_iter=12).fit(X, y).cv_results_
    left, price = 12 * 9, {3: 3 + 27, 9: 9 + 27, 27: 27}
    for n_resources in results["n_resources"].tolist():
        assert price[n_resources] <= left
        left -= n_resources


def test_one_of_few_configurations_reaches_the_full_resource_nevertheless():
    """A trial that starts from scratch costs no more if it leaves rungs out."""
    assert rungs_of(fidelity_search(n_iter=1).fit(X, y).cv_results_) == {3: 1, 27: 1}
    assert rungs_of(fidelity_search(n_iter=2).fit(X, y).cv_results_) == {3: 2, 27: 1}
    results = fidelity_search(Counter(), {"a": uniform(-5, 10)}, n_iter=2).fit(X, y).cv_results_
    assert rungs_of(results) == {3: 2, 9: 1, 27: 1}


def test_rows_belong_to_their_configuration():
    results = fidelity_search().fit(X, y).cv_results_
    assert_array_equal(results["iter"], np.searchsorted([3, 9, 27], results["n_resources"]))
    assert [p["max_iter"] for p in results["params"]] == results["n_resources"].tolist()
    of_configuration = {}
    for params, number in zip(results["params"], results["configuration"], strict=True):
        own = {name: value for name, value in params.items() if name != "max_iter"}
        assert of_configuration.setdefault(number, own) == own
    assert sorted(of_configuration) == list(range(len(of_configuration)))


def test_the_promising_go_on():
    results = fidelity_search(n_iter=27).fit(X, y).cv_results_
    low = results["n_resources"] == 3
    scores = dict(zip(results["configuration"][low], results["mean_test_score"][low], strict=True))
    resumed = scores.keys() & set(results["configuration"][~low])
    ranks = [sum(s > scores[c] for s in scores.values()) for c in resumed]
    # The first to go on had few to be compared with; the last ones had all.
    assert min(ranks) < 5


def test_the_best_is_one_of_the_full_resource():
    """With little, scores are higher here; they must not win."""
    for kwargs in ({}, {"selection": "posterior"}):
        search = fidelity_search(Inverted(max_iter=27), refit=True, **kwargs).fit(X, y)
        assert search.best_params_["max_iter"] == search.best_estimator_.max_iter == 27
        full = search.cv_results_["n_resources"] == 27
        assert search.best_score_ < search.cv_results_["mean_test_score"].max()
        assert full[search.best_index_]


class Inverted(Hill):
    def score(self, X, y):
        return super().score(X, y) + 3.0 / self.max_iter


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_failed_configurations_do_not_go_on():
    class FailsOnTheRight(Hill):
        def fit(self, X, y):
            if self.a > 0:
                raise RuntimeError("cannot be fitted")
            return self

    results = fidelity_search(FailsOnTheRight(a=1.0, max_iter=27)).fit(X, y).cv_results_
    above = results["n_resources"] > 3
    assert above.any()
    assert all(params["a"] <= 0 for params in np.array(results["params"])[above])


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_same_seed_gives_the_same_rungs(n_jobs):
    with parallel_config("threading"):
        one, two = (fidelity_search(n_jobs=n_jobs, asynchronous=False).fit(X, y) for _ in range(2))
    assert one.cv_results_["params"] == two.cv_results_["params"]


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_workers(backend):
    with parallel_config(backend):
        search = fidelity_search(n_jobs=2).fit(X, y)
    counts = rungs_of(search.cv_results_)
    # Which worker is first decides how many leave out the rung between.
    assert 9 >= counts[3] >= counts[27] >= 1
    assert set(counts) <= {3, 9, 27}


def test_resumed_searches_equal_uninterrupted_ones(tmp_path):
    path, log = tmp_path / "search.db", tmp_path / "log"
    log.mkdir()
    whole = fidelity_search().fit(X, y)
    model = Hill(log=str(log), max_iter=27)
    # Each piece ends with more rungs than the same trials have in the whole: n_iter is the end.
    with pytest.warns(UserWarning, match="No configuration succeeded with the full resource"):
        fidelity_search(model, storage=path, max_time=1e-9).fit(X, y)
    resumed = fidelity_search(model, storage=path).fit(X, y)
    assert resumed.cv_results_["params"] == whole.cv_results_["params"]
    assert len(fits_of(log)) == 3 * len(whole.cv_results_["params"])


def test_more_iterations_go_on_with_what_is_stored(tmp_path):
    path, log = tmp_path / "search.db", tmp_path / "log"
    log.mkdir()
    model = Hill(log=str(log), max_iter=27)
    fidelity_search(model, storage=path, n_iter=6).fit(X, y)
    search = fidelity_search(model, storage=path, n_iter=12).fit(X, y)
    assert len(fits_of(log)) == 3 * len(search.cv_results_["params"])
    assert search.cv_results_["n_resources"].sum() > 6 * 9  # all that the smaller may get


# ------------------------------------------------------------ ends of all kinds
@pytest.mark.parametrize("factor", [1.2, 1.5, 2.5])
def test_rungs_rise_whatever_the_factor(factor):
    search = fidelity_search(min_resources=1, max_resources=9, factor=factor, n_iter=3).fit(X, y)
    columns = (search.cv_results_[name] for name in ("configuration", "n_resources"))
    rows = list(zip(*columns, strict=True))
    assert len(set(rows)) == len(rows)
    assert search.cv_results_["n_resources"].max() == 9


def test_a_single_rung_is_a_plain_search():
    results = fidelity_search(min_resources=27, n_iter=5).fit(X, y).cv_results_
    assert results["n_resources"].tolist() == [27] * 5


@pytest.mark.parametrize("tol", [None, 5.0])
def test_points_of_the_users_are_all_started(tol):
    points = [{"a": a, "b": 1.0, "kind": "odd"} for a in np.linspace(-5, 4, 9)]
    search = fidelity_search(initial_params=points, start_from_estimator=False, tol=tol).fit(X, y)
    started = [params["a"] for params in search.cv_results_["params"]][:9]
    assert started == [point["a"] for point in points]


def test_a_finite_space_is_used_up_and_counted():
    with pytest.warns(UserWarning, match="parameters 4 is used up: 4 of n_iter=30 config"):
        search = fidelity_search(space={"a": [0.0, 1.0, 2.0, 3.0]}, n_iter=30).fit(X, y)
    assert search.best_params_ == {"a": 1.0, "max_iter": 27}


@pytest.mark.parametrize("tol", [0.05, 0.2])
@pytest.mark.parametrize("seed", range(4))
def test_the_plan_ends_where_nothing_is_worth_it(tol, seed):
    plan = plan_of(n_iter=200, tol=tol, seed=seed)
    while (trial := plan.next([])) is not None:
        finish(plan, trial)
    assert plan.done < plan.total - 13
    latest = {trial.configuration: trial for trial in plan.finished}
    waiting = [trial.params for trial in latest.values() if trial.n_resources < 9]
    optimizer = plan.optimizer
    assert optimizer.expected_gain([optimizer.ask(), *waiting]).max() < tol


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores")
@pytest.mark.parametrize("error_score", [np.nan, 0.0])
def test_what_fails_with_the_full_resource_does_not_win(error_score):
    class FailsAtTheTop(Hill):
        def fit(self, X, y):
            if self.max_iter == 27 and self.a > 0.5:
                raise RuntimeError("cannot be fitted")
            return super().fit(X, y)

    model = FailsAtTheTop(max_iter=27)
    search = fidelity_search(model, n_iter=20, refit=True, error_score=error_score).fit(X, y)
    assert search.best_score_ < 0
    assert search.best_params_["a"] <= 0.5
    assert search.best_params_["max_iter"] == 27


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_where_nothing_succeeds_with_the_full_resource_it_is_said():
    class NeverAtTheTop(Hill):
        def fit(self, X, y):
            if self.max_iter == 27:
                raise RuntimeError("cannot be fitted")
            return super().fit(X, y)

    with pytest.warns(UserWarning, match="full resource, max_iter=27; the best of those with 9"):
        search = fidelity_search(NeverAtTheTop(max_iter=27)).fit(X, y)
    assert search.best_params_["max_iter"] == 9


@pytest.mark.parametrize(("n_seconds", "top"), [(1, 1), (4, 3), (13, 9), (20, 9), (50, 9)])
def test_in_little_time_one_is_carried_through(n_seconds, top):
    plan = plan_of(n_iter=30)

    def clock():  # a second for each of the resource: fits start from scratch
        return sum(trial.n_resources for trial in plan.finished)

    while trial := plan.next([], in_time=lambda seconds: clock() + seconds <= n_seconds):
        finish(plan, trial)
    assert plan.best.n_resources == top
    assert n_seconds - 13 < clock() <= n_seconds


def test_a_slow_start_is_no_reason_to_end():
    """What is loaded or compiled once is not taken for the length of a fit."""
    plan = plan_of(n_iter=30)
    trial = plan.next([])
    trial.folds = [{"fit_time": 60.0, "score_time": 1.0}, {"fit_time": 0.9, "score_time": 0.1}]
    trial.score = 0.0
    plan.tell(trial)
    assert plan.next([], in_time=lambda seconds: seconds <= 2 * (1 + 3 + 9)) is not None
    assert plan.next([], in_time=lambda seconds: seconds <= 1) is None


def test_side_by_side_only_as_many_are_carried_on_as_can_be_finished():
    plan = plan_of(n_iter=12)
    for number in range(12):
        finish(plan, TrialRecord(number, {"x": number / 12}, configuration=number, n_resources=1))
    running = []
    while (trial := plan.next(running)) is not None:
        running.append(trial)
    # 12 * 3 = 36 in all, 24 of them left: two times 12, not three.
    assert [trial.n_resources for trial in running] == [3, 3]
    assert len({trial.configuration for trial in running}) == 2


def plan_of(n_iter, tol=None, seed=0):
    """A plan over x in [0, 1] with rungs of 1, 3 and 9."""
    resource = Resource("epochs", (1, 3, 9), 3, continues=False)
    optimizer = optimizer_of({"x": uniform(0, 1)}, seed, n_design=resource.n_design(n_iter))
    return FidelityPlan(optimizer, resource, n_iter, tol)


def optimizer_of(distributions, seed=0, n_design=3):
    return SequentialOptimizer(
        Space(distributions), seed, rungs=Rungs("epochs", (1, 3, 9)), n_design=n_design
    )


def finish(plan, trial):
    """Tell the plan a made score: better in the middle, and with more of the resource."""
    trial.folds = [{"fit_time": float(trial.n_resources), "score_time": 0.0}]
    trial.score = np.sin(3 * trial.params["x"]) + np.log(trial.n_resources)
    plan.tell(trial)


# ------------------------------------------------------------ the model
def test_the_model_learns_from_little_what_happens_with_all():
    optimizer = optimizer_of({"x": uniform(0, 1)})
    for x in np.linspace(0, 1, 12):
        optimizer.tell({"x": x}, -((x - 0.3) ** 2) - 1.0, n_resources=1)
    for x in (0.0, 0.5, 1.0):
        optimizer.tell({"x": x}, -((x - 0.3) ** 2), n_resources=9)
    mean, std = optimizer.surrogate_.predict([{"x": x} for x in (0.1, 0.3, 0.9)])
    assert mean[1] > mean[0] > mean[2]
    assert mean[1] > -0.5  # of the level of the full resource
    assert (std > 0).all()
    assert abs(optimizer.trials[optimizer.posterior_best()].params["x"] - 0.3) < 0.1
    proposed = optimizer.ask()
    assert 0.1 < proposed["x"] < 0.5
    assert optimizer.ask(pending=[proposed]) != proposed


def test_gradient_at_the_full_resource():
    branches = [{"kind": ["a"], "x": uniform(0, 1)}, {"kind": ["b"], "z": uniform(0, 1)}]
    optimizer = optimizer_of(branches)
    rng = np.random.default_rng(0)
    for i in range(12):
        params = optimizer.space.sample(rng)
        value = params.get("x", params.get("z"))
        optimizer.tell(params, float(np.sin(3 * value)), n_resources=(1, 3, 9)[i % 3])
    gp = optimizer.surrogate_.posterior
    F = rng.random((4, gp.X.shape[1]))
    _, _, mean_slope, std_slope = gp.predict_with_gradient(F)
    for j in range(F.shape[1]):
        step = np.zeros(F.shape[1])
        step[j] = 1e-6
        up, down = gp.predict(F + step), gp.predict(F - step)
        np.testing.assert_allclose(mean_slope[:, j], (up[0] - down[0]) / 2e-6, atol=1e-6)
        np.testing.assert_allclose(std_slope[:, j], (up[1] - down[1]) / 2e-6, atol=1e-6)


# ------------------------------------------------------------ bad input
@pytest.mark.parametrize(
    ("kwargs", "says"),
    [
        ({"resource": "epochs"}, "resource='epochs' is neither 'n_samples' nor a parameter"),
        ({"resource": "a"}, "resource='a' is in param_distributions as well"),
        ({"resource": "log"}, "resource='log' must be a parameter that counts.*None"),
        ({"min_resources": 28}, "min_resources=28 is greater than max_resources=27"),
        ({"resource": "n_samples", "max_resources": 13}, "max_resources=13 .* 12 rows"),
        ({"factor": 1}, "'factor'"),
        ({"min_resources": 0}, "'min_resources'"),
        ({"max_resources": 2.5}, "'max_resources'"),
    ],
)
def test_bad_resources(kwargs, says):
    with pytest.raises(ValueError, match=says):
        fidelity_search(**kwargs).fit(X, y)


def test_warnings_of_our_estimators_pass():
    X, y = load_iris(return_X_y=True)
    model, space = MLPClassifier((2,), max_iter=2, random_state=0), {"alpha": loguniform(1e-4, 1)}
    with pytest.warns(ConvergenceWarning):
        fidelity_search(model, space, n_iter=2, min_resources=1).fit(X, y)

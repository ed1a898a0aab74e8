"""Searches that end early: out of time, by Ctrl-C, with nothing to expect. Nothing is lost."""

import itertools
import math
import os
import signal
import threading
import time

import numpy as np
import pytest
from joblib import parallel_config
from scipy.stats import uniform
from search_problems import SPACE, Hill, X, y
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score

from sknn_tune import BayesianOptimizer, BayesSearchCV, MLPClassifier, search_history
from sknn_tune.deadline import fits_end_when, time_is_up
from sknn_tune.search.trials.stopping import Budget, Stop


def search_of(estimator, space=SPACE, **kwargs):
    return BayesSearchCV(estimator, space, **{"cv": 3, "random_state": 0, "n_iter": 1000, **kwargs})


# ------------------------------------------------------------ time
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_time_is_kept(n_jobs, no_thread_left):
    began = time.time()
    with parallel_config("threading"):
        search = search_of(Hill(seconds=0.02), n_jobs=n_jobs, max_time=2.0).fit(X, y)
    n_trials = len(search.cv_results_["params"])
    assert 1 < n_trials < 1000
    assert time.time() - began < 10  # a thousand trials would take a minute
    assert search.best_estimator_.n_rows_ == len(X)


def test_at_least_one_trial():
    search = search_of(Hill(), max_time=1e-9).fit(X, y)
    assert len(search.cv_results_["params"]) == 1


# A thread of joblib's may look for a task at the moment when all tasks are given up.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_workers_that_run_late_are_given_up():
    """The first trial is run to its end; those that sleep for long are not waited for."""
    began = time.time()
    with parallel_config("loky"):
        search = search_of(SleepsLater(), n_jobs=2, max_time=4.0, n_iter=4).fit(X, y)
    assert len(search.cv_results_["params"]) < 4
    assert time.time() - began < 60


class SleepsLater(Hill):
    def fit(self, X, y):
        if self.a != 0.0:
            time.sleep(100)
        return self


@pytest.fixture
def no_thread_left():
    """Wait for threads that were given up: in their end they set the filters of warnings."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=10)


class ChecksDeadline(Hill):
    """Makes endless epochs, until its time is up."""

    def fit(self, X, y):
        while self.a != 0.0 and not time_is_up():
            time.sleep(0.001)
        return self


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_fits_that_heed_the_time_are_cut_and_do_not_count(n_jobs, no_thread_left):
    with parallel_config("threading"):
        search = search_of(ChecksDeadline(), n_jobs=n_jobs, max_time=0.5).fit(X, y)
    assert [params["a"] for params in search.cv_results_["params"]] == [0.0]


def test_the_refit_is_cut_as_well():
    with pytest.warns(UserWarning, match="refit was cut short"):
        search = search_of(EndlessRefit(), max_time=0.3).fit(X, y)
    assert search.best_estimator_.a == search.best_params_["a"]


def test_what_is_done_before_the_refit_does_not_cut_it(monkeypatch):
    now = time.time

    def choose_slowly(results):
        monkeypatch.setattr(time, "time", lambda: now() + 100.0)
        return 0

    search = search_of(LooksAtTheTime(), n_iter=1, max_time=50.0, refit=choose_slowly).fit(X, y)
    assert search.best_estimator_.in_time_


class SlowAtFirst(Hill):
    """A fit of twenty epochs, which are counted; the first fit is late before it starts."""

    def fit(self, X, y):
        self.n_epochs_ = 0
        while self.n_epochs_ < 20 and not time_is_up():
            self.n_epochs_ += 1
            time.sleep(0.005)
        return self

    def score(self, X, y):
        return float(self.n_epochs_)


@pytest.mark.parametrize("refit", [True, "score"])
@pytest.mark.parametrize("max_time", [1e-9, 0.05, 0.5])
def test_a_trial_that_outlasts_the_time_leaves_the_refit_its_own(refit, max_time):
    """Each split takes longer than the whole search may."""
    model = SlowAtFirst(a=1.0)
    search = search_of(model, {"a": [1.0, 2.0]}, max_time=max_time, refit=refit).fit(X, y)
    assert len(search.cv_results_["params"]) <= 2
    assert search.best_estimator_.n_epochs_ == 20
    assert search.best_score_ == 20.0


def test_with_a_resource_the_refit_has_its_time_as_well():
    search = search_of(
        SlowAtFirst(a=1.0), {"a": [1.0, 2.0]}, max_time=1e-9, resource="max_iter", min_resources=3
    )
    with pytest.warns(UserWarning, match="No configuration succeeded with the full resource"):
        search.fit(X, y)
    assert search.best_estimator_.n_epochs_ == 20


class LooksAtTheTime(Hill):
    def fit(self, X, y):
        self.in_time_ = not time_is_up()
        return self


class EndlessRefit(Hill):
    def fit(self, X, y):
        while len(X) == 12 and not time_is_up():
            time.sleep(0.001)
        return self


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_our_estimators_stop_between_epochs():
    X, y = load_digits(return_X_y=True)
    model = MLPClassifier((8,), max_iter=10**9, tol=0, n_iter_no_change=10**9, random_state=0)
    asked = []

    def when_asked_a_third_time():
        asked.append(True)
        return len(asked) == 3

    with fits_end_when(when_asked_a_third_time) as watch:
        model.fit(X, y)
    assert watch.ended_fit
    assert len(asked) == 3
    assert 3 <= model.n_iter_ == len(model.loss_curve_) < 10_000


def test_time_is_kept_free_for_the_refit():
    budget = Budget(100.0, refits=True, n_splits=5)
    assert not budget.stop()
    budget.keep_free(40.0, 10.0)  # on four fifths of the rows; at least 50 s on all of them
    assert budget.end - 80.0 < budget.stop.at < budget.end - 60.0
    assert budget.allows(15.0)
    assert not budget.allows(45.0)
    without_refit = Budget(100.0, refits=False, n_splits=5)
    without_refit.keep_free(40.0, 10.0)
    assert without_refit.stop.at == without_refit.end - 10.0
    assert Budget(None, refits=True, n_splits=5).allows(1e9)


# ------------------------------------------------------------ Ctrl-C
class Interrupted(Hill):
    """Presses Ctrl-C in its seventh fit; swallows it if told so."""

    numbers = itertools.count(1)  # which threads draw one at a time

    def __init__(self, a=0.0, b=1.0, kind="plain", swallows=False):
        self.a, self.b, self.kind, self.swallows = a, b, kind, swallows

    def fit(self, X, y):
        if len(X) == 12:
            return self
        number = next(type(self).numbers)
        time.sleep(0.02)
        try:
            if number == 8:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(1)
        except KeyboardInterrupt:
            if not self.swallows:
                raise
        return self

    def score(self, X, y):
        return -abs(self.a)


@pytest.mark.parametrize("swallows", [False, True])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_ctrl_c_keeps_what_was_finished(tmp_path, swallows, n_jobs, no_thread_left):
    Interrupted.numbers = itertools.count(1)
    path = tmp_path / "search.db"
    model = Interrupted(swallows=swallows)
    before = signal.getsignal(signal.SIGINT)
    with (
        parallel_config("threading"),
        pytest.warns(UserWarning, match=r"interrupted after \d trials"),
    ):
        search = search_of(model, n_jobs=n_jobs, storage=path, n_iter=50).fit(X, y)
    n_trials = len(search.cv_results_["params"])
    assert n_trials == 2 if n_jobs == 1 else 1 <= n_trials < 50
    assert len(search_history(path)) == n_trials
    assert search.best_estimator_.a == search.best_params_["a"]
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_before_anything_was_finished():
    Interrupted.numbers = itertools.count(7)
    with pytest.raises(KeyboardInterrupt):
        search_of(Interrupted()).fit(X, y)


def test_ctrl_c_is_held_back_while_a_trial_is_written_down():
    stop = Stop()
    with stop.handling_interrupts():
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.interrupted
        with pytest.raises(KeyboardInterrupt), stop.listening():
            pass
    assert stop()


class PressesCtrlC(Hill):
    """Presses Ctrl-C where told to, on a clock that only it moves."""

    numbers = itertools.count(1)
    presses = ()

    def fit(self, X, y):
        if next(type(self).numbers) in type(self).presses:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)
        return self


def nested_in_cross_validation(*presses):
    """Three outer folds, in each of which a search makes 4 trials of 2 fits and a refit."""
    PressesCtrlC.numbers, PressesCtrlC.presses = itertools.count(1), presses
    search = search_of(PressesCtrlC(), n_iter=4, cv=2)
    return cross_val_score(search, X, y, cv=3, error_score="raise")


@pytest.fixture(autouse=True)
def no_press_before(monkeypatch, interruptible):
    """Ctrl-C in one test does not make that of the next a second one."""
    monkeypatch.setattr("sknn_tune.search.trials.stopping._Presses.last", -math.inf)


def test_one_ctrl_c_ends_the_inner_search_only_and_says_so():
    with pytest.warns(UserWarning, match=r"Only this search has ended.*twice within five"):
        scores = nested_in_cross_validation(4)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("second", [6, 9, 12])
def test_a_second_ctrl_c_soon_after_ends_everything(second):
    """In the refit of the first search, in the next search, and a little later in that one."""
    with pytest.warns(UserWarning, match="interrupted after"), pytest.raises(KeyboardInterrupt):
        nested_in_cross_validation(4, second)


def test_a_search_around_a_search_is_ended_by_the_second():
    PressesCtrlC.numbers, PressesCtrlC.presses = itertools.count(1), (4, 8)
    inner = search_of(PressesCtrlC(), n_iter=4, cv=2)
    outer = BayesSearchCV(inner, {"n_iter": [3, 4, 5]}, n_iter=3, cv=2, random_state=0)
    with pytest.warns(UserWarning, match="interrupted after"), pytest.raises(KeyboardInterrupt):
        outer.fit(X, y)


def test_one_ctrl_c_in_a_search_around_a_search_ends_the_inner_one():
    PressesCtrlC.numbers, PressesCtrlC.presses = itertools.count(1), (4,)
    inner = search_of(PressesCtrlC(), n_iter=4, cv=2)
    outer = BayesSearchCV(inner, {"n_iter": [3, 4, 5]}, n_iter=3, cv=2, random_state=0)
    with pytest.warns(UserWarning, match="Only this search has ended"):
        assert len(outer.fit(X, y).cv_results_["params"]) == 3


def test_ctrl_c_stays_ignored_where_it_was():
    """As in a job that a script runs in the background: whoever presses means another one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    whole = nested_in_cross_validation()
    np.testing.assert_array_equal(nested_in_cross_validation(4), whole)
    PressesCtrlC.numbers, PressesCtrlC.presses = itertools.count(1), (4,)
    inner = search_of(PressesCtrlC(), n_iter=4, cv=2)
    outer = BayesSearchCV(inner, {"n_iter": [3, 4]}, n_iter=2, cv=2, random_state=0).fit(X, y)
    assert len(outer.best_estimator_.cv_results_["params"]) == outer.best_params_["n_iter"]
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def test_the_time_ends_a_fit_where_ctrl_c_is_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    search = search_of(SleepsLater(), max_time=0.5).fit(X, y)
    assert len(search.cv_results_["params"]) == 1


def test_a_second_ctrl_c_much_later_is_a_first_one(monkeypatch):
    now = time.monotonic
    shift = itertools.count(0, 10)
    monkeypatch.setattr(time, "monotonic", lambda: now() + next(shift))
    with pytest.warns(UserWarning, match="Only this search has ended"):
        assert np.isfinite(nested_in_cross_validation(4, 12)).all()


def test_searches_outside_the_main_thread():
    found = []
    thread = threading.Thread(
        target=lambda: found.append(search_of(Hill(), n_iter=3, max_time=60).fit(X, y))
    )
    thread.start()
    thread.join(60)
    assert len(found[0].cv_results_["params"]) == 3


# ------------------------------------------------------------ nothing to expect
def test_the_search_ends_when_nothing_is_expected():
    space = {"a": uniform(-5, 10)}
    search = search_of(Hill(), space, n_iter=60, tol=1e-3).fit(X, y)
    n_trials = len(search.cv_results_["params"])
    assert 10 <= n_trials < 60
    whole = search_of(Hill(), space, n_iter=60).fit(X, y)
    assert whole.cv_results_["params"][:n_trials] == search.cv_results_["params"]
    assert whole.best_score_ - search.best_score_ < 0.01


def test_the_expected_gain_against_draws():
    optimizer = BayesianOptimizer({"x": uniform(0, 1)}, random_state=0)
    rng = np.random.default_rng(0)
    for x in np.linspace(0, 0.6, 12):
        optimizer.tell({"x": x}, x + rng.normal(scale=0.01))
    params = {"x": 0.9}
    surrogate = optimizer.surrogate_
    F = surrogate.space.features(surrogate.space.encode(params)[None])
    mean, std = surrogate.posterior.predict(F)
    best = surrogate.posterior.at_observed().max()
    draws = mean[0, 0] + std[0] * rng.standard_normal(200_000)
    improvement = np.maximum(draws - best, 0).mean()
    expected = surrogate.gain(np.log(improvement))
    assert optimizer.expected_gain([params]) == pytest.approx(expected, rel=0.02)
    # By hand: the scores are nearly standardised, so that the transform is nearly linear.
    scale = np.std([trial.score for trial in optimizer.trials])
    assert expected == pytest.approx(improvement * scale, rel=0.2)


@pytest.mark.parametrize(
    ("kwargs", "says"),
    [({"max_time": 0}, "'max_time'"), ({"max_time": "1h"}, "'max_time'"), ({"tol": -1}, "'tol'")],
)
def test_bad_arguments(kwargs, says):
    with pytest.raises(ValueError, match=says):
        search_of(Hill(), **kwargs).fit(X, y)

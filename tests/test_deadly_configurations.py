"""Configurations that kill the worker that fits them: they fail, and the search continues."""

import os
import signal
import sys

import numpy as np
import pytest
from joblib import parallel_config
from search_problems import X, y
from sklearn.base import BaseEstimator

from sknn_tune import BayesSearchCV, search_history

SPACE = {"a": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]}
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning"),
    pytest.mark.filterwarnings("ignore:One or more of the test scores"),
    # joblib's, of the process that is gone.
    pytest.mark.filterwarnings("ignore:A worker stopped while some jobs were given"),
    pytest.mark.filterwarnings("ignore:resource_tracker"),
]


class Deadly(BaseEstimator):
    """Kills its process where `a` is one of two values."""

    def __init__(self, a=0.0, how="exit", home=None):
        self.a, self.how, self.home = a, how, home

    def fit(self, X, y=None):
        if self.a in (2.0, 4.0):
            if os.getpid() == self.home and self.how != "sys.exit":
                raise AssertionError("this is the process of the search")
            if self.how == "exit":
                os._exit(3)
            elif self.how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            sys.exit(3)
        return self

    def score(self, X, y=None):
        return -abs(self.a - 3.0) - 0.01 * float(np.mean(X))


def search_of(how="exit", **kwargs):
    model = Deadly(how=how, home=os.getpid())
    kwargs = {"n_iter": 6, "cv": 2, "n_jobs": 2, "random_state": 0, "refit": False, **kwargs}
    return BayesSearchCV(model, SPACE, **kwargs)


def check(search):
    """Both deadly configurations failed, all others have a score."""
    results = search.cv_results_
    for params, score in zip(results["params"], results["mean_test_score"], strict=True):
        assert np.isnan(score) == (params["a"] in (2.0, 4.0))
    assert sorted(params["a"] for params in results["params"]) == SPACE["a"]
    assert search.best_params_ == {"a": 3.0}


def slow(*values):
    return pytest.param(*values, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("backend", "asynchronous", "how"),
    [
        ("loky", True, "exit"),
        slow("loky", True, "kill"),
        slow("loky", False, "exit"),
        ("multiprocessing", True, "kill"),
        slow("multiprocessing", True, "exit"),
    ],
)
def test_they_fail_and_the_others_are_evaluated(backend, asynchronous, how):
    with parallel_config(backend):
        check(search_of(how, asynchronous=asynchronous).fit(X, y))


@pytest.mark.parametrize("backend", [slow("loky"), slow("multiprocessing"), "threading"])
def test_fits_that_call_exit_fail(backend):
    with parallel_config(backend):
        check(search_of("sys.exit").fit(X, y))


@pytest.mark.slow
def test_they_are_stored_and_not_run_again(tmp_path):
    path = tmp_path / "search.db"
    with parallel_config("loky"):
        search_of(storage=path, n_iter=4).fit(X, y)
        resumed = search_of(storage=path).fit(X, y)
    check(resumed)
    assert len(search_history(path)) == 6


@pytest.mark.slow
def test_they_fail_in_every_metric():
    for metrics in ({"one": scorer_of_one, "two": scorer_of_two}, two_scores):
        with parallel_config("loky"):
            search = search_of(scoring=metrics, refit=False, objective="one").fit(X, y)
        failed = [params["a"] in (2.0, 4.0) for params in search.cv_results_["params"]]
        for name in ("one", "two"):
            assert np.array_equal(np.isnan(search.cv_results_[f"mean_test_{name}"]), failed)


def scorer_of_one(estimator, X, y=None):
    return estimator.score(X)


def scorer_of_two(estimator, X, y=None):
    return 2.0


def two_scores(estimator, X, y=None):
    return {"one": estimator.score(X), "two": 2.0}


@pytest.mark.slow
def test_error_score_raise_raises():
    with parallel_config("loky"), pytest.raises(RuntimeError, match="worker died"):
        search_of(error_score="raise").fit(X, y)


@pytest.mark.slow
def test_where_all_kill_their_worker_it_is_said():
    model = Deadly(a=2.0, home=os.getpid())
    search = BayesSearchCV(model, {"a": [2.0, 4.0]}, n_iter=2, cv=2, n_jobs=2, random_state=0)
    with parallel_config("loky"), pytest.raises(ValueError, match=r"(?s)All the 4 fits.*died"):
        search.fit(X, y)


# ------------------------------------------------------------ errors on their way
class Unpicklable(Exception):
    def __init__(self, reason):
        super().__init__(f"cannot fit: {reason}")
        self.handle = open(os.devnull)  # noqa: SIM115

    def __del__(self):
        self.handle.close()


class TwoArguments(Exception):
    """Pickled, but not unpickled: its arguments are not those of its constructor."""

    def __init__(self, first, second):
        super().__init__(f"cannot fit: {first} {second}")


class Raises(BaseEstimator):
    def __init__(self, a=0.0, kind=None):
        self.a, self.kind = a, kind

    def fit(self, X, y=None):
        raise {"unpicklable": Unpicklable, "two": TwoArguments}[self.kind](*self._arguments())

    def _arguments(self):
        return ("the reason",) if self.kind == "unpicklable" else ("the", "reason")

    def score(self, X, y=None):
        return 0.0


@pytest.mark.parametrize("kind", ["unpicklable", "two"])
@pytest.mark.parametrize("backend", ["loky", slow("multiprocessing"), slow("threading")])
def test_errors_that_cannot_be_pickled_keep_their_cause(kind, backend):
    search = BayesSearchCV(
        Raises(kind=kind), {"a": [0.0, 1.0]}, n_iter=2, cv=2, n_jobs=2, error_score="raise"
    )
    with parallel_config(backend), pytest.raises(Exception, match="cannot fit: the reason") as info:
        search.fit(X, y)
    assert "in fit" in "".join(info.value.__notes__)

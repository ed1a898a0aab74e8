"""Configurations that kill the worker that fits them: they fail, and the search continues."""

import json
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest
from deadly import SPACE, Deadly, search_of
from joblib import parallel_config
from search_problems import X, y
from sklearn.base import BaseEstimator

from sknn_tune import BayesSearchCV, search_history

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning"),
    pytest.mark.filterwarnings("ignore:One or more of the test scores"),
    # joblib's, of the process that is gone.
    pytest.mark.filterwarnings("ignore:A worker stopped while some jobs were given"),
    pytest.mark.filterwarnings("ignore:resource_tracker"),
]


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


# ------------------------------------------------------------ in the process of the search
#: A search whose fits run in its own process, with the file and the way to die as arguments.
OWN_PROCESS = """
import sys
from joblib import parallel_config
from deadly import Deadly, search_of
from search_problems import X, y

path, how, backend = sys.argv[1:]
with parallel_config(backend):
    n_jobs = 1 if backend == "loky" else 2
    search = search_of(storage=path, n_jobs=n_jobs, estimator=Deadly(how=how))
    search.fit(X, y)
print("ended", flush=True)
"""


def run_in_its_own_process(path, how, backend="loky"):
    """Return the exit code, 0 after the whole search."""
    command = [sys.executable, "-W", "ignore", "-c", OWN_PROCESS, str(path), how, backend]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=300)
    assert (done.returncode == 0) == (done.stdout == "ended\n"), done.stderr
    return done.returncode


def environment():
    """Variables with which a process finds the modules of the tests."""
    paths = [os.path.dirname(__file__), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "backend", "code"),
    [
        ("exit", "loky", 3),
        ("kill", "loky", -9),
        ("sys.exit", "loky", 3),
        ("exit", "threading", 3),
    ],
)
def test_each_that_ends_the_search_fails_in_the_next_run(how, backend, code, tmp_path):
    path = tmp_path / "search.db"
    n_deaths = 0
    while run_in_its_own_process(path, how, backend) == code:
        n_deaths += 1
    assert n_deaths == 2  # one for each deadly configuration
    check(search_of(storage=path, estimator=Deadly(how=how)).fit(X, y))
    errors = failed_fits(path)
    assert len(errors) == 2
    message = "sys.exit" if how == "sys.exit" else "worker died while it ran this"
    assert all(message in error for error in errors)


def failed_fits(path):
    """The first error of each trial that failed, from the file."""
    with closing(sqlite3.connect(path)) as database:
        trials = [json.loads(record) for (record,) in database.execute("SELECT record FROM trials")]
    return [error for t in trials if (error := t["folds"][0]["fit_error"]) is not None]


def marks(path):
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT value FROM search WHERE key = 'unended'").fetchall()


class Kills(Deadly):
    """Kills the process of the search; with a marker, as somebody from outside might, only once."""

    def __init__(self, a=0.0, marker=None, lock=None):
        self.a, self.marker, self.lock = a, marker, lock

    def fit(self, X, y=None):
        if self.a == 3.0 and not (self.marker and os.path.exists(self.marker)):
            if self.marker:
                open(self.marker, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return self


def resumed_after_a_death(path, estimator, **kwargs):
    """Return a search whose first run, in a fork, was killed."""
    search = search_of(storage=path, n_jobs=1, estimator=estimator, **kwargs)
    process = multiprocessing.get_context("fork").Process(target=search.fit, args=(X, y))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert len(marks(path)) == 1
    search.fit(X, y)
    assert marks(path) == []
    return search


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@needs_fork
def test_one_that_ends_the_search_fails_in_the_next_run(tmp_path):
    search = resumed_after_a_death(tmp_path / "search.db", Kills())
    tried = [params["a"] for params in search.cv_results_["params"]]
    assert sorted(tried) == SPACE["a"]
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [a == 3.0 for a in tried]
    assert ["worker died" in error for error in failed_fits(tmp_path / "search.db")] == [True]


@needs_fork
@pytest.mark.parametrize("more", [{}, slow({"resource": "n_samples", "min_resources": 3})])
def test_one_that_somebody_else_killed_has_not_failed(more, tmp_path):
    estimator = Kills(marker=str(tmp_path / "marker"))
    resumed = resumed_after_a_death(tmp_path / "search.db", estimator, **more)
    whole = search_of(n_jobs=1, estimator=estimator, **more).fit(X, y)
    assert resumed.cv_results_["params"] == whole.cv_results_["params"]
    scores = resumed.cv_results_["mean_test_score"]
    assert np.array_equal(scores, whole.cv_results_["mean_test_score"])


@needs_fork
def test_one_that_cannot_be_sent_to_a_process_fails(tmp_path):
    resumed_after_a_death(tmp_path / "search.db", Kills(lock=Unsendable()))
    errors = failed_fits(tmp_path / "search.db")
    assert len(errors) == 1
    assert "cannot be sent to another process" in errors[0]
    assert "this cannot be pickled" in errors[0]


class Unsendable:
    def __reduce__(self):
        raise TypeError("this cannot be pickled")

    def __deepcopy__(self, memo):
        return self


class RaisesAtOnce(Deadly):
    def fit(self, X, y=None):
        raise {"error": RuntimeError, "press": KeyboardInterrupt}[self.how]("planted")


@pytest.mark.parametrize(("how", "error"), [("error", RuntimeError), ("press", KeyboardInterrupt)])
def test_an_error_ends_no_process_and_leaves_no_mark(how, error, tmp_path):
    path = tmp_path / "search.db"
    search = search_of(storage=path, n_jobs=1, estimator=RaisesAtOnce(how=how), error_score="raise")
    with pytest.raises(error, match="planted"):
        search.fit(X, y)
    assert marks(path) == []


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

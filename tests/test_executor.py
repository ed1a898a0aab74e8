"""How trials are run side by side: order, errors, deaths of workers, threads or processes."""

import os
import threading
import time

import numpy as np
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose
from search_problems import SPACE, Hill, X, y
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sknn_tune import BayesSearchCV, MLPClassifier
from sknn_tune.search.estimators import releases_gil
from sknn_tune.search.storage.trial_records import TrialRecord
from sknn_tune.search.trials.executor import (
    AsyncExecutor,
    BatchExecutor,
    SerialExecutor,
    make_executor,
)
from sknn_tune.search.trials.stopping import Stop


def executor_of(n_splits=2, stop=None, **kwargs):
    kwargs = {"n_jobs": 2, "pre_dispatch": "2*n_jobs", **kwargs}
    return make_executor(n_splits, stop or Stop(), **kwargs)


def square(number, split):
    return 10 * number**2 + split


def trials(function, n=7):
    """Trials of two tasks, each of which calls `function` with its number and its split."""
    for number in range(n):
        yield TrialRecord(number, {}), [(function, (number, split), {}) for split in range(2)]


@pytest.mark.parametrize(
    ("backend", "asynchronous", "expected"),
    [
        ("threading", True, AsyncExecutor),
        ("loky", True, AsyncExecutor),
        ("multiprocessing", True, BatchExecutor),
        ("threading", False, BatchExecutor),
    ],
)
def test_backends_give_every_result_to_its_trial(backend, asynchronous, expected):
    with parallel_config(backend, n_jobs=2):
        executor = executor_of(asynchronous=asynchronous, n_jobs=None)
        assert type(executor) is expected
        done = {trial.number: trial.folds for trial in executor.run(trials(square))}
    assert done == {k: [10 * k * k, 10 * k * k + 1] for k in range(7)}


def test_one_worker_is_serial():
    executor = executor_of(n_jobs=1)
    assert type(executor) is SerialExecutor
    assert [trial.number for trial in executor.run(trials(square))] == list(range(7))


def sleep_long_if_first(number, split):
    time.sleep(0.5 if number == 0 else 0.01)
    return number


def test_nobody_waits_for_a_slow_trial():
    with parallel_config("threading"):
        executor = executor_of(n_jobs=3)
        order = [trial.number for trial in executor.run(trials(sleep_long_if_first, 9))]
    assert order[-1] == 0
    assert sorted(order) == list(range(9))


def test_trials_are_asked_for_late():
    """When a trial is asked for, all but a few of those before it have started their last task."""
    started, ahead = [], []

    def task(number, split):
        started.append(number)
        time.sleep(0.005)
        return number

    def asking():
        for trial, tasks in trials(task, 20):
            ahead.append(2 * trial.number - len(started))
            yield trial, tasks

    with parallel_config("threading"):
        assert len(list(executor_of().run(asking()))) == 20
    # Two tasks running, one waiting, two drawn together: joblib looks ahead by that much.
    assert max(ahead) <= 5


def fails_at_three(number, split):
    if number == 3:
        raise RuntimeError("three is bad")
    return number


@pytest.mark.parametrize("backend", ["threading", "loky"])
@pytest.mark.parametrize("asynchronous", [True, False])
def test_an_error_of_a_task_is_raised(backend, asynchronous):
    with parallel_config(backend):
        executor = executor_of(asynchronous=asynchronous)
        with pytest.raises(RuntimeError, match="three is bad") as raised:
            list(executor.run(trials(fails_at_three)))
    assert "fails_at_three" in raised.value.__notes__[0]


@pytest.mark.parametrize("asynchronous", [True, False])
def test_an_error_of_asking_is_raised(asynchronous):
    def asking():
        yield from trials(square, 3)
        raise RuntimeError("no more ideas")

    with parallel_config("threading"):
        executor = executor_of(asynchronous=asynchronous)
        with pytest.raises(RuntimeError, match="no more ideas"):
            list(executor.run(asking()))


class DiesOnce:
    """A task that kills its process the first time that trial 2 comes along."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, number, split):
        marker = os.path.join(self.folder, "died")
        if number == 2 and not os.path.exists(marker):
            open(marker, "w").close()
            os._exit(1)
        return square(number, split)


class AlwaysDies:
    def __call__(self, number, split):
        os._exit(1)


def test_the_trials_of_a_dead_worker_are_run_again(tmp_path):
    task = DiesOnce(str(tmp_path))
    done = {trial.number: trial.folds for trial in executor_of().run(trials(task))}
    assert done == {k: [10 * k * k, 10 * k * k + 1] for k in range(7)}


@pytest.mark.slow
def test_workers_that_keep_dying_give_failed_fits():
    done = list(executor_of().run(trials(AlwaysDies(), 3)))
    assert len(done) == 3
    assert all("worker died" in fold["fit_error"] for trial in done for fold in trial.folds)


class AllDieOnce:
    """Tasks that kill their process the first time, each for itself."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, number, split):
        marker = os.path.join(self.folder, f"{number} {split}")
        if not os.path.exists(marker):
            open(marker, "w").close()
            os._exit(1)
        return square(number, split)


@pytest.mark.parametrize("asynchronous", [True, False])
@pytest.mark.parametrize("result", [None, pytest.param(7, marks=pytest.mark.slow)])
def test_no_task_is_run_again_when_the_time_is_up(asynchronous, result, tmp_path, monkeypatch):
    stop, alone = Stop(), []

    def run_alone(self, task):
        alone.append(task)
        stop.at = 0.0
        return result

    executor = executor_of(stop=stop, asynchronous=asynchronous)
    monkeypatch.setattr(type(executor), "_run_alone", run_alone)
    assert list(executor.run(trials(AllDieOnce(str(tmp_path)), 2))) == []
    assert len(alone) == 1


def test_the_end_of_the_time_is_not_missed_between_two_tasks():
    """What wakes the main thread may come while it does not listen."""
    stop = Stop(at=0.0)
    with pytest.raises(KeyboardInterrupt) as info, stop.listening():
        pass
    assert stop.takes(info.value)


# ------------------------------------------------------------ the whole search
class WhereAmI(BaseEstimator):
    """Scores 1 in a thread of this process beside the main one, 0 elsewhere."""

    _releases_gil = True

    def __init__(self, a=0.0, home=None):
        self.a, self.home = a, home

    def fit(self, X, y):
        beside = threading.current_thread() is not threading.main_thread()
        self.score_ = float(os.getpid() == self.home and beside)
        return self

    def score(self, X, y):
        return self.score_


class WhereAmIElse(WhereAmI):
    _releases_gil = False


@pytest.mark.parametrize(
    ("model", "backend", "in_threads"),
    [
        (WhereAmI, None, 1.0),
        (WhereAmI, "loky", 0.0),
        (WhereAmIElse, None, 0.0),
        (WhereAmIElse, "threading", 1.0),
    ],
)
def test_estimators_that_release_the_gil_run_in_threads(model, backend, in_threads):
    search = BayesSearchCV(
        model(home=os.getpid()), {"a": [1.0, 2.0, 3.0]}, n_iter=3, cv=2, n_jobs=2, refit=False
    )
    if backend is None:
        search.fit(X, y)
    else:
        with parallel_config(backend):
            search.fit(X, y)
    assert set(search.cv_results_["mean_test_score"]) == {in_threads}


def test_who_releases_the_gil():
    assert releases_gil(MLPClassifier())
    assert releases_gil(make_pipeline(StandardScaler(), MLPClassifier()))
    assert not releases_gil(SVC())
    assert not releases_gil(make_pipeline(MLPClassifier(), SVC()))


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_asynchronous_searches_score_as_serial_ones(backend):
    with parallel_config(backend):
        search = BayesSearchCV(Hill(), SPACE, n_iter=12, cv=3, n_jobs=2, random_state=0)
        search.fit(X, y)
    results = search.cv_results_
    assert len({str(params) for params in results["params"]}) == 12
    for k in range(3):
        rows = np.array_split(X, 3)[k]
        expected = [Hill(**params).score(rows, None) for params in results["params"]]
        assert_allclose(results[f"split{k}_test_score"], expected)
    best = np.argmax(results["mean_test_score"])
    assert search.best_index_ == best


def test_warnings_of_workers_name_a_line_of_the_package():
    data = np.random.default_rng(0).normal(size=(40, 2))
    search = BayesSearchCV(
        MLPClassifier((2,), max_iter=2), {"alpha": [1e-4, 1e-3]}, n_iter=2, cv=2, n_jobs=2
    )
    with pytest.warns(ConvergenceWarning) as caught, parallel_config("threading"):
        search.set_params(refit=False).fit(data, data[:, 0] > 0)
    files = {found.filename for found in caught if found.category is ConvergenceWarning}
    assert all("sknn_tune" in file and "tests" not in file for file in files)

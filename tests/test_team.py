"""One fit, or one prediction, in several threads: the same bits for any number of them."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from blas import Library
from joblib import Parallel, cpu_count, delayed
from numpy.testing import assert_allclose, assert_array_equal
from threadpoolctl import threadpool_info, threadpool_limits

from sknn_tune import MLPClassifier, MLPRegressor
from sknn_tune.common import threads
from sknn_tune.common.team import Team
from sknn_tune.common.threads import single_blas_thread
from sknn_tune.deadline import fits_end_when
from sknn_tune.network import blocks

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

random_state = np.random.RandomState(0)
X = random_state.normal(size=(700, 80)).astype(np.float32)
y = X[:, 0] + X[:, 1] * X[:, 2]
weights = random_state.uniform(size=len(y)).astype(np.float32)
LARGE = {"hidden_layer_sizes": (256, 200), "batch_size": 280, "max_iter": 2, "random_state": 0}


@pytest.fixture
def use_threads(monkeypatch):
    """Say how many threads there are; returns a list of those that teams have had."""
    teams = []

    class CountedTeam(Team):
        def __init__(self, n_threads):
            teams.append(n_threads)
            super().__init__(n_threads)

    def use(n_threads):
        libraries = [Library(n_threads)]
        monkeypatch.setattr(threads, "blas_libraries", lambda: libraries)
        teams.clear()
        return teams

    monkeypatch.setattr(threads, "_n_cores", lambda: 8)
    for module in ("blocks", "prediction"):
        monkeypatch.setattr(f"sknn_tune.network.{module}.Team", CountedTeam)
    with threadpool_limits(1):
        yield use


def parameters(model):
    return np.concatenate([array.ravel() for array in (*model.coefs_, *model.intercepts_)])


OPTIONS = {
    "plain": {},
    "float64": {"X": X.astype(np.float64), "solver": "sgd"},
    "three blocks": {"batch_size": 699, "hidden_layer_sizes": (128, 128, 64), "activation": "tanh"},
    "everything": {
        "dropout": 0.2, "residual": True, "clip_norm": 0.1, "l1_ratio": 0.5, "alpha": 0.1,
        "solver": "adamw", "sample_weight": weights,
    },
}  # fmt: skip


def fitted(options):
    options = LARGE | options
    own_X, own_weights = options.pop("X", X), options.pop("sample_weight", None)
    return MLPRegressor(**options).fit(own_X, y.astype(own_X.dtype), own_weights)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=list(OPTIONS))
def test_fits_are_the_same_for_any_number_of_threads(use_threads, monkeypatch, options):
    monkeypatch.setattr(blocks, "_BLOCK_ROWS", 233)
    use_threads(1)
    expected = fitted(options)
    for n_threads in (2, 3):
        teams = use_threads(n_threads)
        model = fitted(options)
        n_blocks = 3 if options.get("batch_size") == 699 else 2
        assert teams == [min(n_threads, n_blocks)] * 2
        assert_array_equal(parameters(model), parameters(expected))
        assert model.loss_curve_ == expected.loss_curve_


@pytest.mark.parametrize(
    "options",
    [
        {"alpha": 1.0},
        {"clip_norm": 0.1, "l1_ratio": 0.5, "alpha": 0.1, "solver": "nadam", "residual": True},
        {"sample_weight": np.repeat([0.0, 1.0, 0.0], [140, 300, 260]), "shuffle": False},
    ],
    ids=["plain", "everything", "a block and a batch without weight"],
)
def test_a_divided_batch_gives_the_fit_of_a_whole_one(use_threads, monkeypatch, options):
    options = {"X": X.astype(np.float64)} | options
    teams = use_threads(2)
    divided = fitted(options)
    assert teams == [2, 2]
    monkeypatch.setattr(blocks, "_LARGE", 1 << 40)
    whole = fitted(options)
    assert teams == [2, 2]
    assert_allclose(parameters(divided), parameters(whole), rtol=1e-6, atol=1e-9)
    assert_allclose(divided.loss_curve_, whole.loss_curve_, rtol=1e-9)


@pytest.mark.parametrize("options", [{"batch_norm": True}, {"hidden_layer_sizes": (20,)}])
def test_what_gains_nothing_is_not_divided(use_threads, options):
    teams = use_threads(2)
    fitted(options)
    assert teams == []


def test_a_usual_batch_is_not_divided(use_threads):
    teams = use_threads(2)
    fitted({"batch_size": "auto"})
    assert teams == []


def test_predictions_are_the_same_for_any_number_of_threads(use_threads, monkeypatch):
    monkeypatch.setattr("sknn_tune.network.prediction._PART", 1 << 21)
    use_threads(1)
    model = MLPClassifier((60, 50), max_iter=1, random_state=0).fit(X, y > 0)
    many = np.tile(X, (2, 1))[:1300]
    expected = model.predict_proba(many)
    for n_threads in (2, 3):
        teams = use_threads(n_threads)
        assert_array_equal(model.predict_proba(many), expected)
        assert teams == [n_threads]


def test_limits_of_blas_are_as_found():
    def limits():
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    with threadpool_limits(2, user_api="blas"):
        before = limits()
        fitted({}).predict(X)
        assert limits() == before


def test_callers_share_the_threads(use_threads):
    use_threads(6)
    barrier = threading.Barrier(3)

    def share_of(_):
        with single_blas_thread:
            barrier.wait()
            with single_blas_thread:  # counts once
                share = single_blas_thread.share
            barrier.wait()
            return share

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(share_of, range(3))) == [2, 2, 2]
    with single_blas_thread:
        assert single_blas_thread.share == 6


def test_there_are_never_more_threads_than_cores(use_threads, monkeypatch):
    use_threads(6)
    monkeypatch.setattr(threads, "_n_cores", lambda: 2)
    with single_blas_thread:
        assert single_blas_thread.share == 2


def own_share():
    with single_blas_thread:
        return single_blas_thread.share


def test_a_limit_of_the_caller_is_kept():
    with threadpool_limits(1):
        assert own_share() == 1


def test_workers_of_joblib_share_the_cores():
    shares = Parallel(n_jobs=2, backend="loky")(delayed(own_share)() for _ in range(2))
    assert all(share <= max(1, cpu_count() // 2) for share in shares)


def test_an_interrupted_epoch_leaves_no_thread_behind(use_threads, monkeypatch):
    use_threads(3)
    before = threading.active_count()

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(blocks, "begin_step", interrupt)
    with pytest.warns(UserWarning, match="interrupted"):
        fitted({})
    assert threading.active_count() == before
    monkeypatch.undo()
    assert fitted({}).n_iter_ == 2


def test_a_deadline_ends_the_fit(use_threads):
    use_threads(2)
    with fits_end_when(lambda: True) as watch:
        assert fitted({}).n_iter_ == 1
    assert watch.ended_fit


# --- the team itself --------------------------------------------------------------------------


def test_each_task_is_done_once():
    done = []
    with Team(3) as team:
        for _ in range(20):
            team.share(range(7), lambda worker, task: done.append(task))
    assert sorted(done) == sorted(list(range(7)) * 20)


def test_threads_work_at_the_same_time():
    barrier = threading.Barrier(3, timeout=60)
    workers = set()

    def meet(worker, task):
        workers.add(worker)
        barrier.wait()

    with Team(3) as team:
        team.share(range(3), meet)
    assert workers == {0, 1, 2}


def test_an_error_in_a_helper_is_raised():
    barrier = threading.Barrier(2, timeout=60)

    def fail(worker, task):
        barrier.wait()
        if worker == 1:
            raise ZeroDivisionError

    with Team(2) as team:
        with pytest.raises(ZeroDivisionError):
            team.share(range(2), fail)
        barrier.reset()
        team.share([0], lambda worker, task: None)  # still works


def test_a_team_of_one_starts_no_thread():
    before = threading.active_count()
    with Team(1) as team:
        team.share(range(3), lambda worker, task: None)
        assert threading.active_count() == before


def test_helpers_get_no_other_task_after_control_c():
    """A long prediction ends with the caller, not once a helper has made the rest of it."""
    done, has_begun = [], threading.Event()

    def work(worker, task):
        if worker == 0:
            has_begun.wait()
            raise KeyboardInterrupt
        done.append(task)
        has_begun.set()
        time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt), Team(2) as team:
        team.share(range(1000), work)
    assert len(done) < 900

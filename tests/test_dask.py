"""Searches on a dask.distributed cluster: the scores of a serial one, workers that die."""

import os
import signal
import threading
import time

import numpy as np
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose
from scipy.stats import uniform
from search_problems import SPACE, Hill, X, fits_of, y

from sknn_tune import BayesSearchCV

distributed = pytest.importorskip("distributed")

pytestmark = [
    pytest.mark.slow,
    # What dask says while workers come and go is not ours to judge.
    pytest.mark.filterwarnings("default"),
]


@pytest.fixture
def cluster():
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
    ):
        yield cluster


def search_of(estimator, space=SPACE, **kwargs):
    defaults = {"n_iter": 12, "cv": 3, "random_state": 0, "refit": False}
    return BayesSearchCV(estimator, space, **{**defaults, **kwargs})


def test_scores_are_those_of_a_serial_search(cluster):
    with parallel_config("dask"):
        results = search_of(Hill()).fit(X, y).cv_results_
    assert len(results["params"]) == 12
    for k, rows in enumerate(np.array_split(X, 3)):
        expected = [Hill(**params).score(rows, None) for params in results["params"]]
        assert_allclose(results[f"split{k}_test_score"], expected)


def test_in_batches_the_search_is_the_serial_one(cluster):
    serial = search_of(Hill()).fit(X, y).cv_results_
    with parallel_config("dask"):
        results = search_of(Hill(), asynchronous=False).fit(X, y).cv_results_
    assert results["params"] == serial["params"]
    assert_allclose(results["mean_test_score"], serial["mean_test_score"])


def test_rungs(cluster):
    with parallel_config("dask"):
        results = search_of(Hill(), resource="max_iter").fit(X, y).cv_results_
    assert results["n_resources"].max() == 9


def test_a_dead_worker_loses_no_trial(cluster, tmp_path):
    """The data are large enough to be scattered, and die with the worker."""
    rows = np.arange(30_000.0)[:, None]
    victim = next(iter(cluster.workers.values())).pid

    def kill_when_busy():
        while len(list(tmp_path.iterdir())) < 2 or len(fits_of(tmp_path)) < 12:
            time.sleep(0.01)
        os.kill(victim, signal.SIGKILL)

    killer = threading.Thread(target=kill_when_busy, daemon=True)
    killer.start()
    model = Hill(seconds=0.1, log=str(tmp_path))
    with parallel_config("dask"):
        results = search_of(model, {"a": uniform(-5, 10)}).fit(rows, rows[:, 0]).cv_results_
    killer.join(10)
    assert not killer.is_alive()
    assert len({params["a"] for params in results["params"]}) == 12
    assert np.isfinite(results["mean_test_score"]).all()
    for k, part in enumerate(np.array_split(rows, 3)):
        expected = [Hill(**params).score(part, None) for params in results["params"]]
        assert_allclose(results[f"split{k}_test_score"], expected)
    # At most what ran when the worker died, and what it alone had, was run twice.
    assert 36 <= len(fits_of(tmp_path)) <= 36 + 8

"""Private scikit-learn names levelled: callbacks where there are some, no trace where not."""

import itertools
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest
from joblib import parallel_config
from scipy.stats import uniform
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import _validation

from sknn_tune import BayesSearchCV

X, y = np.random.RandomState(0).randn(30, 2), np.arange(30) % 2
needs_callbacks = pytest.mark.skipif(
    find_spec("sklearn.callback") is None, reason="callbacks came with scikit-learn 1.9"
)


class Watcher:
    """A callback that notes every task; passed on to estimators that support callbacks."""

    max_propagation_depth = None

    def __init__(self):
        self.weights = []
        self.started, self.ended, self.setups, self.teardowns = [], [], 0, 0

    def setup(self, estimator, context):
        self.setups += 1

    def teardown(self, estimator, context):
        self.teardowns += 1

    def on_fit_task_begin(self, estimator, context, *, metadata=None):
        if metadata is not None:
            self.weights.append(metadata["sample_weight"])
        self.started.append((type(estimator).__name__, context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context):
        self.ended.append((type(estimator).__name__, context.task_name, context.task_id))

    def of_search(self, task):
        return [i for owner, name, i in self.started if (owner, name) == ("BayesSearchCV", task)]


def watched(estimator=None, **kwargs):
    estimator = Ridge() if estimator is None else estimator
    space = {"tol": uniform(1e-5, 1e-2)}
    kwargs = {"n_iter": 3, "cv": 2, "random_state": 0, **kwargs}
    search = BayesSearchCV(estimator, space, **kwargs)
    watcher = Watcher()
    return search.set_callbacks(watcher), watcher


@needs_callbacks
@pytest.mark.filterwarnings("ignore:The estimator Ridge does not support callbacks")
@pytest.mark.parametrize("n_jobs", [1, 2, 5])
def test_callbacks_see_every_fit_once(n_jobs):
    search, watcher = watched()
    with parallel_config("threading", n_jobs=n_jobs):
        search.fit(X, y)
    assert watcher.setups == watcher.teardowns == 1
    assert sorted(watcher.started) == sorted(watcher.ended)
    assert sorted(watcher.of_search("candidate-split-evaluation")) == list(range(6))
    for task in ("fit", "search", "refit-with-best-params"):
        assert len(watcher.of_search(task)) == 1
    assert watcher.started[0] == ("BayesSearchCV", "fit", 0)
    assert watcher.ended[-1] == ("BayesSearchCV", "fit", 0)


@needs_callbacks
@pytest.mark.filterwarnings("ignore:The estimator Ridge does not support callbacks")
def test_callbacks_without_refit():
    search, watcher = watched(refit=False)
    search.fit(X, y)
    assert watcher.of_search("refit-with-best-params") == []
    assert watcher.setups == watcher.teardowns == 1


@needs_callbacks
@pytest.mark.filterwarnings("ignore:The estimator Ridge does not support callbacks")
def test_callbacks_are_shown_the_weights():
    search, watcher = watched()
    search.fit(X, y, sample_weight=np.ones(30))
    # The whole fit, three times two splits, the refit.
    assert [len(w) for w in watcher.weights] == [30, *[15] * 6, 30]


@needs_callbacks
def test_callbacks_reach_the_estimator():
    search, watcher = watched(LogisticRegression())
    search.fit(X, y)
    assert {owner for owner, _, _ in watcher.started} == {"BayesSearchCV", "LogisticRegression"}


@needs_callbacks
@pytest.mark.filterwarnings("ignore:The estimator Ridge does not support callbacks")
def test_callbacks_are_torn_down_after_an_error():
    search, watcher = watched(cv=[])
    with pytest.raises(ValueError, match="CV iterator empty"):
        search.fit(X, y)
    assert watcher.setups == watcher.teardowns


def test_the_search_keeps_no_callback_state():
    search = BayesSearchCV(Ridge(), {"tol": uniform(1e-5, 1e-2)}, n_iter=2, random_state=0)
    search.fit(X, y)
    assert not [name for name in vars(search) if "callback" in name]


def test_a_clock_that_is_set_back_takes_no_time(monkeypatch):
    """The times of fits decide how long a search with max_time lasts."""
    steps = itertools.count(0, -50)
    clock = SimpleNamespace(time=lambda: float(next(steps)))
    monkeypatch.setattr(_validation, "time", clock)
    search = BayesSearchCV(Ridge(), {"alpha": [1.0, 2.0]}, n_iter=2, cv=2, random_state=0)
    results = search.fit(X, y).cv_results_
    assert results["mean_fit_time"].tolist() == [0.0, 0.0]
    assert results["mean_score_time"].tolist() == [0.0, 0.0]

"""Watching a fit: what is printed, the progress bar, scikit-learn's callbacks."""

import importlib.util
import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune import MLPClassifier, MLPRegressor
from sknn_tune.common import progress_bar
from sknn_tune.mlp import watching

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
needs_rich = pytest.mark.skipif(not importlib.util.find_spec("rich"), reason="rich is not here")
needs_callbacks = pytest.mark.skipif(
    not importlib.util.find_spec("sklearn.callback"), reason="scikit-learn is older than 1.9"
)

X, y = load_iris(return_X_y=True)
SMALL = {"hidden_layer_sizes": (5,), "max_iter": 6, "random_state": 0}


# --- the progress bar ---------------------------------------------------------------------------


@needs_rich
def test_progress_bar_shows_epochs_loss_and_score(capsys, monkeypatch):
    monkeypatch.setattr(watching, "PATIENCE", 0.0)
    plain = MLPClassifier(**SMALL).fit(X, y)
    capsys.readouterr()
    model = MLPClassifier(**SMALL, verbose="progress").fit(X, y, X_val=X, y_val=y)
    shown = capsys.readouterr().out
    assert "6/6" in shown
    assert f"loss {model.loss_:.4g}, score {model.validation_scores_[-1]:.4g}" in shown
    assert "Iteration" not in shown
    assert_array_equal(model.coefs_[0], plain.coefs_[0])


@needs_rich
def test_short_fits_show_no_bar(capsys):
    MLPClassifier(**SMALL, verbose="progress").fit(X, y)
    assert capsys.readouterr().out == ""


@needs_rich
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_bars_side_by_side_and_of_failing_fits(solver, capsys, monkeypatch):
    """A bar that cannot be shown, or whose fit fails, leaves the next fits alone."""
    monkeypatch.setattr(watching, "PATIENCE", 0.0)
    inner = MLPRegressor(**SMALL, verbose="progress", solver=solver)

    def score(estimator, X, y):
        inner.fit(X, y)
        if estimator.n_iter_ == 3:
            raise RuntimeError("no score")
        return 0.0

    with pytest.raises(RuntimeError, match="no score"):
        MLPRegressor(**SMALL, verbose="progress", scoring=score, early_stopping=True).fit(X, y)
    capsys.readouterr()
    inner.fit(X, y)
    assert f"{inner.n_iter_}/6" in capsys.readouterr().out


def test_without_rich_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(progress_bar, "has_rich", lambda: False)
    with pytest.raises(ImportError, match=r"verbose='progress'.*sknn-tune\[progress\]"):
        MLPClassifier(**SMALL, verbose="progress").fit(X, y)


def test_verbose_lbfgs_prints_what_it_did(capsys):
    model = MLPClassifier(**SMALL, solver="lbfgs", verbose=True).fit(X, y)
    assert (
        f"L-BFGS: {model.n_iter_} iterations, loss = {model.loss_:.8f}" in capsys.readouterr().out
    )


# --- scikit-learn's callbacks -------------------------------------------------------------------


class Log:
    """Notes the tasks that it is notified of; stops the fit at one of them."""

    max_propagation_depth = None

    def __init__(self, stop_at=None):
        self.stop_at, self.started, self.ended, self.accuracies = stop_at, [], [], []
        self.open = 0

    def setup(self, estimator, context):
        self.open += 1

    def teardown(self, estimator, context):
        self.open -= 1

    def on_fit_task_begin(self, estimator, context):
        self.started.append((context.estimator_name, context.task_name))

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
        self.ended.append((context.estimator_name, context.task_name))
        if context.task_name == "iteration":
            self.accuracies.append(fitted_estimator.score(X, y))
            return context.task_id == self.stop_at
        return False

    def count(self, *task):
        assert self.started.count(task) == self.ended.count(task)
        return self.ended.count(task)


@needs_callbacks
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_callbacks_are_notified_of_each_epoch(solver):
    log = Log()
    model = MLPClassifier(**SMALL, solver=solver).set_callbacks(log).fit(X, y)
    assert log.count("MLPClassifier", "fit") == 1
    assert log.count("MLPClassifier", "iteration") == model.n_iter_ == 6
    assert log.open == 0
    assert log.accuracies[-1] == model.score(X, y)
    after_two = clone(model).set_callbacks().set_params(max_iter=2).fit(X, y)
    assert log.accuracies[1] == after_two.score(X, y)
    plain = MLPClassifier(**SMALL, solver=solver).fit(X, y)
    assert_array_equal(model.coefs_[0], plain.coefs_[0])


@needs_callbacks
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_callback_stops_the_fit(solver):
    model = MLPClassifier(**SMALL, solver=solver).set_callbacks(Log(stop_at=2)).fit(X, y)
    assert model.n_iter_ == 3
    assert len(model._skl_callbacks[0].accuracies) == 3


@needs_callbacks
def test_a_run_that_a_callback_has_stopped_is_continued_exactly():
    params = {**SMALL, "warm_start": "continue", "dropout": 0.2}
    model = MLPClassifier(**params).set_callbacks(Log(stop_at=2)).fit(X, y)
    model.set_callbacks().fit(X, y)
    assert model.n_iter_ == 6
    assert_array_equal(model.coefs_[0], MLPClassifier(**params).fit(X, y).coefs_[0])


@needs_callbacks
def test_callbacks_leave_after_a_fit_that_fails():
    log = Log()
    model = MLPClassifier(**SMALL, scoring=lambda *_: 1 / 0).set_callbacks(log)
    with pytest.raises(ZeroDivisionError):
        model.fit(X, y, X_val=X, y_val=y)
    assert log.open == 0
    assert log.ended == []


@needs_callbacks
@needs_rich
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_nested_progress_of_a_search(n_jobs, capsys):
    from sklearn.callback import ProgressBar

    pipeline = make_pipeline(StandardScaler(), MLPClassifier(**SMALL))
    search = GridSearchCV(pipeline, {"mlpclassifier__alpha": [0.1, 1.0]}, cv=2, n_jobs=n_jobs)
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(X, y)
    shown = capsys.readouterr().out
    assert shown.count("Pipeline - fit-final-estimator | MLPClassifier - fit") >= 5
    assert "GridSearchCV - fit" in shown


@needs_callbacks
def test_scores_of_each_epoch_are_monitored():
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring="neg_log_loss")
    model = MLPClassifier(**SMALL).set_callbacks(monitor)
    model.fit(X, y, sample_weight=np.ones(len(y)), X_val=X, y_val=y)
    scores = monitor.get_logs().data_as_pandas.query("task_name == 'iteration'")["neg_log_loss"]
    np.testing.assert_allclose(-scores, model.validation_loss_curve_)


@needs_callbacks
def test_pickles_and_clones_keep_callbacks():
    model = MLPClassifier(**SMALL).set_callbacks(Log()).fit(X, y)
    for copied in (clone(model), pickle.loads(pickle.dumps(model))):
        copied.fit(X, y)
        assert len(copied._skl_callbacks[0].accuracies) >= 6

"""Searches with a growing resource: what is fitted, resumed or from scratch, on which rows."""

import numpy as np
import pytest
from scipy.stats import loguniform, uniform
from search_problems import (
    Counter,
    Hill,
    Restarter,
    X,
    fidelity_search,
    fits_of,
    rungs_of,
    y,
)
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sknn_tune import BayesSearchCV, MLPClassifier
from sknn_tune.search.estimators import continuing


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize(("model", "made"), [(Counter, [3, 6, 18]), (Restarter, [3, 9, 27])])
def test_paused_fits_go_on_and_others_begin_anew(model, made, nested):
    Counter.made.clear()
    estimator, prefix = model(), ""
    if nested:
        estimator, prefix = make_pipeline(StandardScaler(), model()), f"{model.__name__.lower()}__"
    search = fidelity_search(
        estimator, {f"{prefix}a": uniform(-5, 10)}, resource=f"{prefix}max_iter"
    )
    counts = rungs_of(search.fit(X, y).cv_results_)
    assert set(Counter.made) == set(made)
    assert [Counter.made.count(n) for n in made] == [3 * counts[n] for n in (3, 9, 27)]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_our_estimators_go_on_exactly(n_jobs):
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), MLPClassifier((4,), max_iter=9, random_state=0))
    space = {
        "mlpclassifier__alpha": loguniform(1e-4, 1e0),
        "mlpclassifier__solver": ["adam", "lbfgs"],
    }
    search = fidelity_search(
        model,
        space,
        resource="mlpclassifier__max_iter",
        min_resources=1,
        n_iter=6,
        n_jobs=n_jobs,
        scoring="neg_log_loss",
    ).fit(X, y)
    single = BayesSearchCV(
        model, search.param_distributions, n_iter=1, cv=3, scoring="neg_log_loss", refit=False
    )
    full = search.cv_results_["n_resources"] == 9
    for row in np.flatnonzero(full):
        params = dict(search.cv_results_["params"][row])
        single.set_params(estimator=model.set_params(**params), start_from_estimator=True)
        again = single.fit(X, y).cv_results_
        assert again["mean_test_score"][0] == search.cv_results_["mean_test_score"][row]


def test_who_can_continue():
    go_on = {"warm_start": "continue"}
    assert continuing(MLPClassifier(), {}, "max_iter") == go_on
    assert continuing(MLPClassifier(), {"solver": "lbfgs"}, "max_iter") == {}
    assert continuing(MLPClassifier(), {"learning_rate": "cosine"}, "max_iter") == {}
    assert continuing(MLPClassifier(), {}, "batch_size") == {}
    assert continuing(SVC(), {}, "max_iter") == {}
    pipe = make_pipeline(StandardScaler(), MLPClassifier())
    assert continuing(pipe, {}, "mlpclassifier__max_iter") == {
        "mlpclassifier__warm_start": "continue"
    }


def test_rows_as_a_resource(tmp_path):
    rows = np.arange(300.0)[:, None]
    search = fidelity_search(
        Hill(log=str(tmp_path)), resource="n_samples", min_resources="auto", n_iter=27
    ).fit(rows, rows[:, 0])
    assert set(search.cv_results_["n_resources"]) == {11, 33, 99, 300}
    assert all("n_samples" not in params for params in search.cv_results_["params"])
    n_rows = {n for *_, n in fits_of(tmp_path)}
    assert n_rows == {7, 22, 66, 200}  # two of three folds


@pytest.mark.parametrize("min_resources", ["auto", 6])
def test_few_rows_are_a_fair_share_of_every_label(min_resources):
    X, y = load_iris(return_X_y=True)
    search = fidelity_search(
        SVC(),
        {"C": loguniform(1e-2, 1e2)},
        resource="n_samples",
        min_resources=min_resources,
        scoring="accuracy",
    ).fit(X, y)
    least = search.cv_results_["n_resources"].min()
    assert least == (30 if min_resources == "auto" else 6)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize("values", [[np.zeros(2), np.ones(2)], [(1,), None]])
def test_choices_of_any_kind(values):
    search = fidelity_search(space={"a": uniform(-5, 10), "kind": values}, n_iter=12).fit(X, y)
    assert search.best_params_["max_iter"] == 27

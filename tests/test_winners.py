"""Winner rules: the row that the rule names, in any search."""

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sknn_tune import BayesSearchCV, MeanMinusSpread, OneStandardError


def results(scores, params, fit_time=None, metric="score"):
    table = {
        f"split{i}_test_{metric}": np.array(column) for i, column in enumerate(np.transpose(scores))
    }
    fit_time = range(len(params)) if fit_time is None else fit_time
    return table | {"params": params, "mean_fit_time": np.array(fit_time, dtype=float)}


SCORES = [[0.90, 0.94, 0.92], [0.89, 0.93, 0.91], [0.80, 0.81, 0.79]]


@pytest.mark.parametrize(
    ("complexity", "params", "winner"),
    [
        ("C", [{"C": 10.0}, {"C": 1.0}, {"C": 0.1}], 1),
        ("C", [{"C": 1.0}, {"C": 10.0}, {"C": 0.1}], 0),
        ("-alpha", [{"alpha": 0.1}, {"alpha": 1.0}, {"alpha": 9.0}], 1),
        (None, [{"alpha": 0.1}, {"alpha": 1.0}, {"alpha": 9.0}], 1),
        (None, [{"mlp__hidden_layer_sizes": s} for s in [(64, 64), (64,), (2,)]], 1),
        (None, [{"max_depth": d} for d in [None, 8, 1]], 1),
        (lambda p: len(p["word"]), [{"word": w} for w in ["long", "so", "a"]], 1),
        ("max_depth", [{"max_depth": d} for d in [None, 8, 1]], 1),
    ],
)
def test_simplest_within_one_standard_error(complexity, params, winner):
    assert OneStandardError(complexity)(results(SCORES, params)) == winner


def test_where_nothing_tells_the_quicker_fit_is_simpler():
    params = [{"kernel": "rbf"}, {"kernel": "poly"}, {"kernel": "linear"}]
    assert OneStandardError()(results(SCORES, params, fit_time=[3, 2, 1])) == 1
    assert OneStandardError()(results(SCORES, params, fit_time=[2, 3, 1])) == 0


def test_beyond_one_standard_error_the_best_wins():
    # The standard error of the best is 0.0115; the others are 0.02 and 0.12 behind.
    scores = [SCORES[0], [s - 0.02 for s in SCORES[0]], SCORES[2]]
    assert OneStandardError("C")(results(scores, [{"C": c} for c in (3, 2, 1)])) == 0


def test_failed_candidates_never_win():
    scores = [[np.nan] * 3, SCORES[0], SCORES[1]]
    table = results(scores, [{"C": c} for c in (0.01, 10, 1)])
    assert OneStandardError("C")(table) == 2
    assert MeanMinusSpread()(table) == 1


def test_spread_weighs_as_told():
    table = results([[0.99, 0.89, 0.97], [0.93, 0.92, 0.94]], [{}, {}])
    assert MeanMinusSpread(0.0)(table) == 0
    assert MeanMinusSpread(1.0)(table) == 1


@pytest.mark.parametrize("rule", [OneStandardError("svc__C"), MeanMinusSpread(0.5)])
@pytest.mark.parametrize("kind", [GridSearchCV, RandomizedSearchCV, BayesSearchCV])
def test_rules_serve_any_search(kind, rule):
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), SVC())
    values = [0.01, 0.1, 1.0, 10.0] if kind is GridSearchCV else loguniform(0.01, 10)
    options = {} if kind is GridSearchCV else {"n_iter": 6, "random_state": 0}
    search = clone(kind(model, {"svc__C": values}, refit=rule, cv=3, **options)).fit(X, y)
    assert search.best_index_ == rule(search.cv_results_)
    assert search.predict(X).shape == y.shape


def test_of_several_metrics_the_named_one_counts():
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(
        SVC(),
        {"C": [0.01, 1.0]},
        scoring=["accuracy", "f1_macro"],
        refit=OneStandardError("C", metric="f1_macro"),
    ).fit(X, y)
    assert search.best_params_ == {"C": 1.0}
    with pytest.raises(ValueError, match="'recall' is not in cv_results; there are"):
        MeanMinusSpread(metric="recall")(search.cv_results_)


def test_bad_input_is_named():
    table = results(SCORES, [{"C": c} for c in (1, 2, 3)])
    with pytest.raises(ValueError, match=r"complexity='gamma' is not .* there are \['C'\]"):
        OneStandardError("gamma")(table)
    failed = results([[np.nan] * 3] * 2, [{"C": 1}, {"C": 2}])
    with pytest.raises(ValueError, match="No configuration has a finite score"):
        OneStandardError("C")(failed)


WORDS = [{"kernel": word} for word in ("rbf", "poly", "linear")]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: OneStandardError(3), TypeError, "name of a parameter, a function .* got 3"),
        (lambda: MeanMinusSpread("a"), ValueError, "weight must be a finite number, got 'a'"),
        (lambda: MeanMinusSpread(np.nan), ValueError, "weight must be a finite number, got nan"),
        (lambda: MeanMinusSpread(True), ValueError, "weight must be a finite number, got True"),
    ],
)
def test_rules_of_other_types_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (OneStandardError("kernel"), "needs numbers, 'kernel' has the value 'rbf'"),
        (OneStandardError("-"), "is not a parameter of the search"),
        (OneStandardError(metric="auc"), "metric='auc' is not in cv_results"),
        (OneStandardError(lambda p: np.nan), "must return a number, got nan for {'kernel': 'rbf'}"),
        (OneStandardError(lambda p: "a"), "must return a number, got 'a'"),
    ],
)
def test_what_cannot_be_ranked_is_named(rule, message):
    with pytest.raises(ValueError, match=message):
        rule(results(SCORES, WORDS))


def test_only_configurations_within_reach_need_a_complexity():
    params = [{"C": 10.0}, {"C": 1.0}, {"C": "none"}]
    assert OneStandardError("C")(results(SCORES, params)) == 1

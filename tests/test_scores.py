"""Scores that are no numbers: of a scorer that fails, of fits that fail; any error score."""

import math
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from search_problems import SPACE, Hill, X, y
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer, roc_auc_score

from sknn_tune import BayesSearchCV

IRIS = load_iris(return_X_y=True)
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:invalid value encountered"),
    pytest.mark.filterwarnings("ignore:Scoring failed"),
    pytest.mark.filterwarnings("ignore:One or more of the"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning"),
]


class Counts(LogisticRegression):
    """Counts its fits."""

    fits = 0

    def fit(self, X, y):
        Counts.fits += 1
        return super().fit(X, y)


def raises(estimator, X, y=None):
    raise LookupError("no such label")


def gives_nan(estimator, X, y=None):
    return math.nan


def gives_infinity(estimator, X, y=None):
    return -math.inf


def two_scores(estimator, X, y=None):
    return {"good": 1.0, "bad": math.nan}


SCORERS = {
    "roc_auc of three classes": ("roc_auc", "multi_class must be in"),
    "a scorer of scikit-learn's": (make_scorer(roc_auc_score), "multi_class must be in"),
    "a function that raises": (raises, "LookupError: no such label"),
    "a function that gives nan": (gives_nan, r"scorer returns \[nan, nan\]"),
    "a function that gives infinity": (gives_infinity, r"scorer returns \[-inf, -inf\]"),
}


@pytest.mark.parametrize("n_iter", [2, 30])
@pytest.mark.parametrize(("scoring", "reason"), SCORERS.values(), ids=SCORERS)
def test_scorers_that_never_give_a_score_end_the_search(scoring, reason, n_iter):
    Counts.fits = 0
    space = {"C": np.logspace(-3, 3, 40)}
    search = BayesSearchCV(Counts(), space, n_iter=n_iter, cv=2, scoring=scoring, random_state=0)
    with pytest.raises(
        ValueError, match=rf"(?s)of {min(n_iter, 3)} trials.*no finite 'score'.*{reason}"
    ):
        search.fit(*IRIS)
    assert Counts.fits <= 2 * 3 + 1


@pytest.mark.parametrize("resource", ["max_iter", "n_samples"])
def test_with_a_resource_as_well(resource):
    search = BayesSearchCV(
        Counts(max_iter=30), {"C": np.logspace(-3, 3, 40)}, n_iter=30, cv=2, resource=resource
    )
    with pytest.raises(ValueError, match=r"of 3 trials succeeded, .* no finite 'score'"):
        search.set_params(scoring="roc_auc").fit(*IRIS)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_one_of_several_metrics(n_jobs):
    search = BayesSearchCV(
        LogisticRegression(), {"C": [0.1, 1.0]}, n_iter=2, cv=2, scoring=["accuracy", "roc_auc"]
    )
    search.set_params(refit="roc_auc", n_jobs=n_jobs)
    with pytest.raises(ValueError, match=r"no finite 'roc_auc'.*multi_class"):
        search.fit(*IRIS)
    search.set_params(refit="accuracy").fit(*IRIS)
    search.set_params(refit="roc_auc", objective="accuracy")
    with pytest.raises(ValueError, match="No trial has a finite 'roc_auc'"):
        search.fit(*IRIS)


def test_a_metric_of_a_function_of_several():
    search = BayesSearchCV(
        Hill(), SPACE, n_iter=3, cv=2, scoring=two_scores, refit="good", objective="bad"
    )
    with pytest.raises(ValueError, match="no finite 'bad'"):
        search.fit(X, y)


def test_stored_searches_say_it_again_without_fitting_further(tmp_path):
    Counts.fits = 0
    search = BayesSearchCV(
        Counts(), {"C": np.logspace(-3, 3, 40)}, n_iter=9, cv=2, scoring="roc_auc", random_state=0
    )
    for _ in range(2):
        with pytest.raises(ValueError, match="multi_class"):
            search.set_params(storage=tmp_path / "search.db").fit(*IRIS)
    assert Counts.fits <= 2 * 3 + 2


def test_a_scorer_that_fails_sometimes_is_no_reason_to_end():
    def scoring(estimator, X, y=None):
        if estimator.a > 0:
            raise LookupError("too large")
        return estimator.score(X, y)

    search = BayesSearchCV(Hill(), SPACE, n_iter=12, cv=2, scoring=scoring, random_state=0)
    results = search.fit(X, y).cv_results_
    failed = np.array([params["a"] > 0 for params in results["params"]])
    assert_array_equal(np.isnan(results["mean_test_score"]), failed)
    assert search.best_params_["a"] <= 0


# ------------------------------------------------------------ error_score
class FailsOnTheRight(Hill):
    def fit(self, X, y):
        if self.a > 0:
            raise RuntimeError("cannot be fitted")
        return super().fit(X, y)


def scoring_fails_on_the_right(estimator, X, y=None):
    if estimator.a > 0:
        raise LookupError("too large")
    return estimator.score(X, y)


@pytest.mark.parametrize("error_score", [0.0, 1e6, 0, -1e6, math.nan])
@pytest.mark.parametrize("refit", [True, "score"])
@pytest.mark.parametrize(
    ("model", "scoring"),
    [(FailsOnTheRight(a=-1.0), None), (Hill(a=-1.0), scoring_fails_on_the_right)],
)
def test_what_failed_does_not_win(error_score, refit, model, scoring):
    search = BayesSearchCV(model, SPACE, n_iter=12, cv=3, random_state=0, scoring=scoring)
    results = search.set_params(error_score=error_score).fit(X, y).cv_results_
    failed = np.array([params["a"] > 0 for params in results["params"]])
    assert failed.any()
    assert_array_equal(results["mean_test_score"][failed], error_score)
    assert search.best_params_["a"] <= 0
    assert search.best_score_ < 0
    assert search.best_score_ == results["mean_test_score"][~failed].max()


def test_what_failed_does_not_win_in_several_metrics():
    def score(estimator, X, y=None):
        return estimator.score(X, y)

    search = BayesSearchCV(
        FailsOnTheRight(a=-1.0), SPACE, n_iter=12, cv=3, random_state=0, error_score=0.0
    )
    search.set_params(scoring={"one": score, "two": score}, refit="two").fit(X, y)
    assert search.best_params_["a"] <= 0


def test_a_fold_that_fails_in_every_configuration_is_as_in_scikit_learn():
    class FailsOnce(BaseEstimator):
        def __init__(self, a=0.0):
            self.a = a

        def fit(self, X, y):
            if 0 not in y:
                raise RuntimeError("a fold without the first label")
            return self

        def score(self, X, y):
            return self.a

    labels = np.r_[np.zeros(4), np.ones(8)]
    splits = [(np.arange(4, 12), np.arange(4)), (np.arange(8), np.arange(8, 12))]
    search = BayesSearchCV(FailsOnce(), {"a": [1.0, 2.0]}, n_iter=2, cv=splits, error_score=0.0)
    assert search.fit(X, labels).best_params_ == {"a": 2.0}
    search.set_params(error_score=math.nan).fit(X, labels)
    assert math.isnan(search.best_score_)
    assert search.best_estimator_.a == search.cv_results_["params"][0]["a"]


def test_warnings_are_not_needed_for_what_succeeds():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        BayesSearchCV(Hill(), SPACE, n_iter=4, cv=2, error_score=0.0).fit(X, y)

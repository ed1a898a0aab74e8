"""Bad spaces and arguments: a clear error that names the parameter, before the first fit."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform, norm, randint, uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sknn_tune import BayesSearchCV

X = np.random.RandomState(0).randn(12, 2)
y = np.arange(12) % 2


class Untouched(ClassifierMixin, BaseEstimator):
    """Fails the test if it is ever fitted."""

    def __init__(self, C=1.0, gamma="scale", kernel="rbf", degree=3):
        self.C, self.gamma, self.kernel, self.degree = C, gamma, kernel, degree

    def fit(self, X, y):
        pytest.fail("the search has started to fit")

    def predict(self, X):
        return np.zeros(len(X))


class NoScore(BaseEstimator):
    def fit(self, X, y):
        pytest.fail("the search has started to fit")


class RvsBroken:
    def rvs(self, random_state=None):
        raise RuntimeError("no draws today")


def space(**entries):
    return {"param_distributions": entries}


RANGE = space(C=loguniform(1e-2, 1e2))
MIXED = space(C=loguniform(1e-2, 1e2), kernel=["rbf", "poly"], degree=randint(2, 6))
INSIDE = {"C": 1.0, "kernel": "rbf", "degree": 3}
SCORES = {"mean_test_score": [0.5, 0.6]}
PIPE = Pipeline([("scale", StandardScaler()), ("clf", Untouched())])

# What goes wrong, and the words that the message must have.
BAD = {
    # ---- param_distributions as a whole
    "space: a number": ({"param_distributions": 3}, "param_distributions"),
    "space: None": ({"param_distributions": None}, "param_distributions"),
    "space: a tuple of pairs": ({"param_distributions": (("C", [1]),)}, "param_distributions"),
    "space: an unknown word": ({"param_distributions": "all"}, "param_distributions"),
    "space: an empty list": ({"param_distributions": []}, "param_distributions"),
    "space: a list of lists": ({"param_distributions": [["C", 1]]}, "param_distributions"),
    "space: a list with None": ({"param_distributions": [{"C": [1]}, None]}, "param_distributions"),
    "space: a name that is no string": (
        {"param_distributions": {3: [1, 2]}},
        "param_distributions",
    ),
    "space: auto, but none is offered": ({"param_distributions": "auto"}, "param_distributions"),
    # ---- names
    "name: unknown": (space(c=[1, 2]), "'c'"),
    "name: unknown in the second branch": (
        {"param_distributions": [{"C": [1]}, {"Gamma": [1]}]},
        "'Gamma'",
    ),
    "name: nested where nothing is": (space(C__x=[1, 2]), "'C__x'"),
    "name: unknown step": (
        {"estimator": PIPE, "param_distributions": {"svc__C": [1.0]}},
        "'svc__C'",
    ),
    "name: unknown parameter of a step": (
        {"estimator": PIPE, "param_distributions": {"clf__c": [1.0]}},
        "'clf__c'",
    ),
    "name: not of every choice": (
        {
            "estimator": PIPE,
            "param_distributions": {"clf": [SVC(), LogisticRegression()], "clf__gamma": [1.0]},
        },
        "'clf__gamma'",
    ),
    "name: below passthrough": (
        {
            "estimator": PIPE,
            "param_distributions": {
                "scale": ["passthrough", StandardScaler()],
                "scale__with_mean": [True, False],
            },
        },
        "'scale__with_mean'",
    ),
    # ---- values
    "values: an empty list": (space(C=[]), "'C'"),
    "values: an empty array": (space(C=np.array([])), "'C'"),
    "values: a number": (space(C=1.0), "'C'"),
    "values: None": (space(C=None), "'C'"),
    "values: a word": (space(kernel="rbf"), "'kernel'"),
    "values: bytes": (space(kernel=b"rbf"), "'kernel'"),
    "values: a boolean": (space(C=True), "'C'"),
    "values: a dict": (space(C={"low": 1, "high": 2}), "'C'"),
    "values: a set": (space(C={1, 2}), "'C'"),
    "values: a generator": (space(C=(i for i in range(3))), "'C'"),
    "values: a function": (space(C=np.random.rand), "'C'"),
    "values: an array of two dimensions": (space(C=np.ones((2, 2))), "'C'"),
    "values: an array without dimension": (space(C=np.array(1.0)), "'C'"),
    "values: bad in the second branch": (
        {"param_distributions": [{"C": [1.0]}, {"degree": []}]},
        "'degree'",
    ),
    # ---- distributions
    "distribution: not frozen": (space(C=uniform), "'C'"),
    "distribution: a class": (space(C=type(uniform())), "'C'"),
    "distribution: loguniform from 0": (space(C=loguniform(0, 1)), "'C'"),
    "distribution: loguniform from below 0": (space(C=loguniform(-1, 1)), "'C'"),
    "distribution: loguniform reversed": (space(C=loguniform(1e2, 1e-2)), "'C'"),
    "distribution: uniform of negative width": (space(C=uniform(0, -1)), "'C'"),
    "distribution: uniform with nan": (space(C=uniform(np.nan, 1)), "'C'"),
    "distribution: norm of negative scale": (space(C=norm(0, -1)), "'C'"),
    "distribution: randint reversed": (space(degree=randint(5, 2)), "'degree'"),
    "distribution: rvs that fails": (space(C=RvsBroken()), "'C'"),
    # ---- the arguments of RandomizedSearchCV
    "estimator: no fit": ({"estimator": 3}, "estimator"),
    "estimator: a class": ({"estimator": SVC}, "estimator.*SVC"),
    "estimator: no score": ({"estimator": NoScore(), **space()}, "scoring"),
    "n_iter: 0": ({"n_iter": 0}, "n_iter"),
    "n_iter: a float": ({"n_iter": 2.5}, "n_iter"),
    "n_iter: None": ({"n_iter": None}, "n_iter"),
    "scoring: unknown": ({"scoring": "acuracy"}, "scoring"),
    "scoring: a number": ({"scoring": 3}, "scoring"),
    "scoring: an empty list": ({"scoring": []}, "scoring"),
    "scoring: repeated": ({"scoring": ["f1", "f1"], "refit": "f1"}, "scoring"),
    "refit: True with two metrics": ({"scoring": ["f1", "accuracy"]}, "refit"),
    "refit: not a metric": ({"scoring": ["f1", "accuracy"], "refit": "auc"}, "refit"),
    "refit: a number": ({"refit": 3}, "refit"),
    "cv: 1": ({"cv": 1}, "cv"),
    "scoring: a metric": ({"scoring": r2_score}, "scoring=.*r2_score.*make_scorer"),
    "cv: a class": ({"cv": KFold}, r"cv must be an instance, got the class KFold; write KFold\(\)"),
    "cv: no pairs": ({"cv": [(np.arange(4),), (np.arange(4),)]}, "pairs of the rows to train on"),
    "cv: another class": ({"cv": StratifiedKFold}, r"write StratifiedKFold\(\)"),
    "cv: a word": ({"cv": "five"}, "cv"),
    "cv: no splits": ({"cv": []}, "CV"),
    "cv: more folds than rows": ({"cv": 20}, "n_splits=20"),
    "n_jobs: 0": ({"n_jobs": 0}, "n_jobs"),
    "n_jobs: a float": ({"n_jobs": 1.5}, "n_jobs"),
    "pre_dispatch: a wrong word": ({"pre_dispatch": "2*njobs"}, "pre_dispatch"),
    "pre_dispatch: 0": ({"pre_dispatch": 0}, "pre_dispatch"),
    "pre_dispatch: None": ({"pre_dispatch": None}, "pre_dispatch"),
    "verbose: negative": ({"verbose": -1}, "verbose"),
    "random_state: negative": ({"random_state": -1}, "random_state"),
    "random_state: a word": ({"random_state": "seed"}, "random_state"),
    "error_score: a wrong word": ({"error_score": "rais"}, "error_score"),
    "return_train_score: a word": ({"return_train_score": "yes"}, "return_train_score"),
    # ---- our own arguments
    "objective: a number": ({"objective": 3}, "objective"),
    "objective: with a single metric": ({"objective": "f1"}, "objective"),
    "objective: not a metric": (
        {"scoring": ["f1", "accuracy"], "refit": False, "objective": "auc"},
        "objective",
    ),
    "selection: unknown": ({"selection": "post"}, "selection"),
    "selection: with a callable refit": (
        {"selection": "posterior", "refit": lambda results: 0},
        "selection",
    ),
    "selection: another metric than refit": (
        {
            "scoring": ["f1", "accuracy"],
            "refit": "f1",
            "objective": "accuracy",
            "selection": "posterior",
        },
        "selection",
    ),
    "start_from_estimator: a word": ({"start_from_estimator": "no"}, "start_from_estimator"),
    "initial_params: a dict": ({"initial_params": {"C": 1.0}}, "initial_params"),
    "initial_params: a list of numbers": ({"initial_params": [1.0]}, r"initial_params\[0\]"),
    "initial_params: more than n_iter": (
        {"initial_params": [{"C": 1.0}, {"C": 2.0}], "n_iter": 1},
        "initial_params",
    ),
    "initial_params: above the range": (
        {"initial_params": [{"C": 1.0}, {"C": 1e3}]},
        r"initial_params\[1\].*'C'",
    ),
    "initial_params: not a choice": (
        {**MIXED, "initial_params": [{**INSIDE, "kernel": "linear"}]},
        r"initial_params\[0\].*'kernel'",
    ),
    "initial_params: not an integer": (
        {**MIXED, "initial_params": [{**INSIDE, "degree": 2.5}]},
        r"initial_params\[0\].*'degree'",
    ),
    "initial_params: nan": ({"initial_params": [{"C": np.nan}]}, r"initial_params\[0\].*'C'"),
    "initial_params: a word for a number": (
        {"initial_params": [{"C": "1"}]},
        r"initial_params\[0\].*'C'",
    ),
    "initial_params: a parameter too few": (
        {**MIXED, "initial_params": [{"C": 1.0}]},
        r"initial_params\[0\].*'degree', 'kernel'",
    ),
    "initial_params: a parameter too many": (
        {"initial_params": [{"C": 1.0, "tol": 1e-3}]},
        r"initial_params\[0\].*'tol'",
    ),
    "prior_results: a list": ({"prior_results": [{"C": 1.0}]}, "prior_results"),
    "prior_results: a file name": ({"prior_results": "old.csv"}, "prior_results"),
    "prior_results: no scores": (
        {"prior_results": {"params": [{"C": 1.0}]}},
        "prior_results.*'mean_test_score'",
    ),
    "prior_results: another metric": (
        {"prior_results": {"params": [{"C": 1.0}], "mean_test_f1": [0.5]}},
        "prior_results.*'mean_test_score'.*'mean_test_f1'",
    ),
    "prior_results: no configurations": ({"prior_results": SCORES}, "prior_results.*'params'"),
    "prior_results: columns of two lengths": (
        {"prior_results": {"params": [{"C": 1.0}], **SCORES}},
        "prior_results",
    ),
    "prior_results: all outside": (
        {"prior_results": {"params": [{"C": 1e5}, {"D": 1.0}], **SCORES}},
        "prior_results.*1",
    ),
    "prior_results: an empty frame": ({"prior_results": pd.DataFrame()}, "prior_results"),
    "prior_results: scores that are words": (
        {"prior_results": {"params": [{"C": 1.0}], "mean_test_score": ["good"]}},
        "prior_results",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_says_what_is_wrong_before_the_first_fit(case):
    kwargs, words = BAD[case]
    search = BayesSearchCV(**{"estimator": Untouched(), **RANGE, **kwargs})
    with pytest.raises((TypeError, ValueError)) as caught:
        search.fit(X, y)
    assert re.search(words, str(caught.value), re.DOTALL), str(caught.value)


def test_the_guard_would_notice_a_fit():
    """The estimator of this table does fail a search that reaches it."""
    with pytest.raises(pytest.fail.Exception):
        BayesSearchCV(Untouched(), **RANGE).fit(X, y)


@pytest.mark.parametrize(
    ("target", "cv"),
    [
        (np.r_[np.nan, y[1:]], 3),
        (np.r_[np.nan, y[1:]], None),
        (np.array([None, *map(str, y[1:])], dtype=object), 3),
        (pd.Series([pd.NA, *map(str, y[1:])], dtype=object), 3),
    ],
)
def test_a_bad_target_is_not_blamed_on_the_splits(target, cv):
    with pytest.raises(ValueError, match=r"^y has no label in 1 of 12 places.*first at 0"):
        BayesSearchCV(Untouched(), **RANGE, cv=cv).fit(X, target)


class TakesAnyLabels(ClassifierMixin, BaseEstimator):
    def __init__(self, C=1.0):
        self.C = C

    def fit(self, X, y):
        assert len(set(y)) == 2  # each fold has both labels
        return self

    def score(self, X, y):
        assert len(set(y)) == 2
        return self.C


@pytest.mark.parametrize("cv", [None, 3, StratifiedKFold(3)])
@pytest.mark.parametrize("labels", [[0, 1], [False, True], [np.int64(3), np.int64(7)], ["a", "b"]])
def test_labels_as_objects_are_stratified(labels, cv):
    target = np.array([labels[i] for i in np.sort(y)], dtype=object)
    search = BayesSearchCV(TakesAnyLabels(), **RANGE, cv=cv, n_iter=2, random_state=0)
    assert search.fit(X, target).best_score_ > 0

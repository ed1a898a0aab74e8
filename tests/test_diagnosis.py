"""diagnose: planted faults are named, for any estimator; the report adds up and shows itself."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_digits, load_iris, make_classification, make_friedman1
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier
from sklearn.linear_model import Lasso, LogisticRegression
from sklearn.model_selection import KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from sknn_tune import consistency, diagnose, train_dev_test_split
from sknn_tune.quality.capacity import CAPACITY, capacity_rules

FAULTS = {
    "high_bias",
    "high_variance",
    "noise",
    "too_few_rows",
    "rate_too_high",
    "not_converged",
    "balanced",
}


def digits(n_rows, seed=0):
    X, y = load_digits(return_X_y=True)
    rows = np.random.default_rng(seed).permutation(len(y))[:n_rows]
    return X[rows] / 16, y[rows]


def classes(n_rows, flip, seed=0):
    return make_classification(
        n_rows, 10, n_informative=4, flip_y=flip, class_sep=1.5, random_state=seed
    )


def network(units, **options):
    options = {"learning_rate_init": 0.01, "max_iter": 100, "random_state": 0} | options
    return MLPClassifier(units, **options)


PLANTED = [
    ("high_bias", DecisionTreeClassifier(max_depth=1), digits(300)),
    ("high_bias", make_pipeline(StandardScaler(), SVC(C=1e-4)), digits(300)),
    ("high_variance", SVC(gamma=3.0, C=100), classes(400, 0.02)),
    ("noise", SVC(), classes(500, 0.8)),
    ("too_few_rows", SVC(), digits(70)),
    ("balanced", SVC(), digits(600)),
]
SLOW = [
    ("high_bias", network((1,)), digits(300)),
    ("high_variance", network((128, 128), alpha=0.0), classes(300, 0.05)),
    ("noise", network((8,)), classes(600, 0.8)),
    ("too_few_rows", network((32,)), digits(60)),
    ("rate_too_high", network((32,), learning_rate_init=3.0, max_iter=30), digits(300)),
    ("not_converged", network((32,), learning_rate_init=0.001, max_iter=2), digits(300)),
    ("not_converged", HistGradientBoostingClassifier(max_iter=2), digits(300)),
]
CASES = [(*case, ()) for case in PLANTED] + [(*case, pytest.mark.slow) for case in SLOW]


@pytest.mark.parametrize(
    ("fault", "estimator", "data"),
    [pytest.param(f, e, d, marks=m, id=f"{f}-{type(e).__name__}") for f, e, d, m in CASES],
)
@pytest.mark.filterwarnings("ignore:The least populated class:UserWarning")
def test_planted_faults_are_named(fault, estimator, data):
    report = diagnose(estimator, *data, random_state=0)
    assert report.fault == fault, report
    assert set(report.reasons) == set(report.faults) <= FAULTS


@pytest.fixture(scope="module")
def stump():
    X, y = digits(300)
    return diagnose(DecisionTreeClassifier(max_depth=1), X, y, cv=3, random_state=0)


def test_parts_add_up_to_the_dev_error(stump):
    assert sum(stump.parts.values()) == pytest.approx(stump.dev_error)
    assert min(stump.parts.values()) >= 0


def test_errors_are_those_of_the_folds(stump):
    own = stump.errors["model"]
    assert own.dev.shape == own.train.shape == (3,)
    assert stump.dev_error == pytest.approx(own.dev.mean())
    assert stump.training_error == pytest.approx(own.train.mean())
    assert stump.reference_error < stump.dev_error
    assert stump.dev_error_se > 0
    assert stump.n_fits == sum(3 for _ in stump.errors) + 3 * (len(stump.curve) - 1)


def test_advice_names_parameters_of_the_estimator(stump):
    moves = {advice.parameter: advice.action for advice in stump.advice}
    assert moves["max_depth"] == "raise"
    assert {name for name in moves if name} <= set(stump.estimator.get_params())


def test_advice_inside_a_pipeline_has_the_full_name():
    X, y = digits(200)
    model = make_pipeline(StandardScaler(), SVC(C=1e-4))
    report = diagnose(model, X, y, cv=3, random_state=0)
    assert ("svc__C", "raise") in [(a.parameter, a.action) for a in report.advice]
    model.set_params(**{a.parameter: 1.0 for a in report.advice if a.parameter == "svc__C"})


class Fragile(ClassifierMixin, BaseEstimator):
    """Cannot be fitted with a learning rate above 1."""

    def __init__(self, learning_rate=1000.0):
        self.learning_rate = learning_rate

    def fit(self, X, y):
        if self.learning_rate > 1:
            raise ValueError("weights are not finite")
        self.model_ = SVC().fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict(self, X):
        return self.model_.predict(X)


def test_a_model_that_only_a_lower_rate_makes_fit():
    X, y = digits(200)
    report = diagnose(Fragile(), X, y, cv=3, random_state=0)
    assert report.fault == "rate_too_high"
    assert "weights are not finite" in report.errors["model"].failures[0]
    assert np.isnan(report.dev_error)
    assert [(a.parameter, a.action) for a in report.advice] == [("learning_rate", "lower")]
    assert "rate_too_high" in repr(report)


def test_a_known_error_of_humans_is_the_floor(stump):
    X, y = digits(300)
    report = diagnose(stump.estimator, X, y, reference=0.01, cv=3, random_state=0)
    assert report.reference_error == 0.01
    assert report.parts["noise"] == pytest.approx(0.01)
    assert sum(report.parts.values()) == pytest.approx(report.dev_error)


def test_a_model_may_be_the_reference():
    X, y = digits(300)
    report = diagnose(GaussianNB(), X, y, reference=SVC(), cv=3, random_state=0)
    assert report.errors["reference"].dev.mean() < report.dev_error
    assert report.fault in ("high_bias", "high_variance")


def test_regression_and_losses():
    X, y = make_friedman1(300, random_state=0)
    report = diagnose(SVR(C=1e-3), X, y, cv=3, scoring="neg_mean_absolute_error", random_state=0)
    assert report.fault == "high_bias"
    # The error is the loss itself, in units of the target.
    assert report.dev_error == pytest.approx(abs(y - np.median(y)).mean(), rel=0.1)
    report = diagnose(Lasso(alpha=50.0), X, y, cv=3, random_state=0)
    assert report.fault == "high_bias"
    assert ("alpha", "lower") in [(a.parameter, a.action) for a in report.advice]


def test_words_are_seen_by_the_baselines_through_the_pipeline():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"colour": rng.choice(["red", "green", "blue"], 200)})
    y = (X["colour"] == "red").to_numpy()
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["colour"])), LogisticRegression()
    )
    report = diagnose(model, X, y, cv=3, random_state=0)
    assert report.fault == "balanced"
    assert all(errors.works for errors in report.errors.values())


def test_labels_may_be_words_in_a_series():
    X, y = load_iris(return_X_y=True, as_frame=True)
    names = y.map({0: "setosa", 1: "versicolor", 2: "virginica"}).astype(object)
    report = diagnose(SVC(), X, names, cv=3, random_state=0)
    assert report.dev_error < 0.1
    assert consistency(SVC(), X, names, cv=3, n_seeds=1).mean_score > 0.9
    train, dev, test = train_dev_test_split(X, names, stratify=names, random_state=0)[3:]
    assert [(part == "setosa").sum() for part in (train, dev, test)] == [30, 10, 10]


def test_a_given_splitter_is_left_as_it_is():
    X, y = load_iris(return_X_y=True)
    # Without shuffling each fold holds out a class that was never trained on.
    report = diagnose(SVC(), X, y, cv=KFold(3), random_state=0)
    assert report.dev_error == 1.0


def test_rows_of_a_group_stay_in_one_fold():
    # Each row comes ten times, so copies of each test row are in the training rows.
    X = np.repeat(np.random.default_rng(0).standard_normal((30, 4)), 10, axis=0)
    y = np.repeat(np.arange(30) % 2, 10)
    groups = np.repeat(np.arange(30), 10)
    apart, together = (
        diagnose(DecisionTreeClassifier(), X, y, groups=g, cv=3, random_state=0)
        for g in (None, groups)
    )
    assert apart.dev_error == 0.0
    assert together.dev_error > 0.2
    report = consistency(DecisionTreeClassifier(), X, y, groups=groups, n_seeds=1)
    assert report.mean_score < 0.8


def test_the_estimator_stays_as_it_was():
    X, y = load_iris(return_X_y=True)
    tree = DecisionTreeClassifier(max_depth=1)
    before = clone(tree).get_params()
    diagnose(tree, X, y, cv=3)
    assert tree.get_params() == before
    assert not hasattr(tree, "tree_")


def test_learning_curve_on_demand(stump):
    sizes, train, dev = stump.learning_curve([0.5, 1.0])
    assert sizes.tolist() == [100, 200]
    assert train.shape == dev.shape == (2, 3)
    assert dev[-1] == pytest.approx(stump.errors["model"].dev, abs=0.05)


def test_reports_show_themselves(stump):
    assert "high_bias" in repr(stump)
    assert "raise max_depth (now 1)" in repr(stump)
    assert "<table" in stump._repr_html_()
    assert "&lt;" not in stump._repr_html_()
    frame = stump.to_frame()
    assert frame.loc["model", "dev error"] == stump.dev_error
    assert {"chance", "linear model", "forest"} <= set(frame.index)


def test_parameters_of_transformers_and_of_other_meanings_are_left_alone():
    model = make_pipeline(StandardScaler(), SVC(kernel="rbf"))
    assert list(capacity_rules(model)) == ["svc__degree", "svc__gamma", "svc__C"]
    assert "alpha" not in capacity_rules(GradientBoostingRegressor())


@pytest.mark.parametrize("name", CAPACITY)
def test_more_and_less_capacity_are_opposite(name):
    rule = CAPACITY[name]
    value = {"hidden_layer_sizes": (64, 32), "degree": 4, "dropout": 0.2}.get(name, 40)
    less, more = (np.mean(rule.move(value, step)) for step in (-0.5, 0.5))
    assert rule.sign * less <= rule.sign * np.mean(value) <= rule.sign * more
    assert less != more


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"reference": -1.0}, ValueError, "reference must be an error of at least 0"),
        ({"tolerance": 2}, ValueError, r"tolerance must be a number in \[0, 1\), got 2"),
        ({"cv": [([0, 1, 60], [2, 61])]}, ValueError, "at least 2 splits, got 1"),
        ({"estimator": SVC}, TypeError, "classifier or regressor instance"),
        ({"estimator": StandardScaler()}, TypeError, "classifier or regressor instance"),
        ({"estimator": SVC(C=-1.0)}, ValueError, "could not be fitted: .*C"),
        ({"reference": SVC}, ValueError, "an estimator instance, got <class"),
        ({"reference": np.nan}, ValueError, "an error of at least 0"),
        ({"tolerance": True}, ValueError, "tolerance must be a number"),
        ({"cv": KFold}, ValueError, "cv must be an integer of at least 2"),
        ({"cv": 1}, ValueError, "cv must be an integer of at least 2"),
        ({"scoring": ["accuracy"]}, ValueError, "scoring must be one metric"),
        ({"scoring": "roc_auc"}, ValueError, "could not be scored: .*multi_class"),
        ({"scoring": lambda *_: "a"}, TypeError, "scoring must return a number, got 'a'"),
        ({"scoring": lambda *_: np.nan}, ValueError, "scores that are not finite"),
    ],
)
def test_bad_input_is_named(options, error, message):
    X, y = load_iris(return_X_y=True)
    options = {"estimator": SVC()} | options
    with pytest.raises(error, match=message):
        diagnose(options.pop("estimator"), X, y, **options)

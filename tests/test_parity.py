"""The same model as scikit-learn's, and where its defects are fixed."""

import inspect

import numpy as np
import pytest
import sklearn.neural_network as reference
from labels import label
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, make_multilabel_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import scale

import sknn_tune
from sknn_tune import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X_digits, y_digits = load_digits(return_X_y=True)
X_digits, y_digits = X_digits[:300] / 16, y_digits[:300]
X_diabetes, y_diabetes = load_diabetes(return_X_y=True)
y_diabetes = scale(y_diabetes)
X_multilabel, Y_multilabel = make_multilabel_classification(200, 10, n_classes=4, random_state=0)
X_multilabel = scale(X_multilabel)
BINARY = y_digits < 2
TASKS = {
    "multiclass": ("MLPClassifier", X_digits, y_digits),
    "binary": ("MLPClassifier", X_digits[BINARY], y_digits[BINARY]),
    "names": ("MLPClassifier", X_digits[BINARY], np.array(["no", "yes"])[y_digits[BINARY]]),
    "multilabel": ("MLPClassifier", X_multilabel, Y_multilabel),
    "regression": ("MLPRegressor", X_diabetes, y_diabetes),
    "outputs": ("MLPRegressor", X_diabetes, np.c_[y_diabetes, 3 * X_diabetes[:, 0]]),
}
SMALL = {"hidden_layer_sizes": (8,), "max_iter": 5, "random_state": 0}


#: scikit-learn's networks learnt of sample weights, and its regressor of losses, in 1.7.
needs_weights = pytest.mark.skipif(
    "sample_weight" not in inspect.signature(reference.MLPClassifier.fit).parameters,
    reason="this scikit-learn's networks know neither sample weights nor losses",
)


def sample_weights(n):
    return np.random.RandomState(0).uniform(0.5, 2, n)


def pair(task, **params):
    """scikit-learn's estimator and ours, fitted alike."""
    name, X, y = TASKS[task]
    fit_params = params.pop("fit_params", {})
    estimators = [getattr(module, name)(**params) for module in (reference, sknn_tune)]
    for estimator in estimators:
        estimator.fit(X, y, **fit_params)
    return estimators, X


def difference(a, b):
    pairs = zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True)
    return max(np.abs(p - q).max() for p, q in pairs)


def assert_same_fit(a, b, X):
    assert difference(a, b) < 1e-6
    assert a.n_iter_ == b.n_iter_
    assert a.t_ == b.t_
    assert_allclose(a.loss_curve_, b.loss_curve_, rtol=1e-6)
    assert a.out_activation_ == b.out_activation_
    assert_array_equal(a.predict(X), b.predict(X)) if hasattr(a, "classes_") else assert_allclose(
        a.predict(X), b.predict(X), atol=1e-5
    )


# --- the same model as scikit-learn's -----------------------------------------------------------


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("weighted", [False, pytest.param(True, marks=needs_weights)])
def test_same_model_as_scikit_learn(task, activation, solver, weighted):
    n = len(TASKS[task][1])
    (theirs, ours), X = pair(
        task,
        hidden_layer_sizes=(15, 10),
        activation=activation,
        solver=solver,
        alpha=1e-3,
        max_iter=15,
        random_state=3,
        fit_params={"sample_weight": sample_weights(n)} if weighted else {},
    )
    assert_same_fit(theirs, ours, X)
    if hasattr(ours, "classes_"):
        assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("task", ["multiclass", "binary", "multilabel", "regression"])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_same_loss_as_scikit_learn_with_lbfgs(task, activation):
    (theirs, ours), _ = pair(
        task, hidden_layer_sizes=(8,), activation=activation, solver="lbfgs", max_iter=10,
        random_state=3, alpha=1e-2,
    )  # fmt: skip
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-4)
    assert ours.n_iter_ == theirs.n_iter_
    assert not hasattr(ours, "loss_curve_")


OPTIONS = [
    {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.05},
    {"solver": "sgd", "learning_rate": "adaptive", "learning_rate_init": 0.02, "tol": 0.05,
     "n_iter_no_change": 2, "max_iter": 40},
    {"solver": "sgd", "momentum": 0.0},
    {"solver": "sgd", "nesterovs_momentum": False},
    {"solver": "adam", "learning_rate": "invscaling"},
    {"solver": "adam", "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-4},
    {"shuffle": False},
    {"batch_size": 7},
    {"alpha": 0.0},
    {"alpha": 1.0},
    {"hidden_layer_sizes": ()},
    {"hidden_layer_sizes": 6},
    {"hidden_layer_sizes": (3, 4, 5, 6)},
    {"early_stopping": True, "validation_fraction": 0.2},
    {"early_stopping": True, "n_iter_no_change": 1, "max_iter": 60},
    {"n_iter_no_change": np.inf},
    {"tol": 1.0, "n_iter_no_change": 3, "max_iter": 30},
]  # fmt: skip


@pytest.mark.parametrize("task", ["multiclass", "binary", "outputs"])
@pytest.mark.parametrize("options", OPTIONS, ids=label)
def test_same_options_as_scikit_learn(task, options):
    (theirs, ours), X = pair(
        task, **{"hidden_layer_sizes": (10,), "max_iter": 12, "random_state": 1, **options}
    )
    assert_same_fit(theirs, ours, X)
    assert ours.best_loss_ == pytest.approx(theirs.best_loss_) if theirs.best_loss_ else True
    if options.get("early_stopping"):
        assert_allclose(ours.validation_scores_, theirs.validation_scores_, atol=1e-9)
        assert ours.best_validation_score_ == pytest.approx(theirs.best_validation_score_)


@needs_weights
@pytest.mark.parametrize("weighted", [False, True])
def test_poisson_is_scikit_learns(weighted):
    y = np.random.RandomState(0).poisson(np.exp(y_diabetes / 2))
    params = {**SMALL, "loss": "poisson"}
    weight = sample_weights(len(y)) if weighted else None
    theirs = reference.MLPRegressor(**params).fit(X_diabetes, y, sample_weight=weight)
    ours = MLPRegressor(**params).fit(X_diabetes, y, sample_weight=weight)
    assert_same_fit(theirs, ours, X_diabetes)


@needs_weights
def test_early_stopping_with_weights_is_scikit_learns():
    weight = sample_weights(len(X_digits))
    (theirs, ours), X = pair(
        "multiclass", **{**SMALL, "early_stopping": True}, fit_params={"sample_weight": weight}
    )
    assert_same_fit(theirs, ours, X)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_partial_fit_is_scikit_learns(solver):
    theirs, ours = (m.MLPClassifier(**SMALL, solver=solver) for m in (reference, sknn_tune))
    for estimator in (theirs, ours):
        for start in (0, 100, 200, 0):
            rows = slice(start, start + 100)
            estimator.partial_fit(X_digits[rows], y_digits[rows], classes=np.arange(10))
    assert_same_fit(theirs, ours, X_digits)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_warm_start_is_scikit_learns(solver):
    theirs, ours = (
        m.MLPClassifier(**SMALL, solver=solver, warm_start=True, activation="tanh")
        for m in (reference, sknn_tune)
    )
    for _ in range(3):
        for estimator in (theirs, ours):
            estimator.fit(X_digits, y_digits)
    assert difference(theirs, ours) < 1e-5
    assert theirs.n_iter_ == ours.n_iter_
    if solver != "lbfgs":
        assert_same_fit(theirs, ours, X_digits)


def test_partial_fit_goes_on_after_fit():
    theirs, ours = (m.MLPRegressor(**SMALL) for m in (reference, sknn_tune))
    for estimator in (theirs, ours):
        estimator.fit(X_diabetes, y_diabetes)
        estimator.partial_fit(X_diabetes[:50], y_diabetes[:50])
    assert difference(theirs, ours) < 1e-9


# --- where scikit-learn 1.9 is fixed ------------------------------------------------------------


def test_batch_of_weight_zero_is_skipped():
    weight = np.ones(len(y_diabetes))
    weight[:50] = 0
    model = MLPRegressor(**SMALL, shuffle=False, batch_size=50)
    model.fit(X_diabetes, y_diabetes, sample_weight=weight)
    others = clone(model).fit(X_diabetes[50:], y_diabetes[50:])
    assert difference(model, others) == 0


def test_partial_fit_is_absent_under_lbfgs():
    for cls in (MLPClassifier, MLPRegressor):
        assert not hasattr(cls(solver="lbfgs"), "partial_fit")
        assert hasattr(cls(solver="adamw"), "partial_fit")


def test_several_outputs_under_lbfgs_reach_the_minimum():
    """Without hidden layers and penalty the minimum is ordinary least squares."""
    Y = np.c_[y_diabetes, 3 * scale(X_diabetes[:, 0])]
    X = scale(X_diabetes)
    model = MLPRegressor(
        hidden_layer_sizes=(), solver="lbfgs", alpha=0, max_iter=2000, tol=1e-10, max_fun=10**6,
        random_state=0,
    ).fit(X, Y)  # fmt: skip
    design = np.c_[X, np.ones(len(X))]
    best = design @ np.linalg.lstsq(design, Y, rcond=None)[0]
    assert_allclose(model.predict(X), best, atol=1e-3)
    assert model.loss_ == pytest.approx(0.5 * np.sum((best - Y) ** 2) / len(X), rel=1e-5)


def test_warm_start_with_early_stopping_keeps_the_best_epoch():
    model = MLPClassifier(
        **{**SMALL, "max_iter": 4}, early_stopping=True, warm_start=True, learning_rate_init=0.1
    )
    for fit in range(4):
        model.fit(X_digits, y_digits)
        if fit == 0:  # its split follows the draw of the first weights
            continue
        _, held_out = train_test_split(
            np.arange(300), random_state=np.random.RandomState(0), test_size=0.1
        )
        score = model.score(X_digits[held_out], y_digits[held_out])
        assert score == pytest.approx(max(model.validation_scores_[4:]))

"""Bad input to a fitted network: predictions, later batches, warm starts with other options."""

import warnings

import numpy as np
import pytest
from bad_input import ONES, SMALL, X, changed, fit, y_class, y_labels, y_real
from labels import label
from sklearn.exceptions import ConvergenceWarning

from sknn_tune import MLPClassifier, MLPRegressor

# --- predicting and training further -------------------------------------------------------------

PREDICTION = {
    "another width": (X[:, :2], "features"),
    "a NaN": (changed(X, np.nan), "NaN"),
    "an infinity": (changed(X, np.inf), "infinity"),
    "no rows": (X[:0], "0 sample"),
    "one dimension": (X[0], "2D array"),
    "words": (changed(X, "a"), "convert"),
    "complex": (X + 1j, "[Cc]omplex"),
}


@pytest.fixture(scope="module")
def fitted():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return fit(MLPClassifier, {}), fit(MLPRegressor, {})


@pytest.mark.parametrize("kind", PREDICTION)
def test_prediction(kind, fitted):
    X_bad, expected = PREDICTION[kind]
    for model in fitted:
        with pytest.raises((ValueError, TypeError), match=expected):
            model.predict(X_bad)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_prediction_beyond_float32():
    model = fit(MLPRegressor, {}, X=X.astype(np.float32))
    with pytest.raises(ValueError, match="float32"):
        model.predict(X * 1e300)


LATER_BATCHES = {
    "another width": (X[:, :2], y_class, "features"),
    "a new class": (X, y_class + 1, "classes"),
    "label indicators": (X, y_labels, "multilabel"),
    "continuous": (X, y_real, "continuous"),
}


@pytest.mark.parametrize("kind", LATER_BATCHES)
def test_later_batch_of_partial_fit(kind):
    X_bad, y_bad, expected = LATER_BATCHES[kind]
    model = MLPClassifier(**SMALL).partial_fit(X, y_class, classes=range(3))
    with pytest.raises(ValueError, match=expected):
        model.partial_fit(X_bad, y_bad)
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.parametrize("y_bad", [y_labels[:, :2], y_class, np.c_[y_labels, y_labels]])
def test_later_batch_of_multilabel_partial_fit(y_bad):
    model = MLPClassifier(**SMALL).partial_fit(X, y_labels, classes=range(3))
    with pytest.raises(ValueError, match="multilabel"):
        model.partial_fit(X, y_bad)


def test_later_batch_of_a_regressor():
    model = MLPRegressor(**SMALL).partial_fit(X, y_real)
    with pytest.raises(ValueError, match="columns"):
        model.partial_fit(X, np.c_[y_real, y_real])


def test_first_batch_needs_classes():
    with pytest.raises(ValueError, match="classes"):
        MLPClassifier(**SMALL).partial_fit(X, y_class)
    model = MLPClassifier(**SMALL).partial_fit(X, y_class, classes=range(3))
    with pytest.raises(ValueError, match="classes"):
        model.partial_fit(X, y_class, classes=range(4))


@pytest.mark.parametrize("warm_start", [False, True, "continue"])
def test_a_batch_may_lack_a_class(warm_start):
    model = MLPClassifier(**SMALL, warm_start=warm_start).partial_fit(X, y_class, classes=range(3))
    plain = MLPClassifier(**SMALL).partial_fit(X, y_class, classes=range(3))
    some = y_class < 2
    for estimator in (model, plain):
        estimator.partial_fit(X[some], y_class[some])
    np.testing.assert_array_equal(model.predict_proba(X), plain.predict_proba(X))


@pytest.mark.parametrize(
    ("y_bad", "options"),
    [(y_class + 1, {}), (y_real, {}), (y_class[:-1], {}), (y_class, {"sample_weight": -ONES})],
)
def test_a_first_batch_that_is_refused_leaves_nothing(y_bad, options):
    model = MLPClassifier(**SMALL)
    with pytest.raises(ValueError, match=r"classes|continuous|inconsistent|[Nn]egative"):
        model.partial_fit(X, y_bad, classes=range(3), **options)
    assert vars(model) == vars(MLPClassifier(**SMALL))
    model.partial_fit(X, y_class + 5, classes=range(5, 8))
    assert model.classes_.tolist() == [5, 6, 7]


@pytest.mark.parametrize(
    ("before", "after"),
    [("input", "hidden"), (False, True), (True, False), ("both", "input"), ("hidden", "both")],
)
def test_batch_norm_that_changes_between_batches(before, after):
    """Also where the arrays would have the same sizes: three features, three units."""
    params = {**SMALL, "hidden_layer_sizes": (3,)}
    model = MLPRegressor(**params, batch_norm=before).partial_fit(X, y_real)
    expected = model.predict(X)
    with pytest.raises(ValueError, match="batch_norm cannot change"):
        model.set_params(batch_norm=after).partial_fit(X, y_real)
    np.testing.assert_array_equal(model.predict(X), expected)


CHANGES = [
    {"hidden_layer_sizes": (9,)},
    {"hidden_layer_sizes": (4, 4)},
    {"hidden_layer_sizes": ()},
    {"batch_norm": True},
    {"batch_norm": "input"},
    {"residual": True},
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("change", CHANGES, ids=label)
def test_warm_start_of_another_network(change):
    model = fit(MLPRegressor, {"warm_start": True})
    expected = model.predict(X)
    model.set_params(**change)
    np.testing.assert_array_equal(model.predict(X), expected)
    with pytest.raises(ValueError, match=next(iter(change))):
        model.fit(X, y_real)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "change",
    [
        {"solver": "lbfgs"},
        {"solver": "sgd"},
        {"early_stopping": True},
        {"activation": "gelu"},
        {"dropout": 0.2},
        {"loss": "huber"},
        {"learning_rate": "cosine"},
    ],
    ids=label,
)
@pytest.mark.parametrize("back", [False, True])
def test_warm_start_with_other_options(change, back):
    """What does not touch the shapes may change between two fits, both ways."""
    first, second = (change, {}) if back else ({}, change)
    defaults = {name: MLPRegressor().get_params()[name] for name in change}
    model = fit(MLPRegressor, {"warm_start": True, **first})
    model.set_params(**{**defaults, **second}).fit(X, y_real)
    assert np.isfinite(model.predict(X)).all()

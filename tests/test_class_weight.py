"""Weights of classes, by hand and balanced, together with weights of samples."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import make_multilabel_classification
from sklearn.utils.class_weight import compute_sample_weight

from sknn_tune import MLPClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
random_state = np.random.RandomState(0)
X = random_state.normal(size=(120, 4))
y = np.repeat(["a", "b", "c"], [80, 30, 10])


def fit(y=y, sample_weight=None, **params):
    model = MLPClassifier((5,), max_iter=4, random_state=0, **params)
    return model.fit(X, y, sample_weight=sample_weight)


def assert_same(one, other):
    for a, b in zip(one.coefs_, other.coefs_, strict=True):
        assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("class_weight", ["balanced", {"a": 0.5, "b": 2.0, "c": 3.0}, {"c": 4.0}])
def test_class_weights_are_sample_weights(class_weight):
    weights = compute_sample_weight(class_weight, y)
    assert_same(fit(class_weight=class_weight), fit(sample_weight=weights))


def test_balanced_heeds_sample_weights():
    """A weight of 2 is a row twice, also where classes are counted."""
    weights = random_state.randint(1, 4, len(y)).astype(float)
    weights[y == "b"] *= 3
    shares = {label: weights[y == label].sum() for label in "abc"}
    by_hand = np.array([weights.sum() / (3 * shares[label]) for label in y]) * weights
    assert_same(fit(class_weight="balanced", sample_weight=weights), fit(sample_weight=by_hand))


def test_balanced_ignores_a_class_without_weight():
    weights = np.where(y == "c", 0.0, 1.0)
    model = fit(class_weight="balanced", sample_weight=weights)
    assert np.isfinite(model.predict_proba(X)).all()


def test_balanced_multilabel():
    features, labels = make_multilabel_classification(120, 4, n_classes=3, random_state=0)
    assert features.shape == X.shape
    weights = compute_sample_weight("balanced", labels)
    assert_same(fit(labels, class_weight="balanced"), fit(labels, sample_weight=weights))


def test_a_batch_may_lack_a_class_that_has_a_weight():
    model = MLPClassifier((5,), class_weight={"a": 1.0, "b": 2.0, "c": 3.0}, random_state=0)
    twin = MLPClassifier((5,), random_state=0)
    rows = y != "c"
    model.partial_fit(X[rows], y[rows], classes=np.unique(y))
    weights = np.where(y == "b", 2.0, 1.0)
    twin.partial_fit(X[rows], y[rows], sample_weight=weights[rows], classes=np.unique(y))
    assert_same(model, twin)


def test_a_fold_may_lack_a_class_that_has_a_weight():
    rows = y != "c"
    model = MLPClassifier((5,), class_weight=dict.fromkeys("abc", 2.0), max_iter=2)
    assert_array_equal(model.fit(X[rows], y[rows]).classes_, ["a", "b"])


@pytest.mark.parametrize("given", [{1: 2.0}, {"A": 1.0, "b": 1.0}])
def test_a_weight_for_no_class_is_a_slip(given):
    with pytest.raises(ValueError, match="class_weight has keys that are not among"):
        fit(class_weight=given)


def test_any_number_but_zero_marks_a_label():
    _, labels = make_multilabel_classification(120, 4, n_classes=3, random_state=0)
    marks = labels * np.array([1, 1, 1])
    assert_same(fit(labels), fit(marks * 1.0))
    assert_same(fit(labels), fit(labels.astype(bool)))

"""What a fitted estimator holds: its public lists, its dtype, the state it resumes from."""

import copy
import itertools
import pickle

import joblib
import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning

from sknn_tune import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, y = load_iris(return_X_y=True)
X32 = X.astype(np.float32)


def fitted(X=X, **params):
    return MLPClassifier((5,), max_iter=3, random_state=0, **params).fit(X, y)


def test_a_second_assignment_counts_as_the_first():
    model = fitted()
    for factor in (0.5, -1.0, 3.0):
        model.coefs_[0] = np.full_like(model.coefs_[0], factor)
        twin = copy.deepcopy(model)
        assert_array_equal(model.predict_proba(X), twin.predict_proba(X))
        assert_array_equal(model.coefs_[0], factor)


def test_prediction_leaves_the_lists_alone():
    model = fitted()
    model.coefs_[0] = replacement = model.coefs_[0] * 2.0
    kept = [model.coefs_, model.intercepts_, *model.coefs_, *model.intercepts_]
    model.predict(X)
    now = [model.coefs_, model.intercepts_, *model.coefs_, *model.intercepts_]
    assert all(before is after for before, after in zip(kept, now, strict=True))
    assert model.coefs_[0] is replacement


def test_writing_into_a_replaced_part_counts():
    model = fitted()
    model.coefs_[1] = np.zeros_like(model.coefs_[1])
    flat = model.predict_proba(X)
    model.coefs_[1][:] = 1.0
    assert not np.array_equal(model.predict_proba(X), flat)


def test_parts_may_be_plain_lists():
    model = fitted()
    expected = model.predict_proba(X)
    model.coefs_[0] = model.coefs_[0].tolist()
    assert_array_equal(model.predict_proba(X), expected)
    assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X), expected)


@pytest.mark.parametrize("X_first", [X, X32], ids=["float64", "float32"])
def test_the_dtype_of_the_network_stays(X_first):
    model = fitted(X_first, warm_start=True)
    dtype = X_first.dtype
    model.coefs_[0] = model.coefs_[0].astype(np.float64)
    for other in (X, X32):
        assert model.predict_proba(other).dtype == dtype
        model.partial_fit(other, y)
        model.fit(other, y)
        assert {part.dtype for part in model.coefs_ + model.intercepts_} == {dtype}


def test_a_model_mapped_from_a_file_is_trained_further(tmp_path):
    model = MLPClassifier((5,), batch_norm=True, random_state=0)
    model.partial_fit(X, y, classes=np.unique(y))
    joblib.dump(model, tmp_path / "model.joblib")
    mapped = joblib.load(tmp_path / "model.joblib", mmap_mode="r")
    for estimator in (model, mapped):
        estimator.partial_fit(X, y)
    assert_array_equal(mapped.predict_proba(X), model.predict_proba(X))


def test_pickles_hold_names_not_codes():
    """A table of activations may grow; a model of an older version keeps its meaning."""
    model = fitted(activation="silu")
    assert model._network.architecture.activations[0][0] == "silu"


@pytest.mark.parametrize("change", [{"solver": "nadam"}, {"solver": "amsgrad"}, {"solver": "sgd"}])
def test_another_solver_starts_with_fresh_moments(change):
    model = MLPClassifier((5,), random_state=0).partial_fit(X, y, classes=np.unique(y))
    twin = copy.deepcopy(model)
    twin._checkpoint = None
    for estimator in (model, twin):
        estimator.set_params(**change).partial_fit(X, y)
    assert_array_equal(model.coefs_[0], twin.coefs_[0])


def test_another_loss_at_a_warm_start_brings_its_link():
    target = np.exp(X[:, 0] / 4)
    model = MLPRegressor(hidden_layer_sizes=(5,), warm_start=True, max_iter=2, random_state=0).fit(
        X, target
    )
    assert model.out_activation_ == "identity"
    model.set_params(loss="poisson").fit(X, target)
    assert model.out_activation_ == "exp"
    assert (model.predict(X) > 0).all()


def test_partial_fit_looks_at_parameters_set_later():
    model = MLPClassifier((5,), random_state=0).partial_fit(X, y, classes=np.unique(y))
    before = model.predict_proba(X)
    with pytest.raises(ValueError, match="beta_1"):
        model.set_params(beta_1=2.0).partial_fit(X, y)
    assert_array_equal(model.predict_proba(X), before)


@pytest.mark.parametrize("column", [-1, 4, 2**30])
@pytest.mark.parametrize("method", ["fit", "partial_fit", "predict"])
def test_sparse_columns_out_of_range_are_refused(method, column):
    bad = scipy.sparse.csr_matrix(X)
    bad.indices[7] = column
    arguments = (bad,) if method == "predict" else (bad, y)
    with pytest.raises(ValueError, match="ind"):
        getattr(fitted(), method)(*arguments)


def test_each_warm_start_keeps_its_own_best_epoch():
    """Other rows are held out, so an earlier fit's score is no bar to pass."""
    model = MLPClassifier(
        (5,), early_stopping=True, warm_start=True, max_iter=1, random_state=0, shuffle=True
    )
    states = []
    for _ in range(4):
        with pytest.warns(ConvergenceWarning):
            model.fit(X, y)
        states.append(model.coefs_[0].copy())
        assert model.best_validation_score_ == model.validation_scores_[-1]
    assert all(not np.array_equal(a, b) for a, b in itertools.pairwise(states))


def test_early_stopping_needs_weight_on_both_sides():
    """With one weighted sample, either nothing is left to learn from or nothing to score."""
    messages = set()
    for row in range(0, len(X), 3):
        weights = np.zeros(len(X))
        weights[row] = 1.0
        model = MLPClassifier((5,), early_stopping=True, random_state=0)
        with pytest.raises(ValueError, match="sample_weight is zero") as raised:
            model.fit(X, y, sample_weight=weights)
        messages.add(str(raised.value))
    assert len(messages) == 2


@pytest.mark.parametrize("container", [scipy.sparse.csc_matrix, scipy.sparse.csc_array])
def test_corrupt_columns_are_refused_before_they_are_converted(container):
    bad = container(X)
    bad.indices[3] = 10**8
    with pytest.raises(ValueError, match="ind"):
        fitted().predict(bad)


def test_a_users_memory_is_not_trained_in(tmp_path):
    model = MLPClassifier((5,), random_state=0).partial_fit(X, y, classes=np.unique(y))
    parts = [*model.coefs_, *model.intercepts_]
    np.save(tmp_path / "theta.npy", np.concatenate([part.ravel() for part in parts]))
    mapped = np.load(tmp_path / "theta.npy", mmap_mode="r")
    ends = np.cumsum([part.size for part in parts])[:-1]
    views = [a.reshape(b.shape) for a, b in zip(np.split(mapped, ends), parts, strict=True)]
    twin = copy.deepcopy(model)
    twin.coefs_, twin.intercepts_ = views[:2], views[2:]
    for estimator in (model, twin):
        estimator.partial_fit(X, y)
    assert_array_equal(twin.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize(
    "parts", [[], [np.zeros(4)], [np.zeros((4, 5))], [np.zeros((4, 5)), np.zeros(3)]]
)
def test_weights_that_fit_no_network_are_refused(parts):
    model = fitted()
    model.coefs_ = parts
    with pytest.raises(ValueError, match="coefs_ and intercepts_ do not fit"):
        model.predict(X)


@pytest.mark.parametrize("first", [True, False], ids=["not fitted", "fitted"])
def test_a_fit_that_fails_leaves_the_estimator_as_it_was(first):
    model = MLPClassifier((5,), max_iter=3, random_state=0, class_weight={9: 1.0})
    if not first:
        model.set_params(class_weight=None).fit(X[:100], y[:100])
        before = model.predict_proba(X)
        model.set_params(class_weight={9: 1.0})
    with pytest.raises(ValueError, match="class_weight"):
        model.fit(X, y)
    assert hasattr(model, "classes_") is not first
    if not first:
        assert_array_equal(model.predict_proba(X), before)
        assert_array_equal(model.classes_, [0, 1])


def test_sparse_labels_are_predicted_sparse():
    labels = np.c_[y == 0, y == 1].astype(int)
    model = MLPClassifier((5,), max_iter=20, random_state=0)
    dense = clone(model).fit(X, labels).predict(X)
    sparse = clone(model).fit(X, scipy.sparse.csr_matrix(labels)).predict(X)
    assert scipy.sparse.issparse(sparse)
    assert_array_equal(sparse.toarray(), dense)


def test_one_class_is_scored_as_it_is_predicted():
    model = MLPClassifier((5,), early_stopping=True, max_iter=2, random_state=0)
    with pytest.warns(RuntimeWarning, match="only one class"):
        model.fit(X, np.zeros(len(X)))
    assert model.validation_scores_ == [1.0, 1.0]
    assert model.score(X, np.zeros(len(X))) == 1.0

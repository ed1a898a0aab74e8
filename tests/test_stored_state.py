"""Models from damaged files, and models whose attributes were replaced: refused, never followed."""

import io
import pickle
import zipfile

import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_array_equal
from sklearn.datasets import load_iris

from sknn_tune import SKOPS_TRUSTED, MLPClassifier, MLPRegressor
from sknn_tune.network.blueprint import Architecture

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, y = load_iris(return_X_y=True)


def partly_trained(**params):
    model = MLPClassifier((5,), batch_norm="both", random_state=0, **params)
    return model.partial_fit(X, y, classes=range(3))


def paused():
    return MLPClassifier((5,), warm_start="continue", max_iter=2, random_state=0).fit(X, y)


# --- files of trusted types ---------------------------------------------------------------------


def edited(model, is_meant, change):
    """The skops file of a model in which the arrays that are meant were changed."""
    skops = pytest.importorskip("skops.io")
    stored = io.BytesIO()
    n_changed = 0
    with (
        zipfile.ZipFile(io.BytesIO(skops.dumps(model))) as before,
        zipfile.ZipFile(stored, "w") as after,
    ):
        for name in before.namelist():
            content = before.read(name)
            if name.endswith(".npy"):
                array = np.load(io.BytesIO(content), allow_pickle=False)
                if is_meant(array):
                    n_changed += 1
                    changed = io.BytesIO()
                    np.save(changed, change(array), allow_pickle=False)
                    content = changed.getvalue()
            after.writestr(name, content)
    assert n_changed
    return skops.loads(stored.getvalue(), trusted=SKOPS_TRUSTED)


def is_moments(array):
    return array.ndim == 2 and array.dtype == float


def is_numbers(array):
    return array.ndim == 1 and array.dtype == float and array.size > 4


def is_order(array):
    return array.dtype == np.int64 and array.size == len(X)


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a[:0],
        lambda a: a[:-1],
        lambda a: np.r_[a, a],
        lambda a: a.reshape(1, -1),
        lambda a: a.astype(np.float32),
        lambda a: a.astype(np.int64),
        lambda a: a.astype(np.float16),
        lambda a: a.astype(complex),
        lambda a: a[0],
    ],
)
def test_numbers_of_another_size_or_dtype_are_refused(change):
    changed = []

    def is_next(array):
        return is_numbers(array) and not changed and changed.append(True) is None

    with pytest.raises(ValueError, match=r"float|parameters|statistics|theta|damaged|1-d"):
        edited(partly_trained(), is_next, change)


@pytest.mark.parametrize(
    "change",
    [lambda a: a[:0], lambda a: a[:1], lambda a: a[:, :-1], lambda a: a.astype("f4"), np.ravel],
)
def test_moments_of_another_network_are_refused(change):
    with pytest.raises(ValueError, match="optimizer's state is damaged"):
        edited(partly_trained(), is_moments, change)


@pytest.mark.parametrize("value", [len(X), -1, 10**9, -(10**9)])
def test_rows_out_of_range_are_refused(value):
    def change(order):
        order[7] = value
        return order

    model = edited(paused(), is_order, change)
    with pytest.raises(ValueError, match="order must hold indices of 150 rows"):
        model.set_params(max_iter=4).fit(X, y)


def test_an_intact_file_is_loaded():
    model = partly_trained()
    twin = edited(model, is_numbers, lambda array: array)
    for estimator in (model, twin):
        estimator.partial_fit(X, y)
    assert_array_equal(twin.predict_proba(X), model.predict_proba(X))


# --- states -------------------------------------------------------------------------------------

PLAIN = Architecture(activations=(("relu", 0.0),), dropout=(0.0,))
NETWORKS = {
    "more layers": {"sizes": (4, 5, 5, 3)},
    "wider layers": {"sizes": (4, 6, 3)},
    "a layer without units": {"sizes": (4, 0, 3)},
    "a negative width": {"sizes": (-4, -5, 3)},
    "an overflow": {"sizes": (2**32, 2**32, 3)},
    "a fraction": {"sizes": (4.5, 5, 3)},
    "no sizes": {"sizes": ()},
    "another type of sizes": {"sizes": "453"},
    "an unknown activation": {"architecture": PLAIN._replace(activations=(("rely", 0.0),))},
    "too few activations": {"architecture": PLAIN._replace(activations=())},
    "a word as parameter": {"architecture": PLAIN._replace(activations=(("elu", "1"),))},
    "too many rates": {"architecture": PLAIN._replace(dropout=(0.0, 0.0))},
    "a rate of 1": {"architecture": PLAIN._replace(dropout=(1.0,))},
    "batch norm": {"architecture": PLAIN._replace(hidden_norm=True)},
    "half a flag": {"architecture": PLAIN._replace(residual=None)},
    "an embedding": {"architecture": PLAIN._replace(embeddings=(3,))},
    "no tuple of embeddings": {"architecture": PLAIN._replace(embeddings=None)},
    "another type": {"architecture": None},
    "a missing part": {"theta": None},
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_that_is_none_is_refused(kind):
    network = MLPClassifier((5,), max_iter=1, random_state=0).fit(X, y)._network
    with pytest.raises(ValueError, match=r"network|layers|theta|statistics|embed"):
        network.__setstate__(network.__getstate__() | NETWORKS[kind])


ATTRIBUTES = {
    "_network": [None, 3, "network"],
    "_checkpoint": [3, "checkpoint", {}],
    "n_iter_": [None, -1, 2**70, "1", 1.5],
    "t_": [None, -1, [1]],
    "n_features_in_": [3, 5, None, "4"],
    "n_outputs_": [1, 2, None],
    "out_activation_": ["softmin", None, 3],
    "loss_curve_": [None, 1.0, ["a"], (1.0,)],
    "best_loss_": ["1", [1.0]],
    "validation_scores_": [3, [None]],
    "feature_names_in_": [np.array(["a"]), None],
}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_an_attribute_that_no_fit_leaves_is_refused(name):
    model = partly_trained()
    for value in ATTRIBUTES[name]:
        state = model.__getstate__() | {name: value}
        with pytest.raises(ValueError, match=rf"{name} is damaged"):
            MLPClassifier().__setstate__(state)
        replaced = pickle.loads(pickle.dumps(model))
        setattr(replaced, name, value)
        with pytest.raises(ValueError, match=rf"{name} is damaged"):
            replaced.partial_fit(X, y)


def test_a_missing_attribute_is_refused():
    state = partly_trained().__getstate__()
    del state["_checkpoint"]
    with pytest.raises(ValueError, match="must have _checkpoint"):
        MLPClassifier().__setstate__(state)


@pytest.mark.parametrize(
    "classes", [[0], [0, 1, 2, 3], [[0, 1, 2]], np.empty(0), None, "abc"], ids=str
)
@pytest.mark.parametrize("method", ["predict", "predict_proba", "partial_fit"])
def test_classes_of_another_number_are_refused(method, classes):
    model = partly_trained()
    model.classes_ = classes
    with pytest.raises(ValueError, match="classes_ is damaged"):
        getattr(model, method)(*((X, y) if method == "partial_fit" else (X,)))


def test_classes_may_be_renamed():
    """Also to names that are not sorted."""
    model, renamed = partly_trained(), partly_trained()
    names = np.array(["c", "a", "b"])
    renamed.classes_ = names
    for estimator, labels in ((model, y), (renamed, names[y])):
        for _ in range(3):
            estimator.partial_fit(X, labels)
    assert_array_equal(renamed.predict_proba(X), model.predict_proba(X))
    assert_array_equal(renamed.predict(X), names[model.predict(X)])


@pytest.mark.parametrize("value", ["a", 1j, None], ids=str)
@pytest.mark.parametrize("method", ["predict", "partial_fit"])
def test_weights_that_are_no_numbers_are_refused(method, value):
    model = MLPRegressor(hidden_layer_sizes=(5,), random_state=0).partial_fit(X, y)
    model.coefs_[0] = np.full(model.coefs_[0].shape, value, dtype=object)
    model.coefs_[0] = model.coefs_[0].astype(complex) if value == 1j else model.coefs_[0]
    with pytest.raises(ValueError, match="must hold real numbers"):
        getattr(model, method)(*((X, y) if method == "partial_fit" else (X,)))


@pytest.mark.parametrize("change", [{"solver": "amsgrad"}, {"batch_size": 7}, {"dropout": 0.5}])
def test_options_of_other_arrays_do_not_reach_the_old_ones(change):
    """What is kept was made for another solver, batch or network."""
    model = partly_trained()
    model.set_params(**change).partial_fit(X, y).partial_fit(scipy.sparse.csr_matrix(X), y)
    assert np.isfinite(model.predict_proba(X)).all()

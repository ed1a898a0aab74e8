"""Networks in other tools' terms: scikit-learn, ONNX, skops."""

import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse
import sklearn.neural_network
from labels import label
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, make_multilabel_classification
from sklearn.preprocessing import scale

from sknn_tune import (
    ELU,
    SKOPS_TRUSTED,
    Cosine,
    LeakyReLU,
    MLPClassifier,
    MLPRegressor,
    Quantile,
    Step,
)
from sknn_tune.interchange.to_onnx import ONNX_ACTIVATIONS
from sknn_tune.network.activations import ACTIVATIONS

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:y has only one class"),
]

X, y = load_digits(return_X_y=True)
X, y = X[:300] / 16, y[:300]
NAMES = np.array(["zero", "one", "two", "many"], dtype=object)[np.minimum(y, 3)]
X_labels, Y_labels = make_multilabel_classification(200, 10, n_classes=4, random_state=0)
X_labels = scale(X_labels)
X_diabetes, y_diabetes = load_diabetes(return_X_y=True)
y_diabetes = scale(y_diabetes)
Y_two = np.c_[y_diabetes, 3 * X_diabetes[:, 0]]
TASKS = {
    "multiclass": (MLPClassifier, X, y),
    "names": (MLPClassifier, X, NAMES),
    "binary": (MLPClassifier, X, y > 4),
    "one class": (MLPClassifier, X, np.full(300, 7)),
    "multilabel": (MLPClassifier, X_labels, Y_labels),
    "regression": (MLPRegressor, X_diabetes, y_diabetes),
    "outputs": (MLPRegressor, X_diabetes, Y_two),
}
SMALL = {"hidden_layer_sizes": (8,), "max_iter": 5, "random_state": 0}


def fitted(task, dtype=np.float64, **params):
    cls, X, y = TASKS[task]
    model = cls(**{**SMALL, **params})
    return model.fit(X.astype(dtype), y), X.astype(dtype)


# --- scikit-learn -------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("task", sorted(set(TASKS) - {"one class"}))
def test_scikit_learns_own_estimator_predicts_the_same(task, activation):
    model, X = fitted(task, activation=(activation,), dropout=0.2, learning_rate=Step())
    theirs = model.to_sklearn()
    assert type(theirs) is getattr(sklearn.neural_network, type(model).__name__)
    if hasattr(model, "classes_"):
        assert_array_equal(theirs.predict(X), model.predict(X))
        assert_allclose(theirs.predict_proba(X), model.predict_proba(X), atol=1e-12)
    else:
        assert_allclose(theirs.predict(X), model.predict(X), atol=1e-12)
    assert theirs.loss_curve_ == model.loss_curve_
    assert not np.shares_memory(theirs.coefs_[0], model.coefs_[0])
    clone(theirs).fit(X, TASKS[task][2])  # its parameters are ones that it allows


def test_sizes_of_scikit_learns_own_estimator_are_those_of_the_arrays():
    """Attributes may be changed by hand, or in a file."""
    model, data = fitted("multiclass")[:2]
    vars(model).update(n_layers_=2**31, n_outputs_=0)
    theirs = model.to_sklearn()
    assert (theirs.n_layers_, theirs.n_outputs_) == (3, len(model.classes_))
    assert_allclose(theirs.predict_proba(data), model.predict_proba(data))


def test_scikit_learns_own_estimator_learns_on():
    model, X = fitted("multiclass", warm_start="continue", batch_size="full")
    theirs = model.to_sklearn()
    before = theirs.loss_
    assert theirs.partial_fit(X, y).loss_ < before
    assert_array_equal(model.predict(X), fitted("multiclass")[0].set_params(
        batch_size="full").fit(X, y).predict(X))  # fmt: skip


@pytest.mark.parametrize(
    ("params", "lacking"),
    [
        ({"batch_norm": True}, "batch normalisation"),
        ({"residual": True}, "residual connections"),
        ({"activation": "silu"}, "the activation silu"),
        ({"activation": ("tanh", "relu"), "hidden_layer_sizes": (3, 3)}, "for each layer"),
    ],
)
def test_networks_that_scikit_learn_lacks_are_refused(params, lacking):
    with pytest.raises(ValueError, match=lacking):
        fitted("multiclass", **params)[0].to_sklearn()


# --- ONNX ---------------------------------------------------------------------------------------


def onnx_outputs(model, X):
    """What onnxruntime computes, by name."""
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(
        model.to_onnx().SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {"X": X.astype(np.float32)}), strict=True))


def assert_same_as_onnx(model, X):
    outputs = onnx_outputs(model, X)
    if not hasattr(model, "classes_"):
        expected = model.predict(X)
        assert outputs["prediction"].shape == expected.shape
        tolerance = 1e-5 * max(1.0, np.abs(expected).max())
        assert_allclose(outputs["prediction"], expected, atol=tolerance, rtol=0)
        return
    p = model.predict_proba(X)
    assert_allclose(outputs["probabilities"], p, atol=1e-5, rtol=0)
    decided = np.abs(p - 0.5).min(axis=1) > 1e-4
    assert_array_equal(outputs["label"][decided], model.predict(X)[decided])


def random_options(random_state):
    """A network of any depth, any activations, norms, shortcuts."""
    depth = random_state.randint(0, 4)
    menu = [*ACTIVATIONS, LeakyReLU(0.2), ELU(0.7)]
    return {
        "hidden_layer_sizes": tuple(random_state.choice([4, 7, 16], depth).tolist()),
        "activation": tuple(menu[i] for i in random_state.randint(len(menu), size=depth))
        if depth
        else "relu",
        "batch_norm": [False, "input", "hidden", "both"][random_state.randint(4)],
        "residual": bool(random_state.randint(2)),
        "dropout": random_state.choice([0.0, 0.3]),
        "input_dropout": random_state.choice([0.0, 0.1]),
    }


@pytest.mark.parametrize("seed", range(40))
def test_onnxruntime_agrees_on_random_networks(seed):
    random_state = np.random.RandomState(seed)
    task = sorted(TASKS)[seed % len(TASKS)]
    model, X = fitted(task, np.float32, **random_options(random_state))
    assert_same_as_onnx(model, X)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_onnx_has_every_activation(activation):
    """Also far from zero, where formulas overflow."""
    assert activation in ONNX_ACTIVATIONS
    model, X = fitted("regression", np.float32, activation=activation)
    for factor in (1.0, 1e3):
        assert_same_as_onnx(model, X * np.float32(factor))


@pytest.mark.parametrize("loss", ["poisson", "gamma", "absolute_error", Quantile((0.1, 0.9))])
def test_onnx_has_every_link(loss):
    model = MLPRegressor(loss, **SMALL).fit(X_diabetes, np.exp(y_diabetes))
    assert_same_as_onnx(model, X_diabetes)


def test_onnx_of_a_network_that_learnt_sparse_float64():
    sparse = scipy.sparse.csr_matrix(np.where(X > 0.8, X, 0))
    model = MLPClassifier(**SMALL).fit(sparse, y)
    assert_same_as_onnx(model, sparse.toarray())


def test_onnx_labels_are_those_of_the_classes():
    model, X = fitted("names", np.float32)
    assert set(onnx_outputs(model, X)["label"]) <= set(NAMES)
    model, X = fitted("binary", np.float32)
    assert onnx_outputs(model, X)["label"].dtype == bool


@pytest.mark.parametrize(
    "classes",
    [
        np.array([3, 7], np.int8), np.array([3, 2**63 - 1], np.uint64), np.array([0.1, 1e300]),
        np.array([0.5, 1.5], np.float32), np.array([2**62, 2**62 + 1]),
    ],
)  # fmt: skip
def test_onnx_labels_are_exact(classes):
    model, X = fitted("binary", np.float32)
    model.classes_ = classes
    assert set(onnx_outputs(model, X)["label"].tolist()) <= set(classes.tolist())


@pytest.mark.parametrize(
    "classes",
    [
        np.array([1, 2**63], np.uint64), np.array(["2020", "2021"], "M8[D]"),
        np.array([1, 2], "m8[s]"), np.array([1.0, 2.0], np.float16), np.array([1, "a"], object),
    ],
)  # fmt: skip
def test_onnx_refuses_labels_that_it_has_no_type_for(classes):
    pytest.importorskip("onnx")
    model, _ = fitted("binary", np.float32)
    model.classes_ = classes
    with pytest.raises(ValueError, match="ONNX has no type for class labels"):
        model.to_onnx()


def test_importing_the_package_leaves_onnx_alone():
    code = (
        "import sys, sknn_tune; sys.exit(bool({'onnx', 'skops', 'matplotlib'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- skops --------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"batch_norm": "both", "residual": True, "activation": LeakyReLU(0.1)},
        {"warm_start": "continue", "early_stopping": True, "learning_rate": Cosine(epochs=9)},
    ],
    ids=label,
)
def test_skops_needs_only_the_published_types(task, params):
    skops = pytest.importorskip("skops.io")
    model, X = fitted(task, **params)
    stored = skops.dumps(model)
    assert set(skops.get_untrusted_types(data=stored)) <= set(SKOPS_TRUSTED)
    loaded = skops.loads(stored, trusted=SKOPS_TRUSTED)
    assert_array_equal(loaded.predict(X), model.predict(X))
    if params.get("warm_start"):
        for estimator in (loaded, model):
            estimator.set_params(max_iter=9).fit(X, TASKS[task][2])
        assert_array_equal(loaded.coefs_[0], model.coefs_[0])

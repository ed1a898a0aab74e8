"""The shortcut for plain arrays does what scikit-learn's checks do."""

import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn import config_context

from sknn_tune import MLPClassifier, MLPRegressor
from sknn_tune.mlp import samples

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X = np.random.RandomState(0).normal(size=(12, 3))
LABELS = (X[:, 0] > 0).astype(int)
with np.errstate(over="ignore"):
    HUGE = np.full((12, 3), 3e38, np.float32)  # finite, but not their sum

INPUTS = {
    "float64": X,
    "float32": X.astype(np.float32),
    "columns first": np.asfortranarray(X),
    "every other column": np.hstack([X, X])[:, ::2],
    "read-only": np.broadcast_to(X, X.shape),
    "integers": (10 * X).astype(int),
    "float16": X.astype(np.float16),
    "other byte order": X.astype(X.dtype.newbyteorder()),
    "objects": X.astype(object),
    "complex": X.astype(complex),
    "a vector": X[:, 0],
    "three dimensions": X[:, :, None],
    "no rows": X[:0],
    "no columns": X[:, :0],
    "other columns": X[:, :2],
    "NaN": np.where(X[3, 1] == X, np.nan, X),
    "infinities": np.where(X > 1, np.inf, np.where(X < -1, -np.inf, X)),
    "sum overflows": HUGE,
    "matrix": np.ma.masked_array(X),
    "sparse": scipy.sparse.csr_matrix(X),
    "list": X.tolist(),
}
TARGETS = {
    "integers": LABELS,
    "booleans": LABELS.astype(bool),
    "floats": LABELS.astype(float),
    "strings": np.array(["no", "yes"])[LABELS],
    "objects": np.array(["no", "yes"], dtype=object)[LABELS],
    "columns": np.stack([LABELS, 1 - LABELS], axis=1),
    "a column": LABELS[:, None],
    "numbers": X[:, 0],
    "one class": np.zeros(12, int),
    "many classes": np.arange(12),
    "too few": LABELS[:7],
    "none": LABELS[:0],
    "NaN": np.where(LABELS, np.nan, 0.0),
    "complex": LABELS.astype(complex),
    "scalar": np.array(1),
    "list": LABELS.tolist(),
}


def outcome(call):
    """What a call returns or raises, and the warnings of it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = call()
        except Exception as error:
            result = type(error), str(error)
    return result, [(warning.category, str(warning.message)) for warning in caught]


def fitted(model, X, y):
    model.fit(X, y)
    columns = {name: value for name, value in vars(model).items() if name.endswith("in_")}
    return [coef.tolist() for coef in model.coefs_], columns, model.predict(X[:2]).tolist()


def small(estimator):
    return estimator(hidden_layer_sizes=(2,), max_iter=1, random_state=0)


@pytest.fixture
def without_shortcut(monkeypatch):
    def call(function):
        with monkeypatch.context() as patch:
            patch.setattr(samples, "is_plain_input", lambda X: False)
            return function()

    return call


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("name", INPUTS)
def test_input(name, estimator, without_shortcut):
    def fit():
        return fitted(small(estimator), INPUTS[name], LABELS)

    assert outcome(fit) == without_shortcut(lambda: outcome(fit))


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("name", TARGETS)
def test_targets(name, estimator, without_shortcut):
    def fit():
        return fitted(small(estimator), X, TARGETS[name])

    assert outcome(fit) == without_shortcut(lambda: outcome(fit))


@pytest.mark.parametrize("method", ["predict", "partial_fit"])
@pytest.mark.parametrize("has_names", [False, True])
@pytest.mark.parametrize("name", INPUTS)
def test_later_calls(name, has_names, method, without_shortcut):
    pandas = pytest.importorskip("pandas")
    given = pandas.DataFrame(X, columns=list("abc")) if has_names else X

    def call():
        model = small(MLPRegressor).partial_fit(given, X[:, 0])
        later = INPUTS[name]
        if method == "predict":
            return model.predict(later).tolist()
        return model.partial_fit(later, X[:, 1]).coefs_[0].tolist()

    assert outcome(call) == without_shortcut(lambda: outcome(call))


def test_names_are_forgotten():
    pandas = pytest.importorskip("pandas")
    model = small(MLPRegressor).fit(pandas.DataFrame(X, columns=list("abc")), X[:, 0])
    model.fit(X[:, :2], X[:, 0])
    assert not hasattr(model, "feature_names_in_")
    assert model.n_features_in_ == 2


def test_assume_finite(without_shortcut):
    infinite = np.where(X[3, 1] == X, np.inf, X)
    model = small(MLPRegressor).fit(X, X[:, 0])

    def predict():
        with config_context(assume_finite=True):
            return str(model.predict(infinite).tolist())

    assert outcome(predict) == without_shortcut(lambda: outcome(predict))


@pytest.mark.parametrize("name", ["float64", "float32", "columns first", "read-only"])
def test_plain_input_passes_scikit_learn_by(name, monkeypatch):
    monkeypatch.delattr(samples, "validate_data")
    model = small(MLPClassifier).fit(INPUTS[name], LABELS)
    model.predict(INPUTS[name])

"""Bad input of every kind: a clear error or a warning, never a crash or a silent NaN model."""

import tracemalloc
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from labels import label
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune import (
    ELU,
    Adaptive,
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    Huber,
    InvScaling,
    LeakyReLU,
    Linear,
    MLPClassifier,
    MLPRegressor,
    OneCycle,
    Quantile,
    Step,
)

RANDOM = np.random.RandomState(0)
X = RANDOM.normal(size=(40, 3))
y_class = RANDOM.randint(0, 3, 40)
y_labels = RANDOM.randint(0, 2, (40, 3))
y_real = RANDOM.normal(size=40)
ONES = np.ones(40)
SMALL = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0}


def fit(cls, params, X=X, y=None, **fit_params):
    if y is None:
        y = y_class if cls is MLPClassifier else y_real
    return cls(**{**SMALL, **params}).fit(X, y, **fit_params)


# --- parameters: the error names the parameter and shows the value -------------------------------

NOT_A_NUMBER = ["1", None, np.nan, 1j, [0.5]]
VALUES = {
    "hidden_layer_sizes": [0, -1, 1.5, "10", None, (3, 0), (3, -2), (2.0,), ("a",), (True,),
                           [[3, 3]], (None,), np.nan],
    "activation": ["Relu", 1, None, (), ("tanh", "tanh"), ("no",), (1,), LeakyReLU(1.5), ELU(0),
                   Huber(), Cosine(), LeakyReLU, (LeakyReLU(-1),), np.tanh],
    "solver": ["Adam", "newton", 1, None],
    "alpha": [-1e-9, np.inf, *NOT_A_NUMBER],
    "batch_size": [0, -3, 2.5, "all", None, np.nan],
    "learning_rate": ["fast", 0.1, None, Cosine, Cosine(warmup=1.0), Cosine(warmup=-0.1),
                      Cosine(end=2), Step(every=0), Step(decay=0), Step(decay=1.5),
                      Exponential(decay=0), Linear(end=-1), CosineRestarts(period=0),
                      CosineRestarts(growth=0.5), OneCycle(peak=0), OneCycle(peak=1),
                      OneCycle(start=2), InvScaling(power=-1), Adaptive(divisor=1),
                      Constant(epochs=0), Constant(epochs=2.5), Cosine(warmup="0.1"), Huber()],
    "learning_rate_init": [0, -1, np.inf, *NOT_A_NUMBER],
    "power_t": [-1, *NOT_A_NUMBER],
    "max_iter": [0, -1, 1.5, np.inf, *NOT_A_NUMBER],
    "shuffle": ["yes", 2, None],
    "random_state": ["seed", -1, 0.5],
    "tol": [-1, np.inf, *NOT_A_NUMBER],
    "verbose": [-1, "loud"],
    "warm_start": ["yes", None, 3],
    "momentum": [-0.1, 1.1, *NOT_A_NUMBER],
    "nesterovs_momentum": ["yes", None],
    "early_stopping": ["yes", None],
    "validation_fraction": [-0.1, 1.0, 2, *NOT_A_NUMBER],
    "beta_1": [-0.1, 1.0, *NOT_A_NUMBER],
    "beta_2": [-0.1, 1.0, *NOT_A_NUMBER],
    "epsilon": [0, -1, *NOT_A_NUMBER],
    "n_iter_no_change": [0, -1, 1.5, "10", None],
    "max_fun": [0, 1.5, *NOT_A_NUMBER],
    "initializer": ["he", None, 1],
    "zero_output": ["yes", None],
    "l1_ratio": [-0.1, 1.1, *NOT_A_NUMBER],
    "penalize_intercept": ["yes", None],
    "penalty_scale": ["rows", None, 1],
    "clip_norm": [0, -1, "1", np.nan, np.inf],
    "dropout": [-0.1, 1.0, "0.5", None, np.nan, (0.1, 0.2), (1.0,), ("0.1",), (None,), (True,)],
    "input_dropout": [-0.1, 1.0, (0.1,), *NOT_A_NUMBER],
    "batch_norm": ["output", None, 2],
    "residual": ["yes", None],
    "scoring": ["perfect", 1, ["accuracy", "loss"], {"a": "accuracy"}],
}  # fmt: skip
REGRESSOR_VALUES = {
    "loss": ["mse", "log_loss", 1, None, Huber(0), Huber(-1), Huber(np.nan), Huber("a"),
             Quantile(0), Quantile(1), Quantile(()), Quantile((0.5, 2)), Quantile("a"),
             Quantile(None), LeakyReLU(), Cosine(), Huber],
}  # fmt: skip
CLASSIFIER_VALUES = {
    "label_smoothing": [-0.1, 1.0, *NOT_A_NUMBER],
    "class_weight": ["even", 1, [1, 2, 3], {0: -1}, {0: np.nan}, {0: np.inf}, {0: "a"}, {0: None}],
}
PARAMETERS = [
    *((MLPClassifier, n, v) for n, values in (VALUES | CLASSIFIER_VALUES).items() for v in values),
    *((MLPRegressor, n, v) for n, values in REGRESSOR_VALUES.items() for v in values),
]
#: The parameters of an option object are named with the object: "slope of LeakyReLU ...".
OF_AN_OPTION = r"\w+ of \w+ must be"


def test_there_are_many_kinds():
    n_kinds = sum(map(len, (PARAMETERS, COMBINATIONS, DATA, WEIGHTS, PREDICTION)))
    assert n_kinds >= 200
    every = {*MLPClassifier().get_params(), *MLPRegressor().get_params()}
    assert {name for _, name, _ in PARAMETERS} == every


@pytest.mark.parametrize(("cls", "name", "value"), PARAMETERS, ids=label)
def test_value_of_a_parameter(cls, name, value):
    solver = {"solver": "lbfgs"} if name == "max_fun" else {}
    with pytest.raises(ValueError, match=rf"{name}|{OF_AN_OPTION}") as caught:
        fit(cls, {**solver, name: value})
    message = str(caught.value)
    assert any(word in message for word in ("must be", "must have", "have to be"))
    assert len(message) < 1000


# --- combinations that cannot work ---------------------------------------------------------------

COMBINATIONS = [
    (MLPRegressor, {"solver": "lbfgs", "dropout": 0.1}, "dropout"),
    (MLPRegressor, {"solver": "lbfgs", "dropout": (0.1,)}, "dropout"),
    (MLPRegressor, {"solver": "lbfgs", "input_dropout": 0.1}, "input_dropout"),
    (MLPRegressor, {"solver": "lbfgs", "batch_norm": True}, "batch_norm"),
    (MLPRegressor, {"solver": "lbfgs", "l1_ratio": 0.5}, "l1_ratio"),
    (MLPRegressor, {"solver": "lbfgs", "clip_norm": 1.0}, "clip_norm"),
    (MLPRegressor, {"batch_norm": True, "batch_size": 1}, "batch_size"),
    (MLPClassifier, {"batch_norm": "input", "batch_size": 1}, "batch_size"),
    (MLPClassifier, {"early_stopping": True, "validation_fraction": 0.0}, "validation|test_size"),
    (MLPClassifier, {"early_stopping": True, "validation_fraction": 0.01}, "validation_fraction"),
    (MLPRegressor, {"early_stopping": True, "validation_fraction": 0.99}, "batch|valid|train"),
    (MLPRegressor, {"dropout": (0.1, 0.1)}, "dropout"),
    (MLPRegressor, {"activation": ("relu",), "hidden_layer_sizes": ()}, "activation"),
    (MLPRegressor, {"learning_rate": lambda progress: -1.0}, "learning_rate"),
    (MLPRegressor, {"learning_rate": lambda progress: np.nan}, "learning_rate"),
    (MLPRegressor, {"learning_rate": lambda progress: "1"}, "learning_rate"),
    (MLPRegressor, {"learning_rate": lambda progress: None}, "learning_rate"),
]


@pytest.mark.parametrize(("cls", "params", "named"), COMBINATIONS, ids=label)
def test_combination_that_cannot_work(cls, params, named):
    if params.get("validation_fraction") == 0.99:
        params = {**params, "batch_norm": True}  # a single row is left to learn from
    with pytest.raises(ValueError, match=named):
        fit(cls, params)


@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
def test_partial_fit_with_early_stopping(cls):
    classes = {"classes": range(3)} if cls is MLPClassifier else {}
    with pytest.raises(ValueError, match="early_stopping"):
        cls(early_stopping=True).partial_fit(X, y_class, **classes)


def test_several_quantiles_of_several_targets():
    with pytest.raises(ValueError, match="several quantiles"):
        fit(MLPRegressor, {"loss": Quantile((0.1, 0.9))}, y=np.c_[y_real, y_real])


# --- data ----------------------------------------------------------------------------------------


def changed(array, value, at=(3, 1)):
    array = array.astype(object if isinstance(value, str) else float)
    array[at] = value
    return array


C, R = MLPClassifier, MLPRegressor
DATA = {
    "X has a NaN": (C, changed(X, np.nan), y_class, "NaN"),
    "X has an infinity": (R, changed(X, np.inf), y_real, "infinity"),
    "X has minus infinity": (R, changed(X, -np.inf), y_real, "infinity"),
    "sparse X has a NaN": (R, scipy.sparse.csr_matrix(changed(X, np.nan)), y_real, "NaN"),
    "X has strings": (C, changed(X, "a"), y_class, "could not convert|dtype"),
    "X is a column of words": (C, np.array([["a"]] * 40), y_class, "dtype|convert"),
    "X is complex": (C, X + 1j, y_class, "[Cc]omplex"),
    "X has no rows": (C, X[:0], y_class[:0], "0 sample"),
    "X has no columns": (C, X[:, :0], y_class, "0 feature"),
    "X has one dimension": (R, X[:, 0], y_real, "2D array"),
    "X has three dimensions": (R, X[None], y_real[:1], "dim 3|3 dim|<= 2"),
    "X is a number": (R, 3.0, y_real, "scalar array|2D array"),
    "X is None": (R, None, y_real, "2D array"),
    "X is a word": (R, "data", y_real, "scalar array|2D array|convert"),
    "X is a dict": (R, {"a": 1}, y_real, "dict|scalar|float|2D"),
    "X is ragged": (R, [[1, 2], [3]] * 20, y_real, "inhomogeneous|sequence"),
    "X is COO of a NaN": (R, scipy.sparse.coo_matrix(changed(X, np.nan)), y_real, "NaN"),
    "a frame with a missing value": (R, pd.DataFrame(changed(X, np.nan)), y_real, "NaN"),
    "a frame with words": (R, pd.DataFrame(X).assign(w="a"), y_real, "convert"),
    "a frame with dates": (
        R,
        pd.DataFrame({"d": pd.date_range("2020", periods=40), "x": y_real}),
        y_real,
        "dtype|promote|convert|float",
    ),
    "y is None": (C, X, None, "y"),
    "y is shorter": (C, X, y_class[:-1], "inconsistent"),
    "y is longer": (R, X, np.r_[y_real, 1.0], "inconsistent"),
    "y is empty": (R, X, [], "inconsistent|0 sample"),
    "y has a NaN": (R, X, changed(y_real, np.nan, 3), "NaN"),
    "y has an infinity": (R, X, changed(y_real, np.inf, 3), "infinity"),
    "classes have a NaN": (C, X, changed(y_class, np.nan, 3), "NaN"),
    "y is continuous": (C, X, y_real, "continuous"),
    "y is continuous in columns": (C, X, X, "continuous"),
    "y is words": (R, X, np.array(["a", "b"] * 20), "could not convert|numeric|string"),
    "y is objects": (R, X, np.array([object()] * 40), "float|numeric|convert"),
    "y mixes words and numbers": (C, X, np.array(["a", 1] * 20, object), "types|Unknown|mix"),
    "y is several classes a row": (C, X, np.c_[y_class, y_class], "multioutput"),
    "y has three dimensions": (R, X, np.ones((40, 2, 2)), "dim"),
    "y is sparse": (R, X, scipy.sparse.csr_matrix(y_labels), "dense|[Ss]parse"),
    "y is a number": (R, X, 3.0, "array|inconsistent|Singleton"),
    "y is complex": (R, X, y_real + 1j, "[Cc]omplex"),
    "y has no columns": (R, X, np.empty((40, 0)), "0 feature|column|minimum"),
    "y is too large for float32": (R, X.astype("f"), y_real * 1e300, "large|finite"),
}


@pytest.mark.parametrize("kind", DATA)
def test_data(kind):
    cls, X_bad, y_bad, expected = DATA[kind]
    with pytest.raises((ValueError, TypeError), match=expected) as caught:
        cls(**SMALL).fit(X_bad, y_bad)
    assert "zip()" not in str(caught.value)


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
@pytest.mark.parametrize("target", [-1.0, 0.0])
def test_target_outside_the_range_of_the_loss(loss, target):
    y = np.abs(y_real) + 0.1
    y[3] = target
    if (loss, target) == ("poisson", 0.0):
        fit(MLPRegressor, {"loss": loss, "max_iter": 300, "tol": 1}, y=y)
        return
    with pytest.raises(ValueError, match=rf"y must be .*{loss}"):
        fit(MLPRegressor, {"loss": loss}, y=y)


WEIGHTS = {
    "negative": (changed(ONES, -1, 3), "[Nn]egative"),
    "NaN": (changed(ONES, np.nan, 3), "NaN"),
    "infinite": (changed(ONES, np.inf, 3), "infinity"),
    "all zero": (np.zeros(40), "zero"),
    "too few": (ONES[:-1], "sample_weight"),
    "two columns": (np.ones((40, 2)), "[Ss]ample.weight"),
    "words": (np.array(["a"] * 40), "convert|dtype"),
    "a word": ("balanced", "convert|sample_weight"),
    "complex": (ONES + 1j, "[Cc]omplex"),
    "objects": (np.array([None] * 40), "NaN|float|None"),
}


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
def test_sample_weight(cls, kind):
    weight, expected = WEIGHTS[kind]
    with pytest.raises((ValueError, TypeError), match=expected):
        fit(cls, {}, sample_weight=weight)


def test_weights_that_leave_nothing():
    y = np.array([0, 1] * 20)
    with pytest.raises(ValueError, match="class_weight"):
        fit(MLPClassifier, {"class_weight": {0: 0.0}}, y=y, sample_weight=1.0 - y)


def test_weights_with_many_lost_digits():
    with pytest.raises(ValueError, match="sum to inf"):
        fit(MLPRegressor, {}, sample_weight=ONES * 1e307)


# --- labels --------------------------------------------------------------------------------------

LABELS = {
    "integers": np.array([3, 1] * 20, object),
    "booleans": np.array([True, False] * 20, object),
    "floats": np.array([2.0, 1.0] * 20, object),
    "numpy's integers": np.array([np.int64(3), np.int8(1)] * 20, object),
    "numpy's booleans": np.array([np.bool_(True), np.bool_(False)] * 20, object),
    "words": np.array(["b", "a"] * 20, object),
    "a series": pd.Series([3, 1] * 20, dtype=object),
    "categories": pd.Series(pd.Categorical([3, 1] * 20)),
    "nullable integers": pd.Series([3, 1] * 20, dtype="Int64"),
    "nullable booleans": pd.Series([True, False] * 20, dtype="boolean"),
    "strings": pd.Series(["b", "a"] * 20, dtype="string"),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", LABELS)
def test_objects_that_are_labels(kind):
    y = LABELS[kind]
    plain = np.array(list(y))
    expected = fit(MLPClassifier, {}, y=plain)
    model = fit(MLPClassifier, {}, y=y, X_val=X, y_val=y)
    assert model.classes_.tolist() == expected.classes_.tolist()
    np.testing.assert_array_equal(model.predict(X), expected.predict(X))
    assert model.score(X, plain) == expected.score(X, plain)
    first, second = (
        MLPClassifier(**SMALL).partial_fit(X, labels, classes=labels[:2]) for labels in (y, plain)
    )
    np.testing.assert_array_equal(first.predict(X), second.predict(X))


NO_LABELS = {
    "Interval": pd.cut(y_real, 3),
    "Period": pd.period_range("2020", periods=2, freq="M").repeat(20),
    "Timestamp": pd.Series(pd.date_range("2020", periods=40)).astype(object),
    "bytes": np.array([b"b", b"a"] * 20),
    "bytes ": np.array([b"b", b"a"] * 20, object),
    "tuple": pd.Series([(1, 2), (2, 3)] * 20),
    "void": np.array([(1, 2)] * 40, dtype="i4,i4"),
    "Decimal": np.array([Decimal(1), Decimal(2)] * 20, object),
    "NoneType": np.array(["a", None] * 20, object),
}


@pytest.mark.parametrize("kind", NO_LABELS)
def test_objects_that_are_no_labels(kind):
    y = NO_LABELS[kind]
    with pytest.raises(ValueError, match=rf"y has labels of type .*{kind.strip()}.*astype\(str\)"):
        fit(MLPClassifier, {}, y=y)
    with pytest.raises(ValueError, match="y_val has labels of type"):
        fit(MLPClassifier, {}, X_val=X, y_val=y)


def test_integers_beyond_64_bits():
    with pytest.raises(ValueError, match="integers beyond 64 bits"):
        fit(MLPClassifier, {}, y=np.array([2**70, 1] * 20, object))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("container", [list, np.array, lambda y: np.array(y, object)])
def test_long_labels_are_not_copied_for_each_row(container):
    names = np.array(["a" * 20_000, "b" * 20_000], object)
    y = container(names[y_class % 2].tolist() * 50)
    rows = np.tile(X, (50, 1))
    tracemalloc.start()
    model = fit(MLPClassifier, {}, X=rows, y=y)
    predicted = model.predict(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8e6  # a copy of the labels takes 160 MB
    assert set(predicted) <= set(names)


# --- early stopping on few rows ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_rows", "params"),
    [
        (1, {}),
        (2, {}),
        (3, {}),
        (8, {"validation_fraction": 0.1}),
        (4, {"validation_fraction": 0.0}),
    ],
)
@pytest.mark.filterwarnings("ignore:y has only one class")
@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
def test_too_few_rows_to_hold_out(cls, n_rows, params):
    y = np.arange(n_rows) % 2 if cls is MLPClassifier else y_real[:n_rows]
    with pytest.raises(ValueError, match="validation_fraction"):
        fit(cls, {"early_stopping": True, **params}, X=X[:n_rows], y=y)


def test_a_class_of_one_row_cannot_be_held_out():
    y = np.r_[0, np.ones(39, int)]
    with pytest.raises(ValueError, match=r"validation_fraction=0.1 .*least populated"):
        fit(MLPClassifier, {"early_stopping": True}, y=y)


# --- what other estimators would be recommended for ---------------------------------------------


@pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered:RuntimeWarning")
@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
def test_values_that_overflow_in_a_pipeline(cls):
    pipeline = make_pipeline(StandardScaler(), cls(**SMALL))
    with pytest.raises(ValueError, match=r"contains NaN.*StandardScaler") as caught:
        pipeline.fit(X * 1e300, y_class)
    assert "HistGradientBoosting" not in str(caught.value)


# --- damaged sparse matrices ---------------------------------------------------------------------


def damaged(container, part, value):
    sparse = container(np.where(X > 0.5, X, 0.0))
    array = getattr(sparse, part)
    array[len(array) // 2] = value
    return sparse


@pytest.mark.parametrize("value", [-1, 10**6, 2**31 - 1])
@pytest.mark.parametrize(
    ("container", "part"),
    [
        (scipy.sparse.csr_matrix, "indices"),
        (scipy.sparse.csr_array, "indptr"),
        (scipy.sparse.csc_matrix, "indices"),
        (scipy.sparse.csc_array, "indptr"),
        (scipy.sparse.bsr_array, "indices"),
        (scipy.sparse.bsr_matrix, "indptr"),
        (scipy.sparse.coo_matrix, "row"),
        (scipy.sparse.coo_array, "col"),
    ],
)
def test_indices_of_sparse_rows_that_are_out_of_range(container, part, value, fitted):
    bad = damaged(container, part, value)
    with pytest.raises(ValueError, match="sparse X is damaged"):
        fit(MLPRegressor, {}, X=bad)
    with pytest.raises(ValueError, match="sparse X_val is damaged"):
        fit(MLPRegressor, {}, X_val=bad, y_val=y_real)
    with pytest.raises(ValueError, match="sparse X is damaged"):
        fitted[1].predict(bad)


def test_an_empty_sparse_matrix_with_damaged_rows():
    """scipy's check passes it, because there is no element to be wrong."""
    bad = scipy.sparse.csr_matrix((40, 3))
    bad.indptr[7] = 10**6
    with pytest.raises(ValueError, match="indptr"):
        fit(MLPRegressor, {}, X=bad)


@pytest.mark.parametrize("part", ["indices", "indptr"])
def test_damaged_sparse_labels(part):
    labels = scipy.sparse.csr_matrix(y_labels)
    getattr(labels, part)[7] = 10**6
    with pytest.raises(ValueError, match="sparse y is damaged"):
        fit(MLPClassifier, {}, y=labels)


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


# --- fallbacks with a warning --------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
def test_column_of_targets_warns(cls):
    y = y_class if cls is MLPClassifier else y_real
    with pytest.warns(DataConversionWarning, match="column-vector"):
        model = fit(cls, {}, y=y.reshape(-1, 1))
    assert model.predict(X).shape == (40,)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_batch_size_is_clipped_with_a_warning():
    with pytest.warns(UserWarning, match="batch_size"):
        fit(MLPRegressor, {"batch_size": 41})


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("labels", [[7], ["only"]])
def test_one_class(labels):
    with pytest.warns(match="only one class"):
        model = fit(MLPClassifier, {}, y=np.array(labels * 40))
    assert set(model.predict(X)) == set(labels)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_object_columns_of_numbers_are_converted():
    as_objects = fit(MLPRegressor, {}, X=X.astype(object), y=y_real.astype(object))
    np.testing.assert_array_equal(as_objects.predict(X), fit(MLPRegressor, {}).predict(X))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("dtype", [np.int8, np.uint64, np.float16, np.longdouble, bool, ">f8", "O"])
def test_other_dtypes_become_float64(dtype):
    data = (X > 0).astype(dtype)
    assert fit(MLPRegressor, {}, X=data).coefs_[0].dtype == np.float64

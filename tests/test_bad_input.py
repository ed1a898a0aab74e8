"""Bad data: a clear error or a warning, never a crash or a silent NaN model."""

import tracemalloc
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from bad_input import ONES, SMALL, X, changed, fit, y_class, y_labels, y_real
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune import BayesSearchCV, MLPClassifier, MLPRegressor, TabularMLPClassifier

OF_TABLES = TabularMLPClassifier(2, max_epochs=1, hidden_layer_sizes=2, cv=2, random_state=0)

# --- data ----------------------------------------------------------------------------------------


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


def test_weights_that_the_dtype_of_X_rounds_to_zero():
    with pytest.raises(ValueError, match="all zero in float32, the dtype of X"):
        fit(MLPRegressor, {}, X=X.astype(np.float32), sample_weight=ONES * 1e-300)


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


@pytest.mark.parametrize("kind", LABELS)
def test_objects_that_are_labels_of_tables(kind):
    y = LABELS[kind]
    plain = np.array(list(y))
    expected = clone(OF_TABLES).fit(X, plain)
    model = clone(OF_TABLES).fit(X, y, X_val=X, y_val=y)
    assert model.classes_.tolist() == expected.classes_.tolist()
    assert set(model.predict(X)) <= set(plain.tolist())
    np.testing.assert_array_equal(
        clone(OF_TABLES).fit(X, y).predict_proba(X), expected.predict_proba(X)
    )


NO_LABELS = {
    "Interval": pd.cut(y_real, 3),
    "Period": pd.period_range("2020", periods=2, freq="M").repeat(20),
    "Timestamp": pd.Series(pd.date_range("2020", periods=40)).astype(object),
    "bytes": np.array([b"b", b"a"] * 20),
    "bytes ": np.array([b"b", b"a"] * 20, object),
    "tuple": pd.Series([(1, 2), (2, 3)] * 20),
    "void": np.array([(1, 2)] * 40, dtype="i4,i4"),
    "Decimal": np.array([Decimal(1), Decimal(2)] * 20, object),
}


@pytest.mark.parametrize("kind", NO_LABELS)
def test_objects_that_are_no_labels(kind):
    y = NO_LABELS[kind]
    with pytest.raises(ValueError, match=rf"y has labels of type .*{kind.strip()}.*astype\(str\)"):
        fit(MLPClassifier, {}, y=y)
    with pytest.raises(ValueError, match="y_val has labels of type"):
        fit(MLPClassifier, {}, X_val=X, y_val=y)
    with pytest.raises(ValueError, match=rf"y has labels of type .*{kind.strip()}"):
        clone(OF_TABLES).fit(X, y)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
@pytest.mark.parametrize("other", ["a", 1, True, 0.5])
def test_missing_labels_are_counted(missing, other):
    y = np.array([other, other, missing, other] * 10, object)
    says = r"y has no label in 10 of 40 places \(nan or None\), first at 2"
    with pytest.raises(ValueError, match=says):
        fit(MLPClassifier, {}, y=y)
    with pytest.raises(ValueError, match=says):
        fit(MLPClassifier, {}, y=list(y))
    with pytest.raises(ValueError, match=says):
        clone(OF_TABLES).fit(X, y)
    with pytest.raises(ValueError, match=f"y_val{says[1:]}"):
        fit(MLPClassifier, {}, X_val=X, y_val=y)
    with pytest.raises(ValueError, match=says):
        BayesSearchCV(MLPClassifier(**SMALL), {"alpha": [0.1]}, n_iter=1, cv=2).fit(X, y)


@pytest.mark.parametrize("values", [(1, 2), (-1, 1), (1.0, 2.0)])
def test_indicators_of_other_values_than_0_and_1(values):
    """Whatever is not 0 would be read as a label: all rows would have all."""
    y = np.array(values)[np.c_[y_class % 2, 1 - y_class % 2]]
    says = f"values {values[0]} and {values[1]}; give 0"
    for model in (MLPClassifier(**SMALL), clone(OF_TABLES)):
        with pytest.raises(ValueError, match=says):
            model.fit(X, y)
    with pytest.raises(ValueError, match=says):
        MLPClassifier(**SMALL).partial_fit(X, y, classes=[0, 1])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_indicators_with_one_value_beside_0():
    y = np.c_[y_class % 2, 1 - y_class % 2]
    expected = fit(MLPClassifier, {}, y=y).predict(X)
    np.testing.assert_array_equal(fit(MLPClassifier, {}, y=y * 5).predict(X), expected)
    sparse = fit(MLPClassifier, {}, y=scipy.sparse.csr_matrix(y * 5))
    np.testing.assert_array_equal(sparse.predict(X).toarray(), expected)


def test_integers_beyond_64_bits():
    with pytest.raises(ValueError, match="integers beyond 64 bits"):
        fit(MLPClassifier, {}, y=np.array([2**70, 1] * 20, object))
    with pytest.raises(ValueError, match="integers beyond 64 bits"):
        clone(OF_TABLES).fit(X, np.array([2**70, 1] * 20, object))


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
def test_indices_of_sparse_rows_that_are_out_of_range(container, part, value):
    bad = damaged(container, part, value)
    with pytest.raises(ValueError, match="sparse X is damaged"):
        fit(MLPRegressor, {}, X=bad)
    with pytest.raises(ValueError, match="sparse X_val is damaged"):
        fit(MLPRegressor, {}, X_val=bad, y_val=y_real)
    model = MLPRegressor(**SMALL).partial_fit(X, y_real)
    with pytest.raises(ValueError, match="sparse X is damaged"):
        model.predict(bad)


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

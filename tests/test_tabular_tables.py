"""Odd tables: each gives a right answer, or an error that says what is wrong."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from sknn_tune import TabularMLPClassifier, TabularMLPRegressor

SMALL = {"n_members": 5, "hidden_layer_sizes": 16, "max_epochs": 25, "random_state": 0}
N = 120
RANDOM = np.random.RandomState(0)
SIGNAL = RANDOM.normal(size=N)
NOISE = RANDOM.normal(size=N)
LETTERS = np.where(SIGNAL > 0.5, "high", np.where(SIGNAL > -0.5, "middle", "low"))


def frame(**columns):
    return pd.DataFrame({"signal": SIGNAL, **columns})


def with_missing(values, every=3, missing=np.nan):
    values = np.array(values, dtype=object)
    values[::every] = missing
    return values


DAYS = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.round(SIGNAL * 100), unit="D")

#: Tables in which the first column, or what stands for it, tells the target.
TABLES = {
    "array": np.c_[SIGNAL, NOISE],
    "float32": np.c_[SIGNAL, NOISE].astype(np.float32),
    "fortran order": np.asfortranarray(np.c_[SIGNAL, NOISE]),
    "list of lists": np.c_[SIGNAL, NOISE].tolist(),
    "integers": np.round(np.c_[SIGNAL, NOISE] * 100).astype(int),
    "objects that are numbers": np.c_[SIGNAL, NOISE].astype(object),
    "one column": SIGNAL[:, None],
    "more columns than rows": np.c_[SIGNAL, RANDOM.normal(size=(N, 150))],
    "frame": frame(noise=NOISE),
    "frame with integer names": pd.DataFrame(np.c_[SIGNAL, NOISE]),
    "frame with an index": frame(noise=NOISE).set_index(np.arange(N)[::-1]),
    "frame with a repeated index": frame(noise=NOISE).set_index(np.zeros(N)),
    "constant": frame(c=1.0),
    "constant that is zero": frame(c=0.0),
    "two constants": frame(c=1.0, d=2.0),
    "all missing": frame(c=np.nan),
    "constant or missing": frame(c=with_missing(np.ones(N)).astype(float)),
    "missing numbers": frame(noise=with_missing(NOISE).astype(float)),
    "missing signal": pd.DataFrame({"signal": with_missing(SIGNAL, 10).astype(float)}),
    "one value that is not missing": frame(c=np.r_[1.0, np.full(N - 1, np.nan)]),
    "duplicate": frame(again=SIGNAL),
    "ten duplicates": frame(**{f"again{i}": SIGNAL for i in range(10)}),
    "infinite": frame(c=np.where(NOISE > 1.5, np.inf, NOISE)),
    "infinite on both sides": frame(c=np.where(np.abs(NOISE) > 1, np.inf * NOISE, NOISE)),
    "all infinite": frame(c=np.inf),
    "huge": frame(c=NOISE * 1e300),
    "huge signal": pd.DataFrame({"signal": SIGNAL * 1e300}),
    "tiny": frame(c=NOISE * 1e-300),
    "tiny signal": pd.DataFrame({"signal": SIGNAL * 1e-300}),
    "far from zero": pd.DataFrame({"signal": SIGNAL + 1e9}),
    "outlier": pd.DataFrame({"signal": np.r_[SIGNAL[:-1], 1e12]}),
    "mostly zero": frame(c=np.where(np.abs(NOISE) > 1.5, NOISE, 0.0)),
    "heavy tail": pd.DataFrame({"signal": np.sinh(5 * SIGNAL)}),
    "booleans": frame(flag=NOISE > 0),
    "boolean signal": pd.DataFrame({"signal": SIGNAL, "flag": SIGNAL > 0}),
    "nullable booleans": frame(flag=pd.array(with_missing(NOISE > 0, 4, None), "boolean")),
    "nullable integers": frame(c=pd.array(with_missing(np.arange(N), 4, None), "Int64")),
    "nullable floats": frame(c=pd.array(with_missing(NOISE, 4, None), "Float64")),
    "decimals": frame(c=[decimal.Decimal(f"{x:.3f}") for x in NOISE]),
    "strings": pd.DataFrame({"letters": LETTERS, "noise": NOISE}),
    "strings only": pd.DataFrame({"letters": LETTERS}),
    "string dtype": pd.DataFrame({"letters": pd.array(LETTERS, "string"), "noise": NOISE}),
    "missing strings": frame(letters=with_missing(LETTERS, 4, None)),
    "strings and NaN": frame(letters=with_missing(LETTERS, 4, np.nan)),
    "empty strings": frame(letters=np.where(NOISE > 0, "", "x")),
    "strings of other alphabets": frame(letters=np.where(NOISE > 0, "größer", "小")),
    "categories": pd.DataFrame({"letters": pd.Categorical(LETTERS), "noise": NOISE}),
    "ordered categories": frame(c=pd.cut(NOISE, [-9, -1, 0, 1, 9])),
    "categories that do not occur": frame(
        c=pd.Categorical(LETTERS, ["low", "middle", "high", "never"])
    ),
    "one category": frame(c=pd.Categorical(["same"] * N)),
    "a category a row": frame(c=pd.Categorical([f"id {i}" for i in range(N)])),
    "a category of numbers": frame(c=pd.Categorical(np.round(NOISE).astype(int))),
    "all categories missing": frame(c=pd.Categorical([None] * N)),
    "objects of several types": frame(c=[["a", 1, 2.5, None, True][i % 5] for i in range(N)]),
    "dates": pd.DataFrame({"day": DAYS, "noise": NOISE}),
    "dates with a time zone": pd.DataFrame({"day": DAYS.tz_localize("Europe/Berlin")}),
    "missing dates": frame(day=pd.Series(DAYS).mask(NOISE > 0)),
    "durations": frame(c=pd.to_timedelta(np.abs(NOISE), unit="h")),
    "dates as objects": frame(c=[datetime.date(2020, 1, 1 + i % 28) for i in range(N)]),
    "periods": frame(c=pd.period_range("2020-01", periods=N, freq="M")),
    "sparse columns": frame(c=pd.arrays.SparseArray(np.round(NOISE))),
    "column names with spaces": pd.DataFrame({"a signal": SIGNAL, " ": NOISE}),
}


def check_prediction(model, X, y):
    is_right = model.score(X, y) > (0.6 if hasattr(model, "classes_") else 0.3)
    assert is_right
    assert np.isfinite(np.asarray(model.oof_prediction_, dtype=float)).all()


@pytest.mark.parametrize("name", TABLES)
def test_a_classifier_learns_from_any_table(name):
    X, y = TABLES[name], np.where(SIGNAL > 0, "yes", "no")
    model = TabularMLPClassifier(**SMALL).fit(X, y)
    check_prediction(model, X, y)
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.parametrize("name", ["array", "missing numbers", "huge", "categories", "dates"])
def test_a_regressor_learns_from_any_table(name):
    model = TabularMLPRegressor(**SMALL).fit(TABLES[name], SIGNAL)
    check_prediction(model, TABLES[name], SIGNAL)


REFUSED = {
    "sparse matrix": (scipy.sparse.csr_matrix(np.c_[SIGNAL, NOISE]), "[Ss]parse"),
    "no rows": (np.empty((0, 2)), "0 sample"),
    "no columns": (np.empty((N, 0)), "0 feature"),
    "frame without columns": (pd.DataFrame(index=range(N)), "0 feature"),
    "one dimension": (SIGNAL, "2D array"),
    "three dimensions": (np.zeros((N, 2, 2)), "dim 3"),
    "complex": (np.c_[SIGNAL, NOISE] * 1j, "Complex"),
    "complex column": (frame(c=NOISE * 1j), "[Cc]omplex"),
    "array of strings": (np.c_[SIGNAL, NOISE].astype(str).astype(object) + np.array("x"), "float"),
    "columns of the same name": (pd.DataFrame(np.c_[SIGNAL, NOISE], columns=["a", "a"]), "'a'"),
    "names of several types": (pd.DataFrame(np.c_[SIGNAL, NOISE], columns=["a", 1]), "names"),
    "lists in cells": (frame(c=[[1, 2]] * N), "'c'"),
    "dicts in cells": (frame(c=[{}] * N), "'c'"),
    "other number of rows": (np.c_[SIGNAL, NOISE][:-1], "inconsistent"),
    "None": (None, "None|2D"),
    "a string": ("table", "2D|string"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_is_refused(name):
    X, message = REFUSED[name]
    with pytest.raises((ValueError, TypeError), match=message):
        TabularMLPRegressor(**SMALL).fit(X, SIGNAL)


LEARNT = pd.DataFrame(
    {"signal": SIGNAL, "letters": LETTERS, "flag": NOISE > 0, "day": DAYS, "noise": NOISE}
)


@pytest.fixture(scope="module")
def model():
    return TabularMLPRegressor(**SMALL).fit(LEARNT, SIGNAL)


SAME = {
    "other order": lambda X: X[X.columns[::-1]],
    "categories instead of strings": lambda X: X.astype({"letters": "category"}),
    "objects": lambda X: X.astype({"signal": object, "noise": object}),
    "integers instead of booleans": lambda X: X.astype({"flag": int}),
    "some of the rows": lambda X: X.iloc[::2],
    "one row": lambda X: X.iloc[[7]],
    "other index": lambda X: X.set_index(np.arange(N) + 5),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_the_same_rows_get_the_same_predictions(model, change):
    given, changed = LEARNT.assign(row=np.arange(N)), change(LEARNT)
    rows = given.reset_index(drop=True).index if len(changed) == N else changed.index
    np.testing.assert_allclose(model.predict(changed), model.predict(LEARNT)[rows], rtol=1e-5)


NEW = {
    "a category that was not seen": lambda X: X.assign(letters="new"),
    "a number for a category": lambda X: X.assign(letters=3),
    "missing where none was missing": lambda X: X.assign(noise=np.nan, letters=None),
    "a missing date": lambda X: X.assign(day=pd.NaT),
    "infinite": lambda X: X.assign(noise=np.inf),
    "far outside": lambda X: X.assign(noise=1e300),
}


@pytest.mark.parametrize("change", NEW.values(), ids=NEW)
def test_what_was_not_seen_hardly_changes_a_prediction(model, change):
    changed = model.predict(change(LEARNT))
    assert np.isfinite(changed).all()
    assert np.corrcoef(changed, SIGNAL)[0, 1] > 0.8


WRONG = {
    "a column less": (lambda X: X.drop(columns="noise"), "noise"),
    "a column more": (lambda X: X.assign(more=1), "more"),
    "another name": (lambda X: X.rename(columns={"noise": "nose"}), "nose"),
    "words for numbers": (lambda X: X.assign(noise="word"), "'noise'"),
    "no rows": (lambda X: X.iloc[:0], "0 sample"),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
def test_another_table_is_refused_at_prediction(model, change, message):
    with pytest.raises(ValueError, match=message):
        model.predict(change(LEARNT))


# -------------------------------------------------------------------- which columns are categories
CODES = np.round(2 * NOISE).astype(int)
CHOICES = {
    "indices": [1],
    "mask": [False, True],
    "names": ["codes"],
}


@pytest.mark.parametrize("chosen", CHOICES.values(), ids=CHOICES)
def test_categories_may_be_chosen(chosen):
    X, y = frame(codes=CODES), (CODES % 2 == 0)
    model = TabularMLPClassifier(**SMALL, categorical_features=chosen).fit(X, y)
    assert model.score(X, y) > 0.9  # a separate category need not be monotone


def test_categories_of_an_array_may_be_strings():
    X = np.c_[SIGNAL.astype(object), LETTERS]
    model = TabularMLPClassifier(**SMALL, categorical_features=[1]).fit(X, LETTERS)
    assert model.score(X, LETTERS) > 0.95


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ([5], r"\[0, 1\]"),
        ([-1], r"\[0, 1\]"),
        ([True], r"shape \(2,\)"),
        (["absent"], "absent"),
        ([0.5], "indices or names"),
        ("from_type", "from_dtype"),
    ],
)
def test_a_wrong_choice_of_categories_is_refused(chosen, message):
    model = TabularMLPClassifier(**SMALL, categorical_features=chosen)
    with pytest.raises(ValueError, match=message):
        model.fit(frame(codes=CODES), SIGNAL > 0)


def test_none_as_choice_refuses_strings():
    with pytest.raises(ValueError, match="'letters'"):
        TabularMLPClassifier(**SMALL, categorical_features=None).fit(LEARNT, SIGNAL > 0)


def test_polars_frames_are_read_as_pandas_frames_are():
    polars = pytest.importorskip("polars")
    X = LEARNT.assign(letters=with_missing(LETTERS, 5, None))
    theirs = TabularMLPRegressor(**SMALL).fit(polars.from_pandas(X), SIGNAL)
    ours = TabularMLPRegressor(**SMALL).fit(X, SIGNAL)
    np.testing.assert_allclose(theirs.predict(polars.from_pandas(X)), ours.predict(X))


# ------------------------------------------------------------------------------ times
QUICK = {"n_members": 2, "cv": 2, "hidden_layer_sizes": 2, "max_epochs": 1, "random_state": 0}
DATES = pd.date_range("2020-01-01", periods=N)
TIMES = {
    "points in time": (DATES, "to_datetime"),
    "durations": (DATES - DATES[0], "to_timedelta"),
    "numbers": (np.arange(N), "to_numeric"),
}


@pytest.mark.parametrize("held", TIMES)
@pytest.mark.parametrize("given", TIMES)
def test_times_and_numbers_are_not_taken_for_each_other(held, given):
    """Times count in seconds: as numbers they would be read without a word, and wrongly."""
    values, function = TIMES[held]
    model = TabularMLPRegressor(**QUICK).fit(pd.DataFrame({"c": values, "x": 1.0}), np.arange(N))
    other = pd.DataFrame({"c": TIMES[given][0], "x": 1.0})
    if held == given:
        model.predict(other)
        return
    with pytest.raises(ValueError, match=f"'c' held {held} in fit.*{function}"):
        model.predict(other)
    assert np.isfinite(model.predict(other.assign(c=np.nan))).all()


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_words_and_objects_are_no_times():
    model = TabularMLPRegressor(**QUICK).fit(pd.DataFrame({"day": DATES}), np.arange(N))
    with pytest.raises(ValueError, match=r"'day' held points in time in fit.*to_datetime"):
        model.predict(pd.DataFrame({"day": DATES.astype(str)}))
    with pytest.raises(ValueError, match="'day' held points in time in fit"):
        model.predict(pd.DataFrame({"day": DATES.astype(object)}))
    with pytest.raises(ValueError, match="'day' held points in time in fit"):
        model.predict(np.arange(N)[:, None])


@pytest.mark.parametrize("unit", ["D", "h", "s", "ns"])
def test_arrays_of_times_are_read_in_any_unit(unit):
    days = DATES.to_numpy()[:, None]
    model = TabularMLPRegressor(**QUICK).fit(days.astype("M8[D]"), np.arange(N))
    expected = model.predict(days.astype("M8[D]"))
    np.testing.assert_array_equal(model.predict(days.astype(f"M8[{unit}]")), expected)
    with pytest.raises(ValueError, match="0 held points in time in fit"):
        model.predict(np.arange(N)[:, None])

"""TabularMLPClassifier and TabularMLPRegressor: parameters, targets, weights, members, folds."""

import pickle
from threading import Thread

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, make_friedman1
from sklearn.linear_model import Ridge
from sklearn.metrics import log_loss, mean_pinball_loss
from sklearn.model_selection import KFold, LeaveOneOut, cross_val_score, train_test_split

from sknn_tune import (
    SKOPS_TRUSTED,
    BayesSearchCV,
    Huber,
    Quantile,
    TabularMLPClassifier,
    TabularMLPRegressor,
)
from sknn_tune.deadline import fits_end_when
from sknn_tune.network.losses import LOSSES
from sknn_tune.tabular.folds import splits_of_members

SMALL = {"n_members": 5, "hidden_layer_sizes": 16, "max_epochs": 20, "random_state": 0}
X_iris, y_iris = load_iris(return_X_y=True)
X, y = load_diabetes(return_X_y=True)
X_cancer, y_cancer = load_breast_cancer(return_X_y=True)
ESTIMATORS = {
    "classifier": (TabularMLPClassifier, X_iris, y_iris),
    "regressor": (TabularMLPRegressor, X, y),
}
both = pytest.mark.parametrize(("cls", "X", "y"), ESTIMATORS.values(), ids=ESTIMATORS)


def outputs(model, X):
    return model.predict_proba(X) if hasattr(model, "classes_") else model.predict(X)


# ----------------------------------------------------------------------------------- what it learns
def test_without_a_setting_it_beats_a_straight_line():
    X_train, X_test, y_train, y_test = train_test_split(
        *make_friedman1(600, random_state=0), random_state=0
    )
    model = TabularMLPRegressor(random_state=0).fit(X_train, y_train)
    assert model.score(X_test, y_test) > 0.9 > Ridge().fit(X_train, y_train).score(X_test, y_test)


def test_probabilities_are_calibrated_although_labels_are_smoothed():
    parts = train_test_split(X_cancer, y_cancer, random_state=0)
    model = TabularMLPClassifier(label_smoothing=0.3, random_state=0).fit(parts[0], parts[2])
    assert model.temperature_ < 1
    assert log_loss(parts[3], model.predict_proba(parts[1])) < 0.15


TARGETS = {
    "strings": np.array(["setosa", "other"])[(y_iris > 0).astype(int)],
    "objects": np.array(["a", "b", "c"], dtype=object)[y_iris],
    "booleans": y_iris > 0,
    "floats": y_iris.astype(float),
    "negative": -y_iris,
    "series": pd.Series(y_iris),
    "list": y_iris.tolist(),
    "label indicators": np.c_[y_iris > 0, y_iris > 1, y_iris == 1].astype(int),
}


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_labels_of_any_kind(target):
    model = TabularMLPClassifier(**SMALL).fit(X_iris, target)
    assert model.score(X_iris, target) > 0.85
    prediction = model.predict(X_iris)
    assert prediction.shape == np.shape(target)
    assert set(np.unique(prediction)) <= set(np.unique(target))


def test_a_single_class_is_certain():
    with pytest.warns(RuntimeWarning, match="only one class"):
        model = TabularMLPClassifier(**SMALL).fit(X_iris, np.zeros(150))
    assert_array_equal(model.predict_proba(X_iris[:2]), [[1.0], [1.0]])


@pytest.mark.parametrize("loss", sorted(set(LOSSES) - {"log_loss", "binary_log_loss"}))
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_every_loss(loss, n_outputs):
    Y = y if n_outputs == 1 else np.c_[y, 3 * y + 10]
    model = TabularMLPRegressor(loss=loss, **SMALL | {"max_epochs": 60}).fit(X, Y)
    assert model.predict(X).shape == Y.shape
    # The median explains less than half of the pinball loss of the best constant.
    assert model.score(X, Y) > (0.2 if loss == "quantile" else 0.35)
    assert (model.predict(X) > 0).all()


@pytest.mark.parametrize("factor", [1e-200, 1e-6, 1e6, 1e200])
def test_the_unit_of_the_target_does_not_matter(factor):
    plain = TabularMLPRegressor(**SMALL).fit(X, y).predict(X)
    scaled = TabularMLPRegressor(**SMALL).fit(X, y * factor).predict(X)
    assert_allclose(scaled / factor, plain, rtol=1e-4)


def test_a_constant_target_is_predicted():
    model = TabularMLPRegressor(**SMALL).fit(X, np.full(len(X), 1e9))
    assert_allclose(model.predict(X), 1e9)


def test_huber_counts_in_units_of_the_target():
    """Far beyond delta all errors count linearly, as in the absolute error; below, squared."""
    predictions = {}
    for delta in (1e-6, 1e6):
        params = SMALL | {"loss": Huber(delta=delta)}
        predictions[delta] = TabularMLPRegressor(**params).fit(X, y).predict(X)
    squared = TabularMLPRegressor(**SMALL).fit(X, y).predict(X)
    assert np.corrcoef(predictions[1e6], squared)[0, 1] > 0.999
    assert np.abs(predictions[1e-6] - squared).max() > 5


def test_several_quantiles_are_in_order_and_near_their_shares():
    loss = Quantile((0.1, 0.5, 0.9))
    model = TabularMLPRegressor(loss=loss, random_state=0).fit(X[::2], y[::2])
    p = model.predict(X[1::2])
    assert p.shape == (221, 3)
    assert_allclose((y[1::2, None] < p).mean(axis=0), [0.1, 0.5, 0.9], atol=0.1)
    low, high = model.predict_interval(X[1::2], coverage=0.8).T
    assert 0.7 < ((low <= y[1::2]) & (y[1::2] <= high)).mean() < 0.95


# --------------------------------------------------------------------------- what unseen rows tell
@both
def test_out_of_fold_estimates_are_honest(cls, X, y):
    """Targets that nothing explains: what was learned by heart must not count."""
    noise = np.random.RandomState(0).permutation(y)
    model = cls(random_state=0).fit(X, noise)
    chance = np.bincount(y_iris).max() / len(y_iris) if cls is TabularMLPClassifier else 0.0
    assert model.oof_score_ < chance + 0.1


@both
def test_out_of_fold_predictions_follow_the_rows(cls, X, y):
    model = cls(**SMALL).fit(X, y)
    prediction = model.oof_prediction_
    assert len(prediction) == len(y)
    order = np.argsort(y, kind="stable")
    if cls is TabularMLPRegressor:
        assert np.corrcoef(prediction, y)[0, 1] > 0.5
        assert_allclose(model.oof_score_, 1 - np.mean((prediction - y) ** 2) / np.var(y), rtol=1e-6)
    else:
        assert_allclose(prediction.sum(axis=1), 1.0)
        assert model.oof_score_ == np.mean(prediction[order].argmax(axis=1) == y[order])


@pytest.mark.parametrize("name", ["oof_score_", "oof_prediction_"])
@pytest.mark.parametrize(
    ("params", "validation"),
    [
        ({"n_members": 2}, {}),
        ({}, {"X_val": X[:50], "y_val": y[:50]}),
        ({"cv": [(np.arange(100, 442), np.arange(100))]}, {}),
    ],
)
def test_without_a_partition_there_is_no_out_of_fold_estimate(params, validation, name):
    model = TabularMLPRegressor(**SMALL | params).fit(X, y, **validation)
    with pytest.raises(AttributeError, match="unseen by some member"):
        getattr(model, name)
    with pytest.raises(AttributeError, match="unseen by some member"):
        model.predict_interval(X)


@pytest.mark.parametrize("coverage", [0.5, 0.9])
def test_intervals_hold_their_share_of_new_targets(coverage):
    random_state = np.random.RandomState(0)
    x = random_state.uniform(0, 3, (1500, 1))
    target = x[:, 0] ** 2 + random_state.normal(scale=0.1 + x[:, 0])
    model = TabularMLPRegressor(random_state=0).fit(x[:500], target[:500])
    low, high = model.predict_interval(x[500:], coverage=coverage).T
    inside = (low <= target[500:]) & (target[500:] <= high)
    assert abs(inside.mean() - coverage) < 0.05
    # Errors grow with the prediction, and so do intervals.
    widths = high - low
    assert widths[x[500:, 0] > 2.5].mean() > 1.5 * widths[x[500:, 0] < 0.5].mean()


def test_predicted_quantiles_are_in_order_and_beat_the_mean():
    parts = train_test_split(X, y, random_state=0)
    model = TabularMLPRegressor(random_state=0).fit(parts[0], parts[2])
    quantiles = model.predict_quantiles(parts[1], (0.1, 0.5, 0.9))
    assert (np.diff(quantiles, axis=1) > 0).all()
    assert mean_pinball_loss(parts[3], quantiles[:, 0], alpha=0.1) < mean_pinball_loss(
        parts[3], model.predict(parts[1]), alpha=0.1
    )


@pytest.mark.parametrize("coverage", [0, 1, -0.1, 1.5, np.nan, "0.9", True])
def test_a_wrong_coverage_is_refused(coverage):
    model = TabularMLPRegressor(**SMALL).fit(X, y)
    with pytest.raises(ValueError, match="coverage must be in"):
        model.predict_interval(X, coverage=coverage)
    with pytest.raises(ValueError, match="quantiles must be in"):
        model.predict_quantiles(X, [0.5, 0.0])


def test_intervals_of_several_outputs():
    model = TabularMLPRegressor(**SMALL).fit(X, np.c_[y, -y])
    assert model.predict_interval(X).shape == (len(X), 2, 2)
    assert model.predict_quantiles(X, 0.5).shape == (len(X), 1, 2)


# ---------------------------------------------------------------------------------- members, folds
def test_members_do_not_see_their_fold():
    rows = np.arange(100)
    stream = np.random.RandomState(0)
    splits = splits_of_members(10, None, rows % 3, rows < 90, None, stream)
    held_out = np.concatenate([split.held_out for split in splits])
    assert_array_equal(np.bincount(held_out), 2)
    for split in splits:
        assert_array_equal(np.sort(np.r_[split.learned, split.held_out]), np.arange(90))
        shares = np.bincount(split.held_out % 3)
        assert shares.max() - shares.min() <= 1


def test_groups_are_not_divided():
    groups = np.repeat(np.arange(20), 5)
    stream = np.random.RandomState(0)
    for split in splits_of_members(5, None, np.zeros(100), np.ones(100, bool), groups, stream):
        assert not set(groups[split.learned]) & set(groups[split.held_out])
        assert len(split.held_out)


@pytest.mark.parametrize("cv", [3, KFold(4), KFold(3, shuffle=True, random_state=1)])
def test_folds_may_be_chosen(cv):
    model = TabularMLPRegressor(**SMALL, cv=cv).fit(X, y)
    assert model.oof_prediction_.shape == y.shape


def test_members_that_hold_out_too_much_are_refused():
    with pytest.raises(ValueError, match="leaves a member no rows"):
        TabularMLPRegressor(**SMALL, cv=[([], np.arange(10))]).fit(X, y)


@pytest.mark.parametrize("n_rows", [1, 2, 3, 7])
@both
def test_few_rows(cls, X, y, n_rows):
    rows = np.linspace(0, len(X) - 1, n_rows).astype(int)
    if n_rows == 1 and cls is TabularMLPClassifier:
        pytest.skip("a single class, which warns")
    model = cls(**SMALL).fit(X[rows], y[rows])
    assert np.isfinite(outputs(model, X)).all()


def test_leave_one_out():
    model = TabularMLPRegressor(**SMALL | {"n_members": 12}, cv=LeaveOneOut()).fit(X[:12], y[:12])
    assert np.isfinite(model.oof_prediction_).all()


@both
def test_the_number_of_threads_changes_nothing(cls, X, y):
    one, two = (cls(**SMALL, n_jobs=n_jobs).fit(X, y) for n_jobs in (1, 2))
    assert_array_equal(outputs(one, X), outputs(two, X))
    assert one.oof_score_ == two.oof_score_


@both
def test_a_validation_set_stops_all_members(cls, X, y):
    model = cls(**SMALL).fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    again = cls(**SMALL).fit(X[::2], y[::2], X_val=X[1::2][:5], y_val=y[1::2][:5])
    assert model.validation_loss_curves_ != again.validation_loss_curves_
    assert np.isfinite(outputs(model, X)).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"X_val": X}, "X_val needs y_val"),
        ({"y_val": y}, "y_val needs X_val"),
        ({"sample_weight_val": y}, "needs X_val and y_val"),
        ({"X_val": X[:, :3], "y_val": y}, "X_val"),
        ({"X_val": X, "y_val": y[:-1]}, "y_val"),
        ({"X_val": X, "y_val": y, "sample_weight_val": -y}, "sample_weight_val"),
    ],
)
def test_a_wrong_validation_set_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        TabularMLPRegressor(**SMALL).fit(X, y, **arguments)


# ------------------------------------------------------------------------------ weights and classes
@both
def test_rows_without_weight_are_as_if_absent(cls, X, y):
    present = np.arange(len(X)) % 4 != 0
    wrong = np.where(present, y, y[::-1])
    weighted = cls(**SMALL).fit(X, wrong, sample_weight=present)
    assert np.isnan(weighted.oof_prediction_[~present]).all()
    assert np.isfinite(weighted.oof_prediction_[present]).all()
    assert weighted.oof_score_ > 0.3
    assert_allclose(outputs(weighted, X), outputs(cls(**SMALL).fit(X[present], y[present]), X))


@pytest.mark.parametrize("factor", [1e-30, 1e30])
@both
def test_the_unit_of_weights_does_not_matter(cls, X, y, factor):
    weights = np.random.RandomState(0).uniform(1, 2, len(y))
    one, other = (cls(**SMALL).fit(X, y, sample_weight=weights * f) for f in (1.0, factor))
    assert_allclose(outputs(one, X), outputs(other, X), rtol=1e-4)


@both
def test_wrong_weights_are_refused(cls, X, y):
    for weights in (np.zeros(len(y)), -np.ones(len(y)), np.full(len(y), np.nan), np.ones(3)):
        with pytest.raises(ValueError, match="weight"):
            cls(**SMALL).fit(X, y, sample_weight=weights)


def test_class_weights_move_predictions_to_a_class():
    rare = (X_cancer[:, 1] > 25).astype(int)
    plain, balanced, heavy = (
        TabularMLPClassifier(**SMALL, class_weight=w).fit(X_cancer[:, 2:], rare).predict_proba(
            X_cancer[:, 2:]
        )[:, 1].mean()
        for w in (None, "balanced", {0: 1, 1: 20})
    )  # fmt: skip
    assert plain < balanced < heavy


# ------------------------------------------------------------------------------- time, stops
def test_time_is_kept():
    rows = np.random.RandomState(0).normal(size=(20000, 10))
    params = SMALL | {"hidden_layer_sizes": (64, 64), "max_epochs": 1000}
    model = TabularMLPRegressor(**params, max_time=2.0).fit(rows, rows[:, 0])
    assert all(0 < len(curve) < 1000 for curve in model.loss_curves_)
    assert model.score(rows, rows[:, 0]) > 0.5


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_whoever_runs_the_fit_may_end_it(n_jobs):
    params = SMALL | {"max_epochs": 1000, "n_jobs": n_jobs}
    with fits_end_when(lambda: True) as watch:
        model = TabularMLPRegressor(**params).fit(X, y)
    assert watch.ended_fit
    assert [len(curve) for curve in model.loss_curves_] == [1] * 5


def test_a_fit_that_fails_leaves_the_estimator_as_it_was():
    model = TabularMLPRegressor(**SMALL).fit(X, y)
    before = model.predict(X)
    with pytest.raises(ValueError, match="NaN"):
        model.fit(X[:, :2], np.full(len(X), np.nan))
    assert_array_equal(model.predict(X), before)


def test_a_rate_that_diverges_says_so():
    with pytest.raises(ValueError, match="learning_rate_init"):
        TabularMLPRegressor(**SMALL | {"learning_rate_init": 1e30}).fit(X, y)


def test_fits_in_threads_do_not_disturb_each_other():
    models = [TabularMLPRegressor(**SMALL) for _ in range(4)]
    threads = [Thread(target=model.fit, args=(X, y)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for model in models[1:]:
        assert_array_equal(model.predict(X), models[0].predict(X))


# -------------------------------------------------------------------------------- other conventions
@both
def test_copies_predict_the_same(cls, X, y):
    model = cls(**SMALL).fit(X, y)
    assert clone(model).get_params() == model.get_params()
    assert_array_equal(outputs(pickle.loads(pickle.dumps(model)), X), outputs(model, X))


@both
def test_skops_keeps_a_model(cls, X, y):
    sio = pytest.importorskip("skops.io")
    names = pd.DataFrame(X).assign(letters=np.where(X[:, 0] > X[:, 1], "a", "b"))
    names.columns = names.columns.astype(str)
    model = cls(**SMALL).fit(names, y)
    loaded = sio.loads(sio.dumps(model), trusted=SKOPS_TRUSTED)
    assert_array_equal(outputs(loaded, names), outputs(model, names))
    assert loaded.oof_score_ == model.oof_score_


ONNX_TABLES = {
    "array": X_cancer[:, :6],
    "missing": np.where(X_cancer[:, :6] % 1 < 0.1, np.nan, X_cancer[:, :6]),
    "frame": pd.DataFrame(X_cancer[:, :3], columns=["a", "b", "c"]),
    "categories": pd.DataFrame(
        {
            "size": X_cancer[:, 0],
            "word": np.where(X_cancer[:, 1] > 20, "high", "low"),
            "code": pd.Categorical((X_cancer[:, 2] // 10).astype(int)),
        }
    ),
    "words only": pd.DataFrame({"word": np.where(X_cancer[:, 1] > 20, "high", "low")}),
}


@pytest.mark.parametrize("name", ONNX_TABLES)
@pytest.mark.parametrize("target", ["binary", "multiclass", "multilabel", "number", "numbers"])
def test_onnx_predicts_the_same(name, target):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    table, size = ONNX_TABLES[name], X_cancer[:, 0]
    y = {
        "binary": np.where(size > 14, "big", "small"),
        "multiclass": np.digitize(size, [12, 15]),
        "multilabel": np.c_[size > 12, size > 15].astype(int),
        "number": 1000 + size,
        "numbers": np.c_[size, -size],
    }[target]
    cls = TabularMLPRegressor if target.startswith("number") else TabularMLPClassifier
    model = cls(**SMALL).fit(table, y)
    session = runtime.InferenceSession(
        model.to_onnx().SerializeToString(), providers=["CPUExecutionProvider"]
    )
    given = {
        part.name: table
        if part.name == "X"
        else np.array(table[[part.name]].to_numpy(), dtype=_ONNX_DTYPES[part.type])
        for part in session.get_inputs()
    }
    theirs = dict(
        zip([part.name for part in session.get_outputs()], session.run(None, given), strict=True)
    )
    if cls is TabularMLPRegressor:
        assert_allclose(theirs["prediction"], model.predict(table), rtol=1e-4)
    else:
        assert_allclose(theirs["probabilities"], model.predict_proba(table), atol=1e-5)
        assert np.mean(theirs["label"] == model.predict(table)) > 0.995


_ONNX_DTYPES = {"tensor(double)": float, "tensor(string)": object, "tensor(int64)": np.int64}


def test_onnx_refuses_categories_that_it_has_no_type_for():
    pytest.importorskip("onnx")
    model = TabularMLPRegressor(**SMALL, categorical_features=[0]).fit(np.round(X[:, :2], 1), y)
    with pytest.raises(ValueError, match="strings or integers"):
        model.to_onnx()


@both
def test_importance_is_that_of_unseen_rows(cls, X, y):
    """One column tells the target, the others are noise that could be learned by heart."""
    random_state = np.random.RandomState(0)
    table = pd.DataFrame(random_state.normal(size=(len(y), 8))).rename(columns="n{}".format)
    table["letters"] = np.where(y > np.median(y), "high", "low")
    table.loc[::5, "n3"] = np.nan
    model = cls(**SMALL).fit(table, y)
    importances = model.feature_importances_
    assert importances.shape == (9,)
    assert importances.argmax() == 8
    assert importances[8] > 5 * np.abs(importances[:8]).max()
    assert_array_equal(model.feature_importances_, importances)


@both
def test_metadata_is_routed(cls, X, y):
    groups = np.arange(len(y)) % 7
    with sklearn.config_context(enable_metadata_routing=True):
        model = cls(**SMALL).set_fit_request(groups=True, sample_weight=True)
        model.set_score_request(sample_weight=True)
        params = {"groups": groups, "sample_weight": np.ones(len(y))}
        assert len(cross_val_score(model, X, y, cv=2, params=params)) == 2


@both
def test_a_search_knows_the_space(cls, X, y):
    search = BayesSearchCV(cls(**SMALL), "auto", n_iter=2, cv=2, random_state=0).fit(X, y)
    assert set(search.best_params_) >= {"dropout", "weight_decay"}


@both
def test_progress_is_printed(cls, X, y, capsys):
    cls(**SMALL, verbose=True).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"Member {m} of 5" for m in range(1, 6)]


@both
def test_there_is_no_partial_fit(cls, X, y):
    assert not hasattr(cls(), "partial_fit")
    assert "warm_start" not in cls().get_params()


@pytest.mark.parametrize(
    "damage",
    [
        {"sizes": [2**31, 8, 1]},
        {"link": "none"},
        {"architectures": []},
        {"thetas": [np.zeros((2, 2))]},
    ],
)
def test_damaged_ensembles_are_refused_where_they_are_loaded(damage):
    X = np.random.RandomState(0).normal(size=(40, 2))
    ensemble = (
        TabularMLPRegressor(max_epochs=1, n_members=2, random_state=0).fit(X, X[:, 0])._ensemble
    )
    with pytest.raises(ValueError, match=r"ensemble|network|embed|hidden"):
        type(ensemble).__new__(type(ensemble)).__setstate__(vars(ensemble) | damage)

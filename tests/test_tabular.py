"""TabularMLPClassifier and TabularMLPRegressor: targets and losses, conventions of scikit-learn."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_friedman1
from sklearn.linear_model import Ridge
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_score, train_test_split
from tabular_cases import SMALL, X, X_cancer, X_iris, both, outputs, y, y_cancer, y_iris

from sknn_tune import (
    SKOPS_TRUSTED,
    BayesSearchCV,
    Huber,
    Quantile,
    TabularMLPClassifier,
    TabularMLPRegressor,
)
from sknn_tune.network.losses import LOSSES


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


def test_probabilities_sum_to_one_in_double_precision():
    model = TabularMLPClassifier(**SMALL).fit(X_iris, y_iris)
    assert_allclose(model.predict_proba(X_iris).sum(axis=1), 1.0, rtol=1e-12)


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


# ------------------------------------------------------------------ other conventions
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
        {"weights": np.ones(3)},
        {"weights": np.array([2.0, -1.0])},
    ],
)
def test_damaged_ensembles_are_refused_where_they_are_loaded(damage):
    X = np.random.RandomState(0).normal(size=(40, 2))
    ensemble = (
        TabularMLPRegressor(max_epochs=1, n_members=2, random_state=0).fit(X, X[:, 0])._ensemble
    )
    with pytest.raises(ValueError, match=r"ensemble|network|embed|hidden"):
        type(ensemble).__new__(type(ensemble)).__setstate__(vars(ensemble) | damage)

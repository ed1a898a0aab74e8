"""Members of the estimators of tables: folds, validation sets, weights, time and stops."""

from threading import Thread

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import KFold, LeaveOneOut
from tabular_cases import SMALL, X, X_cancer, both, outputs, y

from sknn_tune import (
    TabularMLPClassifier,
    TabularMLPRegressor,
)
from sknn_tune.deadline import fits_end_when
from sknn_tune.network.embeddings import PiecewiseLinear
from sknn_tune.tabular.columns import Table
from sknn_tune.tabular.encoding import TableEncoder
from sknn_tune.tabular.ensemble import Ensemble
from sknn_tune.tabular.folds import splits_of_members
from sknn_tune.tabular.recipe import (
    Cycles,
    batch_size_for,
    cycle_ends,
    epochs_for,
    was_fruitless,
)


# ---------------------------------------------------------------------------------- folds
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


def test_columns_of_two_values_take_no_bins_from_the_others():
    random_state = np.random.RandomState(0)
    numbers, flags = random_state.normal(size=(500, 2)), random_state.randint(2, size=(500, 150))
    rows = np.c_[numbers, flags]
    model = TabularMLPRegressor(n_members=1, max_epochs=1, random_state=0).fit(rows, numbers[:, 0])
    embeddings = model._ensemble.architectures[0].embeddings
    spread = [part for part in embeddings if isinstance(part, PiecewiseLinear)]
    assert [(part.column, part.width) for part in spread] == [(0, 24), (1, 24)]


@pytest.mark.parametrize(
    ("n_rows", "n_columns", "n_bins"),
    [(1000, 1, 24), (10_000, 1, 40), (50_000, 1, 96), (50_000, 12, 40), (50_000, 100, 8)],
)
def test_many_rows_fill_more_bins_and_wide_tables_have_fewer(n_rows, n_columns, n_bins):
    numbers = np.random.RandomState(0).uniform(size=(n_rows, n_columns))
    encoder = TableEncoder.learn(Table(numbers, []), np.ones(n_rows))
    assert [len(edges) for edges in encoder.edges] == [n_bins + 1] * n_columns


@pytest.mark.parametrize(
    ("horizon", "ends"),
    [(15, [1, 3, 7, 15]), (32, [2, 6, 15, 32]), (63, [4, 13, 29, 63]), (4, [1, 2, 4]), (1, [1])],
)
def test_the_rate_comes_down_to_whole_epochs(horizon, ends):
    assert cycle_ends(horizon).tolist() == [0, *ends]
    rates = np.concatenate([Cycles().rates(e, 200, horizon) for e in range(horizon)])
    assert rates[0] == 0.0  # a hundredth of the epochs it rises
    restarts = np.flatnonzero(np.diff(rates) > 0.5) + 1
    assert_array_equal(restarts / 200, ends[:-1])
    assert_allclose(rates[restarts], 1.0)
    assert (rates[200 * np.array(ends) - 1] < 1e-3).all()


@pytest.mark.parametrize(
    ("n_rows", "n_epochs"),
    [(20, 500), (600, 150), (2000, 64), (4000, 32), (5000, 40), (50_000, 40), (800_000, 10)],
)
def test_few_rows_need_many_epochs_and_many_rows_deserve_some(n_rows, n_epochs):
    assert epochs_for(n_rows, batch_size_for(n_rows)) == n_epochs


def test_training_ends_with_a_cycle_that_was_of_no_use():
    assert cycle_ends(30).tolist() == [0, 2, 6, 14, 30]
    assert not was_fruitless(5, 1, 30)  # in the middle of a cycle
    assert was_fruitless(6, 1, 30)  # the best is older than the cycle
    assert was_fruitless(6, 4, 30)  # or came before the rate fell
    assert not was_fruitless(6, 5, 30)
    assert not was_fruitless(2, 2, 30)


def test_noise_is_learned_for_few_epochs_and_a_clean_target_for_many():
    random_state = np.random.RandomState(0)
    rows = random_state.normal(size=(300, 5))
    params = {"n_members": 5, "hidden_layer_sizes": 32, "max_epochs": 60, "random_state": 0}
    noisy = TabularMLPRegressor(**params).fit(rows, random_state.normal(size=300))
    clean = TabularMLPRegressor(**params).fit(rows, rows[:, 0])
    assert all(len(curve) in (4, 12, 28) for curve in noisy.loss_curves_)
    assert np.median(clean.n_epochs_) > 40


@both
def test_the_number_of_threads_changes_nothing(cls, X, y):
    one, two = (cls(**SMALL, n_jobs=n_jobs).fit(X, y) for n_jobs in (1, 2))
    assert_array_equal(outputs(one, X), outputs(two, X))
    assert one.oof_score_ == two.oof_score_


@pytest.mark.parametrize(("n_jobs", "sizes"), [(1, [600]), (2, [512, 88]), (3, [256, 256, 88])])
def test_predictions_are_divided_among_threads(n_jobs, sizes, monkeypatch):
    """In whole chunks, so that no digit depends on how many threads there are."""
    rows = np.resize(X, (600, X.shape[1]))
    model = TabularMLPRegressor(**SMALL).fit(X, y)
    expected, mean, seen = model.predict(rows), Ensemble._mean, []

    def counting(self, inputs):
        seen.append(len(inputs))
        return mean(self, inputs)

    monkeypatch.setattr(Ensemble, "_mean", counting)
    assert_array_equal(model.set_params(n_jobs=n_jobs).predict(rows), expected)
    assert sorted(seen, reverse=True) == sizes


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


@pytest.mark.parametrize("sizes", [(8, 0), (True,), (8.0,), ("8",)])
def test_wrong_layer_sizes_are_refused(sizes):
    with pytest.raises(ValueError, match="hidden_layer_sizes must be integers above 0"):
        TabularMLPRegressor(**SMALL | {"hidden_layer_sizes": sizes}).fit(X, y)


# -------------------------------------------------------------------- weights and classes
@both
def test_rows_without_weight_are_as_if_absent(cls, X, y):
    present = np.arange(len(X)) % 4 != 0
    wrong = np.where(present, y, y[::-1])
    weighted = cls(**SMALL).fit(X, wrong, sample_weight=present)
    assert np.isnan(weighted.oof_prediction_[~present]).all()
    assert np.isfinite(weighted.oof_prediction_[present]).all()
    assert weighted.oof_score_ > 0.3
    assert_allclose(outputs(weighted, X), outputs(cls(**SMALL).fit(X[present], y[present]), X))


@pytest.mark.parametrize("factor", [1e-300, 1e-30, 1e30, 8e307])
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


# -------------------------------------------------------------------------- time, stops
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

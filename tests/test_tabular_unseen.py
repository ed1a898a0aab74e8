"""What members tell of rows that they have not seen: estimates, intervals, importances."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit
from sklearn.metrics import log_loss, mean_pinball_loss
from sklearn.model_selection import train_test_split
from tabular_cases import SMALL, X, both, outputs, y, y_iris

from sknn_tune import (
    TabularMLPClassifier,
    TabularMLPRegressor,
)
from sknn_tune.mlp.configuration import LossOption
from sknn_tune.tabular.calibration import best_temperature, best_weights
from sknn_tune.tabular.columns import read_table
from sknn_tune.tabular.member import Rows
from sknn_tune.tabular.unseen import Part, UnseenLoss, UnseenScores


@both
def test_out_of_fold_estimates_are_honest(cls, X, y):
    """Targets that nothing explains: memorised rows must not count."""
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


def scores_of_two_kinds(truth, noises):
    """Five folds, each unseen by a member of each kind, which sees the truth through noise."""
    random_state = np.random.RandomState(0)
    return [
        Part(kind, rows, truth[rows] + noise * random_state.normal(size=(len(rows), 1)))
        for kind, noise in enumerate(noises)
        for rows in np.array_split(np.arange(len(truth)), 5)
    ]


SQUARED = LossOption("squared_error", (0.0,))


def test_the_better_kind_of_members_weighs_more():
    """Of two independent estimates the best weights are as their inverse variances."""
    truth = np.linspace(-2, 2, 5000)[:, None]
    rows = Rows(np.zeros((5000, 1)), truth, np.ones(5000))
    unseen = UnseenScores(scores_of_two_kinds(truth, (0.5, 1.0)), 5000, "identity")
    weights = best_weights(unseen, UnseenLoss(rows, SQUARED, 1))
    assert_allclose(weights.sum(), 1.0)
    assert_allclose(weights[:5], 0.8 / 5, atol=0.005)
    assert_allclose(weights[5:], 0.2 / 5, atol=0.005)
    blended = unseen.predictions(weights=weights)
    assert_allclose(np.mean((blended - truth) ** 2), 0.2, rtol=0.05)


def test_temperature_makes_overconfident_scores_honest():
    random_state = np.random.RandomState(0)
    scores = random_state.normal(size=(4000, 1))
    labels = (random_state.uniform(size=(4000, 1)) < expit(scores)).astype(float)
    unseen = UnseenScores([Part(0, np.arange(4000), 3 * scores)], 4000, "logistic")
    loss = UnseenLoss(Rows(scores, labels, np.ones(4000)), LossOption("binary_log_loss", (0.0,)), 1)
    temperature = best_temperature(unseen, loss, np.ones(1))
    assert 2.7 < temperature < 3.3
    cooled = unseen.predictions(temperature)
    assert_allclose(loss(cooled), log_loss(labels, cooled), rtol=1e-9)


def test_members_of_one_kind_weigh_alike():
    truth = np.linspace(-2, 2, 100)[:, None]
    unseen = UnseenScores(scores_of_two_kinds(truth, (0.5,)), 100, "identity")
    rows = Rows(np.zeros((100, 1)), truth, np.ones(100))
    weights = best_weights(unseen, UnseenLoss(rows, SQUARED, 1))
    assert_array_equal(weights, np.full(5, 0.2))


@both
def test_predictions_are_weighted_means_of_the_members(cls, X, y):
    model = cls(**SMALL | {"n_members": 10}).fit(X, y)
    weights = model.member_weights_
    assert len(set(weights.round(6))) == 2
    inputs = model._encoder.encode(read_table(model, X, model._schema), np.dtype(np.float32))
    parts = np.array(list(model._ensemble.predictions(inputs)), dtype=np.float64)
    mean = np.tensordot(weights, parts, 1)
    expected = mean if cls is TabularMLPClassifier else model._targets.scale.restored(mean)[:, 0]
    assert_allclose(outputs(model, X), expected, rtol=1e-5)


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


@both
def test_importance_is_that_of_unseen_rows(cls, X, y):
    """One column tells the target, the others are noise that could be memorised."""
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

"""Stored estimators for tables with parts that no fit has left: refused before a kernel runs."""

import copy
import pickle

import numpy as np
import pytest

from sknn_tune import Quantile, TabularMLPClassifier, TabularMLPRegressor
from sknn_tune.mlp.configuration import LossOption

X = np.random.default_rng(0).normal(size=(60, 2))
SMALL = {"n_members": 5, "max_epochs": 2, "hidden_layer_sizes": (4,), "random_state": 0}


@pytest.fixture(scope="module")
def models():
    y = np.arange(60) % 3
    return TabularMLPClassifier(**SMALL).fit(X, y), TabularMLPRegressor(**SMALL).fit(X, X[:, 0])


def with_part(model, name, part, value):
    """A copy whose attribute is replaced as a file could hold it."""
    model = copy.deepcopy(model)
    owner = getattr(model, name)
    if part is None:
        setattr(model, name, value)
    elif hasattr(owner, "_replace"):
        setattr(model, name, owner._replace(**{part: value}))
    else:
        object.__setattr__(owner, part, value)
    return model


ROWS = np.zeros((60, 1), "f4")


@pytest.mark.parametrize(
    ("name", "part", "value"),
    [
        ("_unseen_rows", "targets", ROWS + 3),  # there are three classes, from 0
        ("_unseen_rows", "targets", ROWS - 1),
        ("_unseen_rows", "targets", ROWS + np.nan),
        ("_unseen_rows", "targets", ROWS + 0.5),
        ("_unseen_rows", "targets", ROWS.astype("f8")),
        ("_unseen_rows", "targets", ROWS[:30]),
        ("_unseen_rows", "weights", ROWS),
        ("_unseen_rows", "weights", ROWS[:0, 0]),
        ("_unseen_rows", "inputs", np.zeros((60, 1), "f4")),
        ("_unseen_rows", "inputs", np.zeros((60, 2), "f8")),
        ("_unseen_rows", "unseen_by", np.ones((60, 4), bool)),
        ("_unseen_rows", "unseen_by", np.ones((60, 5), int)),
        ("_unseen_rows", None, None),
        ("_measure", "name", "no such loss"),
        ("_measure", None, LossOption("squared_error", (0.0,) * 3)),  # wants three targets
        ("_measure", "params", ()),
        ("_measure", "params", ("0",)),
        ("_measure", None, ("log_loss", (0.0,), 1.0)),
        ("_encoder", "marked", np.array([2])),
        ("_encoder", "edges", []),
        ("_encoder", "centers", np.zeros(3)),
        ("_encoder", "levels", [["a"]]),
        ("_schema", "is_categorical", (False,)),
        ("_schema", "names", ("a", None)),
        ("_ensemble", "thetas", None),
        ("_ensemble", "sizes", [2, None, 3]),
        ("_ensemble", "link", None),
        ("_targets", "classes", np.arange(4)),
        ("_targets", None, None),
        ("_oof", None, (np.zeros(60), 0.5)),
    ],
)
def test_parts_that_no_fit_leaves_are_refused(models, name, part, value):
    model = with_part(models[0], name, part, value)
    says = f"{name}|_unseen_rows|members do not form an ensemble"
    for use in (lambda: model.predict(X), lambda: model.feature_importances_):
        with pytest.raises(ValueError, match=says):
            use()
    stored = pickle.dumps(model)
    with pytest.raises(ValueError, match=says):
        pickle.loads(stored)


@pytest.mark.parametrize("value", [None, [None], [()], "residuals"])
def test_residuals_that_no_fit_leaves_are_refused(models, value):
    model = with_part(models[1], "_residuals", None, value)
    with pytest.raises(ValueError, match="_residuals"):
        model.predict_interval(X)


def test_a_missing_part_is_named(models):
    model = copy.deepcopy(models[0])
    del model._measure
    with pytest.raises(ValueError, match="must have _measure"):
        model.predict(X)


def test_what_a_fit_leaves_is_loaded(models):
    quantiles = TabularMLPRegressor(**SMALL, loss=Quantile((0.1, 0.9))).fit(X, X[:, 0])
    labels = TabularMLPClassifier(**SMALL).fit(X, X > 0)
    for model in (*models, quantiles, labels):
        again = pickle.loads(pickle.dumps(model))
        assert np.array_equal(again.predict(X), model.predict(X))
        assert np.array_equal(again.feature_importances_, model.feature_importances_)

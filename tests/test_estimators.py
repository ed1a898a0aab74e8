"""Estimators inside other estimators."""

import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sknn_tune.common.estimators import inner_estimator, innermost_estimator

TREE = DecisionTreeRegressor()


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (make_pipeline(PCA(), TREE), "decisiontreeregressor"),
        (GridSearchCV(TREE, {"max_depth": [1, 2]}), "estimator"),
        (TransformedTargetRegressor(TREE), "regressor"),
    ],
)
def test_the_inner_estimator_is_named_as_set_params_takes_it(owner, name):
    found, inner = inner_estimator(owner)
    assert found == name
    assert inner is owner.get_params()[name]


def test_an_estimator_that_contains_none_has_no_inner_one():
    assert inner_estimator(LinearRegression()) is None
    assert inner_estimator(BaggingClassifier()) is None


@pytest.mark.parametrize(
    "model",
    [
        TREE,
        make_pipeline(PCA(), TREE),
        make_pipeline(make_pipeline(PCA(), TREE)),
        GridSearchCV(make_pipeline(PCA(), TransformedTargetRegressor(TREE)), {"pca__copy": [True]}),
        TransformedTargetRegressor(GridSearchCV(TREE, {"max_depth": [1, 2]})),
    ],
)
def test_the_innermost_estimator_is_the_fitted_predictor(model):
    X, y = load_iris(return_X_y=True)
    found = innermost_estimator(model.fit(X, y))
    assert isinstance(found, DecisionTreeRegressor)
    assert found.tree_.node_count > 1


def test_an_ensemble_is_its_own_innermost_estimator():
    X, y = load_iris(return_X_y=True)
    bagging = BaggingClassifier(DecisionTreeClassifier(), n_estimators=2).fit(X, y)
    assert innermost_estimator(bagging) is bagging

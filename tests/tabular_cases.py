"""What the tests of the estimators of tables share: small members, and real tables."""

import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

from sknn_tune import TabularMLPClassifier, TabularMLPRegressor

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
    """Probabilities of a classifier, predictions of a regressor."""
    return model.predict_proba(X) if hasattr(model, "classes_") else model.predict(X)

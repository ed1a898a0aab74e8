"""MLPClassifier and MLPRegressor: scikit-learn's estimators on compiled networks."""

from sknn_tune.mlp.classifier import MLPClassifier
from sknn_tune.mlp.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]

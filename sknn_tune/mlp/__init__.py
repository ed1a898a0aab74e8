"""MLPClassifier and MLPRegressor: scikit-learn's estimators on compiled networks."""

from sknn_tune.mlp.estimators import MLPClassifier, MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]

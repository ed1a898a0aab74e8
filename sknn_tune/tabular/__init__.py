"""TabularMLPClassifier and TabularMLPRegressor: ensembles of networks for tables as they are."""

from sknn_tune.tabular.classifier import TabularMLPClassifier
from sknn_tune.tabular.regressor import TabularMLPRegressor

__all__ = ["TabularMLPClassifier", "TabularMLPRegressor"]

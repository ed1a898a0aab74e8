"""How good a model is, whether it stays that good, and what to try next."""

from sknn_tune.quality.consistency import consistency
from sknn_tune.quality.diagnosis import diagnose
from sknn_tune.quality.split import train_dev_test_split
from sknn_tune.quality.winners import MeanMinusSpread, OneStandardError
from sknn_tune.search.engine.importance import hyperparameter_importance

__all__ = [
    "MeanMinusSpread",
    "OneStandardError",
    "consistency",
    "diagnose",
    "hyperparameter_importance",
    "train_dev_test_split",
]

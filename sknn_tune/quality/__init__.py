"""How good a model is, whether it stays that good, and what to try next."""

from .consistency import consistency
from .diagnosis import diagnose
from .importance import hyperparameter_importance
from .split import train_dev_test_split
from .winners import MeanMinusSpread, OneStandardError

__all__ = [
    "MeanMinusSpread",
    "OneStandardError",
    "consistency",
    "diagnose",
    "hyperparameter_importance",
    "train_dev_test_split",
]

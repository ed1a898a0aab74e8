"""How good a model is, how far its score can be relied on, and what to try next."""

from sknn_tune.quality.consistency import consistency
from sknn_tune.quality.diagnosis import diagnose
from sknn_tune.quality.knee import Knee
from sknn_tune.quality.split import train_dev_test_split
from sknn_tune.quality.winners import MeanMinusSpread, OneStandardError

__all__ = [
    "Knee",
    "MeanMinusSpread",
    "OneStandardError",
    "consistency",
    "diagnose",
    "train_dev_test_split",
]

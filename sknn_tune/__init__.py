"""Neural networks for scikit-learn that train at BLAS speed, and tune themselves."""

from sknn_tune.mlp import MLPClassifier, MLPRegressor
from sknn_tune.network.activations import ELU, LeakyReLU
from sknn_tune.network.losses import Huber, Quantile
from sknn_tune.network.schedules import (
    Adaptive,
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    InvScaling,
    Linear,
    OneCycle,
    Step,
)

__version__ = "0.1.0"

__all__ = [
    "MLPClassifier",
    "MLPRegressor",
    "LeakyReLU",
    "ELU",
    "Huber",
    "Quantile",
    "Constant",
    "InvScaling",
    "Adaptive",
    "Step",
    "Exponential",
    "Linear",
    "Cosine",
    "CosineRestarts",
    "OneCycle",
    "__version__",
]

"""Neural networks for scikit-learn that train at BLAS speed, and tune themselves."""

from sknn_tune.layer_sizes import hidden_layers
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
from sknn_tune.search import BayesianOptimizer, BayesSearchCV, search_history

__version__ = "0.1.0"

__all__ = [
    "MLPClassifier",
    "MLPRegressor",
    "BayesSearchCV",
    "BayesianOptimizer",
    "hidden_layers",
    "search_history",
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

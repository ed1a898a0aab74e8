"""Neural networks for scikit-learn that train at BLAS speed, and tune themselves."""

from importlib import import_module
from typing import TYPE_CHECKING

from sknn_tune.common.layer_sizes import hidden_layers
from sknn_tune.mlp import MLPClassifier, MLPRegressor
from sknn_tune.mlp.trusted import SKOPS_TRUSTED
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

if TYPE_CHECKING:
    from sknn_tune.displays import (
        BiasVarianceDisplay,
        ImportanceDisplay,
        LearningCurveDisplay,
        LossCurveDisplay,
        ParallelCoordinatesDisplay,
        SearchHistoryDisplay,
        SurrogateContourDisplay,
        SurrogateDisplay,
    )
    from sknn_tune.quality import (
        MeanMinusSpread,
        OneStandardError,
        consistency,
        diagnose,
        hyperparameter_importance,
        train_dev_test_split,
    )
    from sknn_tune.report import search_report
    from sknn_tune.search import BayesianOptimizer, BayesSearchCV, search_history

__version__ = "0.1.0"

#: Names that are imported when they are first asked for: most programs never do.
_LATER = {
    "quality": (
        "train_dev_test_split",
        "diagnose",
        "consistency",
        "OneStandardError",
        "MeanMinusSpread",
        "hyperparameter_importance",
    ),
    "report": ("search_report",),
    "search": ("BayesSearchCV", "BayesianOptimizer", "search_history"),
    "displays": (
        "LossCurveDisplay",
        "SearchHistoryDisplay",
        "SurrogateDisplay",
        "SurrogateContourDisplay",
        "ParallelCoordinatesDisplay",
        "ImportanceDisplay",
        "BiasVarianceDisplay",
        "LearningCurveDisplay",
    ),
}

__all__ = [
    "MLPClassifier",
    "MLPRegressor",
    "BayesSearchCV",
    "BayesianOptimizer",
    "hidden_layers",
    "search_history",
    "search_report",
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
    "SKOPS_TRUSTED",
    "train_dev_test_split",
    "diagnose",
    "consistency",
    "OneStandardError",
    "MeanMinusSpread",
    "hyperparameter_importance",
    "LossCurveDisplay",
    "SearchHistoryDisplay",
    "SurrogateDisplay",
    "SurrogateContourDisplay",
    "ParallelCoordinatesDisplay",
    "ImportanceDisplay",
    "BiasVarianceDisplay",
    "LearningCurveDisplay",
    "__version__",
]


def __getattr__(name):
    for module, names in _LATER.items():
        if name in names:
            return getattr(import_module(f"sknn_tune.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})

"""The types of this package that a stored estimator is made of.

skops stores estimators without pickle and loads none but known types; these are ours. All are
plain data: no functions, no pickled objects.
"""

from sknn_tune.mlp import MLPClassifier, MLPRegressor
from sknn_tune.mlp.checkpoint import Checkpoint, Identity, Run, Split
from sknn_tune.mlp.fitted_network import FittedNetwork
from sknn_tune.network.activations import ELU, LeakyReLU
from sknn_tune.network.blueprint import Architecture
from sknn_tune.network.losses import Huber, Quantile
from sknn_tune.network.schedules import SCHEDULES
from sknn_tune.network.training import TrainingState

_TYPES = (
    MLPClassifier, MLPRegressor, FittedNetwork, Architecture,
    Checkpoint, TrainingState, Run, Identity, Split,
    LeakyReLU, ELU, Huber, Quantile, *SCHEDULES.values(),
)  # fmt: skip

#: For ``skops.io.load(file, trusted=SKOPS_TRUSTED)``.
SKOPS_TRUSTED = sorted(f"{cls.__module__}.{cls.__qualname__}" for cls in _TYPES)

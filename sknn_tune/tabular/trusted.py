"""The types of this package that a stored estimator is made of.

skops stores estimators without pickle and loads none but known types; these are ours. All are
plain data: no functions, no pickled objects.
"""

from sknn_tune.mlp.configuration import LossOption
from sknn_tune.mlp.targets import ClassTargets, NumericTargets
from sknn_tune.mlp.trusted import SKOPS_TRUSTED as _OF_NETWORKS
from sknn_tune.network.embeddings import Identity, Lookup, OneHot, PiecewiseLinear
from sknn_tune.tabular import TabularMLPClassifier, TabularMLPRegressor
from sknn_tune.tabular.base import OutOfFold
from sknn_tune.tabular.columns import Schema
from sknn_tune.tabular.encoding import TableEncoder
from sknn_tune.tabular.ensemble import Ensemble
from sknn_tune.tabular.importance import UnseenRows
from sknn_tune.tabular.intervals import Residuals
from sknn_tune.tabular.targets import NumberTargets, TargetScale

_TYPES = (
    TabularMLPClassifier, TabularMLPRegressor, Schema, TableEncoder, Ensemble, OutOfFold,
    UnseenRows,    ClassTargets, NumericTargets, NumberTargets, TargetScale, LossOption, Residuals,
    Identity, PiecewiseLinear, OneHot, Lookup,
)  # fmt: skip

#: For ``skops.io.load(file, trusted=SKOPS_TRUSTED)``.
SKOPS_TRUSTED = sorted({*_OF_NETWORKS, *(f"{cls.__module__}.{cls.__qualname__}" for cls in _TYPES)})

"""The types of this package that a stored estimator is made of.

skops stores estimators without pickle and loads none but known types; these are ours. All are
plain data: no functions, no pickled objects.
"""

from sknn_tune.search import SearchEnsembleClassifier, SearchEnsembleRegressor
from sknn_tune.search.predictions import Outputs
from sknn_tune.tabular.trusted import SKOPS_TRUSTED as _OF_TABLES

_TYPES = (SearchEnsembleClassifier, SearchEnsembleRegressor, Outputs)

#: For ``skops.io.load(file, trusted=SKOPS_TRUSTED)``.
SKOPS_TRUSTED = sorted({*_OF_TABLES, *(f"{cls.__module__}.{cls.__qualname__}" for cls in _TYPES)})

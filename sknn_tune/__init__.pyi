# The one list of public names: for type checkers, and for `lazy_loader`, which wants them relative.

from .common.layer_sizes import hidden_layers as hidden_layers
from .displays import BiasVarianceDisplay as BiasVarianceDisplay
from .displays import ImportanceDisplay as ImportanceDisplay
from .displays import LearningCurveDisplay as LearningCurveDisplay
from .displays import LossCurveDisplay as LossCurveDisplay
from .displays import ParallelCoordinatesDisplay as ParallelCoordinatesDisplay
from .displays import ParetoDisplay as ParetoDisplay
from .displays import SearchHistoryDisplay as SearchHistoryDisplay
from .displays import SurrogateContourDisplay as SurrogateContourDisplay
from .displays import SurrogateDisplay as SurrogateDisplay
from .mlp import MLPClassifier as MLPClassifier
from .mlp import MLPRegressor as MLPRegressor
from .network.activations import ELU as ELU
from .network.activations import LeakyReLU as LeakyReLU
from .network.losses import Huber as Huber
from .network.losses import Quantile as Quantile
from .network.schedules import Adaptive as Adaptive
from .network.schedules import Constant as Constant
from .network.schedules import Cosine as Cosine
from .network.schedules import CosineRestarts as CosineRestarts
from .network.schedules import Exponential as Exponential
from .network.schedules import InvScaling as InvScaling
from .network.schedules import Linear as Linear
from .network.schedules import OneCycle as OneCycle
from .network.schedules import Step as Step
from .quality import Knee as Knee
from .quality import MeanMinusSpread as MeanMinusSpread
from .quality import OneStandardError as OneStandardError
from .quality import consistency as consistency
from .quality import diagnose as diagnose
from .quality import train_dev_test_split as train_dev_test_split
from .report import search_report as search_report
from .search import BayesianOptimizer as BayesianOptimizer
from .search import BayesSearchCV as BayesSearchCV
from .search import SearchEnsembleClassifier as SearchEnsembleClassifier
from .search import SearchEnsembleRegressor as SearchEnsembleRegressor
from .search import hyperparameter_importance as hyperparameter_importance
from .search import search_ensemble as search_ensemble
from .search import search_history as search_history
from .search import to_optuna as to_optuna
from .tabular import TabularMLPClassifier as TabularMLPClassifier
from .tabular import TabularMLPRegressor as TabularMLPRegressor
from .trusted import SKOPS_TRUSTED as SKOPS_TRUSTED

__version__: str

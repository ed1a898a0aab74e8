"""Bayesian hyperparameter search for any estimator."""

from sknn_tune.search.bayes import BayesSearchCV
from sknn_tune.search.engine.importance import hyperparameter_importance
from sknn_tune.search.engine.optimizer import BayesianOptimizer
from sknn_tune.search.ensembles.estimators import (
    SearchEnsembleClassifier,
    SearchEnsembleRegressor,
)
from sknn_tune.search.ensembles.making import search_ensemble
from sknn_tune.search.optuna_study import to_optuna
from sknn_tune.search.storage.history import search_history

__all__ = [
    "BayesSearchCV",
    "BayesianOptimizer",
    "SearchEnsembleClassifier",
    "SearchEnsembleRegressor",
    "hyperparameter_importance",
    "search_ensemble",
    "search_history",
    "to_optuna",
]

"""Bayesian hyperparameter search for any estimator."""

from .bayes import BayesSearchCV
from .history import search_history
from .optimizer import BayesianOptimizer

__all__ = ["BayesSearchCV", "BayesianOptimizer", "search_history"]

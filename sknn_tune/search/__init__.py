"""Bayesian hyperparameter search for any estimator."""

from .bayes import BayesSearchCV
from .optimizer import BayesianOptimizer

__all__ = ["BayesSearchCV", "BayesianOptimizer"]

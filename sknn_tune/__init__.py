"""Neural networks for scikit-learn that train at BLAS speed, and tune themselves."""

from .layer_sizes import hidden_layers
from .search import BayesianOptimizer, BayesSearchCV

__all__ = ["BayesSearchCV", "BayesianOptimizer", "hidden_layers"]
__version__ = "0.1.0"

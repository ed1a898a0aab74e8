"""What the tests of displays share: an estimator whose score is known, searches over it."""

from functools import cache

import numpy as np
from scipy.stats import loguniform, randint, uniform
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from sknn_tune import BayesSearchCV, hidden_layers

X, Y = load_iris(return_X_y=True)
LONG = "a_step__another_step__a_parameter_with_quite_a_long_name"


class MadeScore(BaseEstimator):
    """Its score depends on the parameters; it takes any."""

    def __init__(self, a=1.0, b=0.5, word="x", layers=(8,), count=3):
        self.a, self.b, self.word, self.layers, self.count = a, b, word, layers, count

    def fit(self, X, y=None):
        if self.b > 0.9:
            raise ValueError("too much")
        return self

    def score(self, X, y=None):
        return np.log10(self.a) - (self.b - 0.3) ** 2 + 0.1 * (self.word == "y") + len(X) * 1e-3


SPACE = {
    "a": loguniform(1e-3, 1e3),
    "b": uniform(0, 0.8),
    "word": ["x", "y", "z"],
    "layers": hidden_layers(n_layers=(1, 2), units=(4, 64)),
    "count": randint(1, 30),
}


@cache
def made_search():
    """A search of `MadeScore` over five hyperparameters."""
    return BayesSearchCV(MadeScore(), SPACE, n_iter=14, cv=2, random_state=0).fit(X, Y)


@cache
def made_grid():
    """A grid of two hyperparameters of a support vector machine."""
    return GridSearchCV(SVC(), {"C": [0.01, 1.0, 100.0], "kernel": ["rbf", "poly"]}, cv=3).fit(X, Y)


def draw(display):
    """Lay the figure out and paint it; a warning would be an error."""
    display.figure_.canvas.draw()
    return display

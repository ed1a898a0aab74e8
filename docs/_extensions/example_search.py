"""A search that several pictures of the guides show; done once in a build."""

from functools import cache

from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from sknn_tune import BayesSearchCV


@cache
def svm_search() -> BayesSearchCV:
    """A support vector machine on 400 digits, 24 trials over three hyperparameters."""
    X, y = load_digits(return_X_y=True)
    space = {
        "C": loguniform(1e-2, 1e3),
        "gamma": loguniform(1e-4, 1e1),
        "class_weight": [None, "balanced"],
    }
    search = BayesSearchCV(SVC(), space, n_iter=24, cv=3, random_state=0)
    return search.fit(X[:400] / 16, y[:400])

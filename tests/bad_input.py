"""Data and a fit for the tests of bad input."""

import numpy as np

from sknn_tune import MLPClassifier

_RANDOM = np.random.RandomState(0)
X = _RANDOM.normal(size=(40, 3))
y_class = _RANDOM.randint(0, 3, 40)
y_labels = _RANDOM.randint(0, 2, (40, 3))
y_real = _RANDOM.normal(size=40)
ONES = np.ones(40)
SMALL = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0}


def fit(cls, params, X=X, y=None, **fit_params):
    """Fit a small network of a class."""
    if y is None:
        y = y_class if cls is MLPClassifier else y_real
    return cls(**{**SMALL, **params}).fit(X, y, **fit_params)


def changed(array, value, at=(3, 1)):
    """A copy of an array with another value at one place."""
    array = array.astype(object if isinstance(value, str) else float)
    array[at] = value
    return array

"""An estimator that kills its process, and a search that meets it."""

import os
import signal
import sys

import numpy as np
from sklearn.base import BaseEstimator

from sknn_tune import BayesSearchCV

SPACE = {"a": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]}


class Deadly(BaseEstimator):
    """Kills its process where `a` is one of two values."""

    def __init__(self, a=0.0, how="exit", home=None):
        self.a, self.how, self.home = a, how, home

    def fit(self, X, y=None):
        if self.a in (2.0, 4.0):
            if os.getpid() == self.home and self.how != "sys.exit":
                raise AssertionError("this is the process of the search")
            if self.how == "exit":
                os._exit(3)
            elif self.how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            sys.exit(3)
        return self

    def score(self, X, y=None):
        return -abs(self.a - 3.0) - 0.01 * float(np.mean(X))


def search_of(how="exit", estimator=None, **kwargs):
    model = estimator or Deadly(how=how, home=os.getpid())
    kwargs = {"n_iter": 6, "cv": 2, "n_jobs": 2, "random_state": 0, "refit": False, **kwargs}
    return BayesSearchCV(model, SPACE, **kwargs)

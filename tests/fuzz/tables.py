"""Fitted estimators for tables, parts of which were replaced by hand, as in `fuzz.tampering`."""

import copy
import pickle
from functools import cache

import numpy as np
import pandas as pd
from fuzz.draws import one_of
from fuzz.tampering import tamper_and_use

from sknn_tune import TabularMLPClassifier, TabularMLPRegressor

N_ROWS = 60


def run(seed):
    """Tamper with a fitted model and use it; what was found, and what was done."""
    random = np.random.default_rng(seed)
    model, X, y = copy.deepcopy(one_of(random, _fitted()))
    return tamper_and_use(model, X, y, _USES, random)


@cache
def _fitted():
    """Fitted models of each kind of target and of columns, with their data."""
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "number": random.normal(size=N_ROWS),
            "word": random.choice(["a", "b", "c"], N_ROWS),
            "day": pd.date_range("2020-01-01", periods=N_ROWS),
            "gaps": np.where(random.random(N_ROWS) < 0.3, np.nan, random.random(N_ROWS)),
        }
    )
    numbers = table[["number", "gaps"]].to_numpy()
    y = random.random(N_ROWS) + 0.1
    kinds = np.arange(N_ROWS) % 3
    small = {"n_members": 5, "max_epochs": 2, "hidden_layer_sizes": (4,), "random_state": 0}
    classifier, regressor = TabularMLPClassifier(**small), TabularMLPRegressor(**small)
    fits = [
        (classifier, table, np.array(["x", "y", "z"])[kinds]),
        (classifier, numbers, kinds > 0),
        (classifier, table, np.c_[kinds > 0, kinds > 1]),
        (regressor, table, y),
        (regressor, numbers, np.c_[y, -y]),
        (TabularMLPRegressor(**small, numeric_embedding=None), numbers, y),
    ]
    return [(copy.deepcopy(model).fit(X, y), X, y) for model, X, y in fits]


#: What may be done with a model that came from elsewhere.
_USES = {
    "predict": lambda model, X, y: model.predict(X),
    "predict one row": lambda model, X, y: model.predict(X[:1]),
    "predict_proba": lambda model, X, y: getattr(model, "predict_proba", model.predict)(X),
    "score": lambda model, X, y: model.score(X, y),
    "importances": lambda model, X, y: model.feature_importances_,
    "out of fold": lambda model, X, y: (model.oof_prediction_, model.oof_score_),
    "interval": lambda model, X, y: getattr(model, "predict_interval", model.predict)(X),
    "fit": lambda model, X, y: model.fit(X, y),
    "pickle": lambda model, X, y: pickle.loads(pickle.dumps(model)).predict(X),
    "repr": lambda model, X, y: repr(model),
}

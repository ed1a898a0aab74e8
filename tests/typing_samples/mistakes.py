"""Ten mistakes that type checkers must find, a line each. `tests/test_typing.py` checks it."""

import numpy as np

from sknn_tune import (
    BayesianOptimizer,
    BayesSearchCV,
    Cosine,
    LossCurveDisplay,
    MLPClassifier,
    MLPRegressor,
    diagnose,
    hidden_layers,
    train_dev_test_split,
)

X = np.zeros((10, 2))
y = np.zeros(10)

MLPClassifier(hidden_layer_sizes="100")  # mistake
MLPClassifier(hidden_layers=(10,))  # mistake
MLPRegressor(loss=3.0)  # mistake
BayesSearchCV(MLPClassifier(), {}, n_iters=3)  # mistake
Cosine(warm_up=0.1)  # mistake
train_dev_test_split(X, y, dev_size="a tenth")  # mistake
name: str = MLPClassifier().fit(X, y).predict(X)  # mistake
diagnose(MLPClassifier(), X, y, random_state="none")  # mistake
BayesianOptimizer({"x": [1, 2]}).tell("x", 0.1)  # mistake
LossCurveDisplay.from_estimators(MLPClassifier())  # mistake

hidden_layers(n_layers=(1, 2), units=(8, 64))  # nothing wrong here

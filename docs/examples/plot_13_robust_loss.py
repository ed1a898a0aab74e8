"""
Robust losses for wrong targets
===============================

A tenth of the training targets is off by ten standard deviations, as by a misplaced decimal point.
The squared error fits them; ``huber`` and ``absolute_error`` grow linearly with the error and are
hardly affected.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

from sknn_tune import MLPRegressor

X, y = load_diabetes(return_X_y=True)
X, y = (X * 20).astype(np.float32), (y - y.mean()) / y.std()

losses = ["squared_error", "huber", "absolute_error"]
scores = {(loss, corrupt): [] for loss in losses for corrupt in (False, True)}
for seed in range(5):
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=seed)
    rng = np.random.default_rng(seed)
    corrupted = y_train + 10 * (rng.random(len(y_train)) < 0.1)
    for loss, corrupt in scores:
        network = MLPRegressor(
            hidden_layer_sizes=(32,),
            loss=loss,
            solver="adamw",
            alpha=3.0,
            learning_rate="cosine",
            learning_rate_init=0.005,
            batch_size=32,
            max_iter=60,
            n_iter_no_change=60,
            random_state=seed,
        ).fit(X_train, corrupted if corrupt else y_train)
        scores[loss, corrupt].append(network.score(X_test, y_test))

figure, ax = plt.subplots()
for corrupt, label in [(False, "correct targets"), (True, "10 % wrong targets")]:
    means = [np.mean(scores[loss, corrupt]) for loss in losses]
    ax.bar(np.arange(len(losses)) + 0.4 * corrupt, means, 0.4, label=label)
ax.axhline(0, color="grey", lw=0.8)
ax.set_xticks(np.arange(len(losses)) + 0.2, losses)
ax.set_ylabel("R² on test rows, 5 splits")
ax.legend()

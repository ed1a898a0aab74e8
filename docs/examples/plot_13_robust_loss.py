"""
Wrong targets: a loss that does not believe everything
======================================================

A tenth of the targets gets an error of ten standard deviations, as a slipped decimal point makes
it. The squared error follows them; ``Huber`` counts large errors by their size, not its square.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

from sknn_tune import MLPRegressor

X, y = load_diabetes(return_X_y=True)
X, y = (X * 20).astype(np.float32), (y - y.mean()) / y.std()

losses = ["squared_error", "huber", "absolute_error"]
scores = {(loss, spoilt): [] for loss in losses for spoilt in (False, True)}
for seed in range(5):
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=seed)
    rng = np.random.default_rng(seed)
    slipped = y_train + 10 * (rng.random(len(y_train)) < 0.1)
    for loss, spoilt in scores:
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
        ).fit(X_train, slipped if spoilt else y_train)
        scores[loss, spoilt].append(network.score(X_test, y_test))

figure, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
for spoilt, colour in [(False, "tab:blue"), (True, "tab:orange")]:
    means = [np.mean(scores[loss, spoilt]) for loss in losses]
    places = np.arange(len(losses)) + 0.4 * spoilt
    ax.bar(places, means, 0.4, color=colour, label="a tenth wrong" if spoilt else "clean targets")
ax.axhline(0, color="grey", lw=0.8)
ax.set_xticks(np.arange(len(losses)) + 0.2, losses)
ax.set_ylabel("R² on clean test rows")
ax.legend()

"""
Weight decay on few, noisy rows
===============================

The diabetes data have 442 rows and much noise. Without a penalty the network fits its training
rows nearly perfectly, and predicts the test rows no better than their mean. ``alpha`` is the
strength of the penalty. ``adamw`` applies it separately from the gradient, so that it has the same
strength for all weights.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

from sknn_tune import MLPRegressor

X, y = load_diabetes(return_X_y=True)
X, y = (X * 20).astype(np.float32), (y - y.mean()) / y.std()

alphas = np.array([0.03, 0.1, 0.3, 1, 3, 10, 30, 100])
train_scores, test_scores = np.zeros((2, len(alphas), 5))
for seed in range(5):
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=seed)
    for i, alpha in enumerate(alphas):
        network = MLPRegressor(
            hidden_layer_sizes=(64, 64),
            solver="adamw",
            alpha=alpha,
            learning_rate_init=0.003,
            batch_size=32,
            max_iter=100,
            n_iter_no_change=100,
            random_state=seed,
        ).fit(X_train, y_train)
        train_scores[i, seed] = network.score(X_train, y_train)
        test_scores[i, seed] = network.score(X_test, y_test)

# %%
# The network has high variance on the left and high bias on the right.
figure, ax = plt.subplots()
for name, scores in {"training rows": train_scores, "test rows": test_scores}.items():
    ax.errorbar(alphas, scores.mean(axis=1), scores.std(axis=1) / 5**0.5, fmt="o-", label=name)
ax.axhline(0, color="grey", lw=0.8)
ax.set(xlabel="alpha", ylabel="R²", xscale="log", ylim=(-0.1, 1.05))
ax.legend()

"""
Dropout against overfitting
===========================

Noisy digits, few rows, and a large network: it fits the training rows perfectly and generalizes
worse than it could. Dropout removes a random part of the units in each step.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknn_tune import MLPClassifier

X, y = load_digits(return_X_y=True)
noise = np.random.default_rng(0).normal(0, 0.35, X.shape)
X = (X / 16 + noise).astype(np.float32)

# %%
# Five random splits in half, the same for every rate. The error bars are standard errors.
rates = [0.0, 0.2, 0.4, 0.6, 0.8]
train_scores, test_scores = np.zeros((2, len(rates), 5))
for seed in range(5):
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=seed)
    for i, rate in enumerate(rates):
        network = MLPClassifier(
            hidden_layer_sizes=(256, 256),
            dropout=rate,
            batch_size=64,
            max_iter=40,
            n_iter_no_change=40,
            random_state=seed,
        ).fit(X_train, y_train)
        train_scores[i, seed] = network.score(X_train, y_train)
        test_scores[i, seed] = network.score(X_test, y_test)

gain = (test_scores[2] - test_scores[0]).mean()
print(f"dropout=0.4 gains {gain:+.3f} on the test rows")

figure, ax = plt.subplots()
for name, scores in {"training rows": train_scores, "test rows": test_scores}.items():
    ax.errorbar(rates, scores.mean(axis=1), scores.std(axis=1) / 5**0.5, fmt="o-", label=name)
ax.set(xlabel="dropout", ylabel="accuracy")
ax.legend()

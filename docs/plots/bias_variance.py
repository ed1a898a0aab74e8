"""Learning curves of three networks: high bias, high variance, regularized."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import learning_curve

from sknn_tune import MLPClassifier

X, y = load_digits(return_X_y=True)
X = (X / 16 + np.random.default_rng(0).normal(0, 0.35, X.shape)).astype(np.float32)
common = {"max_iter": 30, "n_iter_no_change": 30, "batch_size": 32, "random_state": 0}
models = {
    "2 units: high bias": MLPClassifier((2,), **common),
    "128 units: high variance": MLPClassifier((128,), **common),
    "128 units, dropout": MLPClassifier((128,), dropout=0.6, **common),
}
figure, axes = plt.subplots(1, 3, figsize=(9, 3), sharey=True, layout="constrained")
for ax, (name, model) in zip(axes, models.items(), strict=True):
    sizes, train, dev = learning_curve(model, X, y, cv=3, train_sizes=[0.15, 0.4, 0.7, 1.0])
    ax.plot(sizes, 1 - train.mean(axis=1), "o-", label="training error")
    ax.plot(sizes, 1 - dev.mean(axis=1), "o-", label="dev error")
    ax.set(title=name, xlabel="training rows")
axes[0].set_ylabel("error")
axes[2].legend(frameon=False)

"""
The learning rate comes first
=============================

No other hyperparameter matters as much. With a rate that is too small, training does not get far
in the given epochs; with one that is too large, it oscillates. The good range spans orders of
magnitude, so a search should draw the rate from ``loguniform``.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknn_tune import MLPClassifier

# sphinx_gallery_thumbnail_number = 2

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
X_train, X_dev, y_train, y_dev = train_test_split(X, y, stratify=y, random_state=0)

# %%
# The same network, the same 20 epochs, six rates.
SETTINGS = {"max_iter": 20, "n_iter_no_change": 20, "batch_size": 64, "random_state": 0}
rates = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]
networks = [
    MLPClassifier(learning_rate_init=rate, **SETTINGS).fit(X_train, y_train) for rate in rates
]

figure, ax = plt.subplots()
for rate, network in zip(rates, networks, strict=True):
    ax.plot(network.loss_curve_, label=f"{rate:g}")
ax.set(xlabel="epoch", ylabel="training loss", yscale="log")
ax.legend(title="learning rate", ncols=2)

# %%
figure, ax = plt.subplots()
ax.semilogx(rates, [network.score(X_dev, y_dev) for network in networks], "o-")
ax.set(xlabel="learning_rate_init", ylabel="accuracy on dev rows")

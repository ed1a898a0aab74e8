"""
The learning rate comes first
=============================

No other hyperparameter decides as much. Too small, and the training is not done when the epochs
are used up; too large, and it jumps about. The good range is narrow on a linear scale and wide on
a logarithmic one, which is why a search should draw it from ``loguniform``.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknn_tune import MLPClassifier

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
X_train, X_dev, y_train, y_dev = train_test_split(X, y, stratify=y, random_state=0)

# %%
# The same network, the same 20 epochs, five rates.
SETTINGS = {"max_iter": 20, "n_iter_no_change": 20, "batch_size": 64, "random_state": 0}
rates = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]
networks = [
    MLPClassifier(learning_rate_init=rate, **SETTINGS).fit(X_train, y_train) for rate in rates
]

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
for rate, network in zip(rates, networks, strict=True):
    left.plot(network.loss_curve_, label=f"{rate:g}")
left.set(xlabel="epoch", ylabel="training loss", yscale="log")
left.legend(title="learning rate", fontsize=8)
right.semilogx(rates, [network.score(X_dev, y_dev) for network in networks], "o-")
right.set(xlabel="learning_rate_init", ylabel="accuracy, rows not trained on")

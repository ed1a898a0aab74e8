"""
Early stopping: the right number of epochs
==========================================

The training loss keeps falling, while the loss on other rows rises again. Rows passed as ``X_val``
are scored after each epoch. With ``early_stopping=True`` the network returns to its best epoch.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknn_tune import MLPClassifier

X, y = load_digits(return_X_y=True)
noise = np.random.default_rng(0).normal(0, 0.35, X.shape)
X = (X / 16 + noise).astype(np.float32)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.5, random_state=0)

network = MLPClassifier(
    (128,),
    batch_size=32,
    learning_rate_init=0.002,
    early_stopping=True,
    scoring="loss",
    n_iter_no_change=25,
    random_state=0,
).fit(X_train, y_train, X_val=X_val, y_val=y_val)

best = int(np.argmin(network.validation_loss_curve_)) + 1
epochs = np.arange(1, network.n_iter_ + 1)
figure, ax = plt.subplots()
ax.plot(epochs, network.loss_curve_, label="training rows")
ax.plot(epochs, network.validation_loss_curve_, label="validation rows")
ax.axvline(best, color="grey", ls=":", label=f"best epoch, {best}")
ax.set(xlabel="epoch", ylabel="log-loss", yscale="log")
ax.legend()

"""
Optimizers side by side
=======================

Each at the best of four learning rates, because comparing optimizers at one rate compares rates.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import scale

from sknn_tune import MLPClassifier

warnings.simplefilter("ignore", ConvergenceWarning)  # 40 epochs are meant
X, y = load_wine(return_X_y=True)
X = scale(X).astype(np.float32)


def loss_curve(solver, rate):
    """Training loss over 40 epochs."""
    network = MLPClassifier(
        hidden_layer_sizes=(32, 32),
        solver=solver,
        learning_rate_init=rate,
        batch_size=32,
        max_iter=40,
        n_iter_no_change=40,
        random_state=0,
    )
    return network.fit(X, y).loss_curve_


# %%
# The adaptive optimizers are alike; ``sgd`` needs a rate that is a hundred times as large.
figure, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
for solver in ("sgd", "adagrad", "rmsprop", "adam", "amsgrad", "nadam", "adamw"):
    curves = {rate: loss_curve(solver, rate) for rate in (1e-3, 3e-3, 1e-2, 1e-1)}
    best = min(curves, key=lambda rate: curves[rate][-1])
    ax.plot(curves[best], label=f"{solver}, rate {best:g}")
ax.set(xlabel="epoch", ylabel="training loss", yscale="log")
ax.legend(fontsize=8, ncols=2)

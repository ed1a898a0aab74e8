"""
Optimizers side by side
=======================

Each at the best of four learning rates, because comparing optimizers at one rate compares rates.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale

from sknn_tune import MLPClassifier

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
# At their own best rates they are much closer than at a common one. Note how far apart those are.
figure, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
for solver in ("sgd", "adagrad", "rmsprop", "adam", "amsgrad", "nadam", "adamw"):
    curves = {rate: loss_curve(solver, rate) for rate in (1e-3, 3e-3, 1e-2, 1e-1)}
    best = min(curves, key=lambda rate: np.mean(np.log(curves[rate])))
    ax.plot(curves[best], label=f"{solver}, rate {best:g}")
ax.set(xlabel="epoch", ylabel="training loss", yscale="log")
ax.legend(fontsize=8, ncols=2)

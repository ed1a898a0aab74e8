"""
Optimizers, each at its best rate
=================================

At one common learning rate a comparison of optimizers mostly compares how well the rate suits
them. Each is shown here at the best of four rates.
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
# The best rates differ by a factor of about 30.
figure, ax = plt.subplots()
for solver in ("sgd", "adagrad", "rmsprop", "adam", "amsgrad", "nadam", "adamw"):
    curves = {rate: loss_curve(solver, rate) for rate in (1e-3, 3e-3, 1e-2, 1e-1)}
    best = min(curves, key=lambda rate: np.mean(np.log(curves[rate])))
    ax.plot(curves[best], label=f"{solver}, {best:g}")
ax.set(xlabel="epoch", ylabel="training loss", yscale="log", ylim=(1e-5, 1e3))
ax.legend(ncols=2)

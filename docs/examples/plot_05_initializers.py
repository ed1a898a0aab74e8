"""
Initial weights decide whether a deep network learns
====================================================

If the initial weights are too small, the signal vanishes on its way through the layers.
``glorot`` keeps the variance for ``tanh``, ``he`` for ``relu`` (which drops half of it), and
``lecun`` for ``selu``. Twenty layers make the difference visible.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from sknn_tune import MLPClassifier

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)


def draw(activation):
    """Training losses of 20 layers from three initializers."""
    _, ax = plt.subplots()
    for initializer in ("lecun_normal", "glorot_normal", "he_normal"):
        network = MLPClassifier(
            hidden_layer_sizes=(32,) * 20,
            activation=activation,
            initializer=initializer,
            batch_size=32,
            max_iter=12,
            n_iter_no_change=12,
            random_state=0,
        ).fit(X, y)
        ax.plot(network.loss_curve_, label=initializer)
    ax.set(title=f"{activation}, 20 layers", xlabel="epoch", ylabel="training loss")
    ax.legend()


draw("relu")

# %%
draw("selu")

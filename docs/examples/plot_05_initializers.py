"""
First weights decide whether a deep network learns at all
=========================================================

Weights that start too small let the signal die on its way through the layers. Twenty layers make
that visible: ``glorot`` keeps the variance for ``tanh``, ``he`` for ``relu`` (which drops half of
it), ``lecun`` for ``selu``.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from sknn_tune import MLPClassifier

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)

cases = {
    "relu": ["lecun_normal", "glorot_normal", "he_normal"],
    "selu": ["lecun_normal", "glorot_normal", "he_normal"],
}
figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
for ax, (activation, initializers) in zip(axes, cases.items(), strict=True):
    for initializer in initializers:
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
    ax.set(title=f"activation={activation!r}, 20 layers", xlabel="epoch")
    ax.legend()
axes[0].set_ylabel("training loss")

"""
Residual connections make deep networks trainable
=================================================

In a plain network of twenty layers the gradient vanishes on its way back. With ``residual=True``
each layer adds its output to its input, and the gradient can bypass it.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknn_tune import MLPClassifier

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)

depths = [1, 2, 5, 10, 20]
figure, ax = plt.subplots()
for residual in (False, True):
    scores = np.zeros((len(depths), 3))
    for seed in range(3):
        X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=seed)
        for i, depth in enumerate(depths):
            network = MLPClassifier(
                hidden_layer_sizes=(32,) * depth,
                residual=residual,
                batch_size=32,
                max_iter=30,
                n_iter_no_change=30,
                random_state=seed,
            )
            scores[i, seed] = network.fit(X_train, y_train).score(X_test, y_test)
    ax.errorbar(depths, scores.mean(axis=1), scores.std(axis=1), fmt="o-", label=f"{residual=}")
ax.set(xlabel="hidden layers of 32 units", ylabel="accuracy, 3 splits")
ax.legend()

"""
What the first layer sees
=========================

The weights into a unit of the first layer are a picture: what it looks for in a digit. Without a
penalty they are mostly noise; with an L2 penalty and an L1 share they become strokes.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from sknn_tune import MLPClassifier

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)

figure, axes = plt.subplots(2, 12, figsize=(10, 2.2))
for row, alpha in zip(axes, (0.0, 0.3), strict=True):
    network = MLPClassifier(
        (12,),
        alpha=alpha,
        l1_ratio=0.8,
        batch_size=64,
        learning_rate_init=0.01,
        learning_rate="cosine",
        max_iter=40,
        n_iter_no_change=40,
        random_state=0,
    ).fit(X, y)
    print(f"{alpha=}: {network.score(X, y):.3f} right, {np.mean(network.coefs_[0] == 0):.0%} zeros")
    limit = np.abs(network.coefs_[0]).max()
    for ax, weights in zip(row, network.coefs_[0].T, strict=True):
        ax.imshow(weights.reshape(8, 8), cmap="RdBu", vmin=-limit, vmax=limit)
        ax.set_xticks([])
        ax.set_yticks([])
    row[0].set_ylabel(f"{alpha=}", fontsize=8)

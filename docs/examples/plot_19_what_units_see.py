"""
The weights of the first layer as pictures
==========================================

The weights from the pixels to a unit of the first layer form a picture. Without a penalty it looks
like noise. With an L1 and L2 penalty most weights are zero, and the others form small patches.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from sknn_tune import MLPClassifier

# sphinx_gallery_thumbnail_number = 2

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)


def draw(alpha):
    """The weights to twelve units."""
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
    zeros = np.mean(network.coefs_[0] == 0)
    print(f"{alpha=}: accuracy {network.score(X, y):.3f}, {zeros:.0%} of the weights are zero")
    limit = np.abs(network.coefs_[0]).max()
    figure, axes = plt.subplots(3, 4)
    for ax, weights in zip(axes.flat, network.coefs_[0].T, strict=True):
        ax.imshow(weights.reshape(8, 8), cmap="RdBu", vmin=-limit, vmax=limit)
        ax.set_axis_off()
    figure.suptitle(f"{alpha=}")


draw(0.0)

# %%
draw(0.3)

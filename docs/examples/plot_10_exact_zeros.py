"""
An L1 penalty finds the columns that matter
===========================================

Ten measurements of the diabetes patients, and forty columns of pure chance beside them. With
``l1_ratio=1`` the weights of useless columns become exactly zero, which a threshold would have to
guess.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes

from sknn_tune import MLPRegressor

X, y = load_diabetes(return_X_y=True)
noise = np.random.default_rng(0).normal(size=(len(X), 40))
X, y = np.hstack([X * 20, noise]).astype(np.float32), (y - y.mean()) / y.std()

figure, axes = plt.subplots(2, 1, figsize=(8, 4), sharex=True, layout="constrained")
for ax, l1_ratio in zip(axes, (0.0, 1.0), strict=True):
    network = MLPRegressor(
        hidden_layer_sizes=(32,),
        alpha=2.0,
        l1_ratio=l1_ratio,
        batch_size=64,
        learning_rate="cosine",
        learning_rate_init=0.01,
        max_iter=200,
        n_iter_no_change=200,
        random_state=0,
    ).fit(X, y)
    weights = np.abs(network.coefs_[0]).sum(axis=1)
    zeros = np.mean(network.coefs_[0] == 0)
    ax.bar(np.arange(50), weights, color=["tab:blue"] * 10 + ["tab:grey"] * 40)
    ax.set_title(f"l1_ratio={l1_ratio:g}: {zeros:.0%} of the first weights are exactly 0")
    ax.set_ylabel("sum of |weights|")
axes[1].set_xlabel("column: ten measurements, then forty of chance")

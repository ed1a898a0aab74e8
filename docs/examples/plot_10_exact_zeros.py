"""
An L1 penalty removes irrelevant columns
========================================

Ten measurements of the diabetes patients, and forty columns of noise. With ``l1_ratio=1`` most
weights of the noise become exactly zero.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes

from sknn_tune import MLPRegressor

X, y = load_diabetes(return_X_y=True)
noise = np.random.default_rng(0).normal(size=(len(X), 40))
X, y = np.hstack([X * 20, noise]).astype(np.float32), (y - y.mean()) / y.std()

figure, axes = plt.subplots(2, 1, sharex=True)
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
    ax.bar(np.arange(50), weights, color=["C0"] * 10 + ["grey"] * 40)
    ax.set_title(f"l1_ratio={l1_ratio:g}: {zeros:.0%} of the weights are 0")
    ax.set_ylabel("sum of |w|")
axes[1].set_xlabel("column: 10 measurements, 40 of noise")

"""
Grid, random and Bayesian search on one budget
==============================================

Each search tries 24 configurations of a network for the digits, on three folds. The grid covers
a few values of three hyperparameters. The other two draw from seven; the Bayesian search also
learns from the trials before. Everything is repeated with five seeds.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV

from sknn_tune import BayesSearchCV, MLPClassifier, hidden_layers

X, y = load_digits(return_X_y=True)
X, y = (X[:600] / 16).astype(np.float32), y[:600]

grid = {
    "hidden_layer_sizes": [(64,), (128,)],
    "learning_rate_init": [1e-4, 1e-3, 1e-2, 1e-1],
    "alpha": [1e-4, 1e-2, 1.0],
}
distributions = {
    "hidden_layer_sizes": hidden_layers(n_layers=(1, 3), units=(32, 256)),
    "learning_rate_init": loguniform(1e-4, 1e-1),
    "alpha": loguniform(1e-6, 1.0),
    "batch_size": [16, 32, 64, 128],
    "dropout": uniform(0, 0.5),
    "activation": ["relu", "tanh", "logistic"],
    "beta_1": uniform(0.8, 0.19),
}


def losses_so_far(kind, seed):
    """The lowest log-loss over three folds, after each configuration."""
    network = MLPClassifier(max_iter=12, random_state=seed)
    settings = {"cv": 3, "scoring": "neg_log_loss", "refit": False}
    if kind is GridSearchCV:
        search = GridSearchCV(network, grid, **settings)
    else:
        search = kind(network, distributions, n_iter=24, random_state=seed, **settings)
    search.fit(X, y)
    return np.minimum.accumulate(-search.cv_results_["mean_test_score"])


# %%
# Lines are medians over the seeds, bands reach from the lowest to the highest.
kinds = {"grid": GridSearchCV, "random": RandomizedSearchCV, "Bayesian": BayesSearchCV}
trials = np.arange(1, 25)
figure, ax = plt.subplots()
for (name, kind), colour in zip(kinds.items(), ("grey", "C1", "C0"), strict=True):
    losses = np.array([losses_so_far(kind, seed) for seed in range(5)])
    middle, low, high = np.median(losses, axis=0), losses.min(axis=0), losses.max(axis=0)
    ax.step(trials, middle, where="post", color=colour, label=name)
    ax.fill_between(trials, low, high, step="post", color=colour, alpha=0.15, lw=0)
    print(f"{name:10} {middle[-1]:.3f} ({low[-1]:.3f} to {high[-1]:.3f})")
ax.set(xlabel="configurations tried", ylabel="best log-loss so far", ylim=(0.3, 0.8))
ax.legend()

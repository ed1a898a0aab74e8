"""
Grid, random, Bayesian: the same budget
=======================================

Eighteen configurations of a network for the digits, three folds each. A grid spends them on few
values; chance sees new values each time; the Bayesian search also learns from the trials before.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV

from sknn_tune import BayesSearchCV, MLPClassifier, hidden_layers

X, y = load_digits(return_X_y=True)
X, y = (X[:900] / 16).astype(np.float32), y[:900]
network = MLPClassifier(max_iter=12, random_state=0)

grid = {
    "hidden_layer_sizes": [(64,), (128,)],
    "learning_rate_init": [1e-3, 1e-2, 1e-1],
    "alpha": [1e-4, 1e-2, 1.0],
}
distributions = {
    "hidden_layer_sizes": hidden_layers(n_layers=(1, 3), units=(32, 256)),
    "learning_rate_init": loguniform(1e-4, 1e-1),
    "alpha": loguniform(1e-6, 1.0),
    "batch_size": [16, 32, 64, 128],
    "dropout": uniform(0, 0.5),
}
settings = {"cv": 3, "scoring": "neg_log_loss"}
draws = {"n_iter": 18, "random_state": 0}
searches = {
    "grid": GridSearchCV(network, grid, **settings),
    "random": RandomizedSearchCV(network, distributions, **settings, **draws),
    "Bayesian": BayesSearchCV(network, distributions, **settings, **draws),
}

# %%
# Lines are the best so far, dots the single trials. The first Bayesian trials explore; the later
# ones stay where it pays. One run proves nothing: see the benchmarks for many.
figure, ax = plt.subplots(figsize=(8, 3.8), layout="constrained")
for (name, search), colour in zip(
    searches.items(), ("grey", "tab:orange", "tab:blue"), strict=True
):
    losses = -search.fit(X, y).cv_results_["mean_test_score"]
    ax.plot(np.arange(1, 19), losses, ".", color=colour, alpha=0.5)
    ax.step(np.arange(1, 19), np.minimum.accumulate(losses), where="post", color=colour, label=name)
ax.set(xlabel="configurations tried", ylabel="log-loss over three folds", yscale="log")
ax.legend()

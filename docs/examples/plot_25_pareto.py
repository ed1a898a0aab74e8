"""
Good and small
==============

Two objectives compete: the log-loss, and the number of weights that a network has. No
configuration is best in both; the search looks for all that no other beats.
"""

import numpy as np
from scipy.stats import loguniform
from sklearn.datasets import load_digits

from sknn_tune import BayesSearchCV, Knee, MLPClassifier, ParetoDisplay, hidden_layers

X, y = load_digits(return_X_y=True)
X, y = (X[:600] / 16).astype(np.float32), y[:600]


def n_weights(network):
    """A function of the fitted estimator. Larger is better, hence the minus sign."""
    return -sum(weights.size for weights in network.coefs_)


search = BayesSearchCV(
    MLPClassifier(max_iter=20, random_state=0),
    {
        "hidden_layer_sizes": hidden_layers(n_layers=(1, 2), units=(4, 256)),
        "learning_rate_init": loguniform(1e-3, 1e-1),
        "activation": ["relu", "tanh"],
    },
    n_iter=25,
    cv=2,
    scoring="neg_log_loss",
    objective=["neg_log_loss", n_weights],
    refit=Knee(),
    random_state=0,
).fit(X, y)

# %%
# The front, and the configuration at its bend, which `Knee` has chosen to be fitted on all rows.
display = ParetoDisplay.from_search(search)
display.ax_.locator_params(axis="x", nbins=4)

# %%
# As a table.
print(search.pareto_front_[["neg_log_loss", "n_weights", "param_hidden_layer_sizes"]])

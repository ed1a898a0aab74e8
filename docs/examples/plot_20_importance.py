"""
Which hyperparameters mattered?
===============================

After a search its model tells how much of the variance of the score is due to each
hyperparameter: which to search next time, and which to leave at their defaults.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_digits

from sknn_tune import (
    BayesSearchCV,
    ImportanceDisplay,
    MLPClassifier,
    ParallelCoordinatesDisplay,
    SurrogateDisplay,
    hidden_layers,
)

X, y = load_digits(return_X_y=True)
X, y = (X[:900] / 16).astype(np.float32), y[:900]
search = BayesSearchCV(
    MLPClassifier(max_iter=10, random_state=0),
    {
        "hidden_layer_sizes": hidden_layers(n_layers=(1, 2), units=(32, 128)),
        "learning_rate_init": loguniform(1e-4, 1e-1),
        "alpha": loguniform(1e-6, 1.0),
        "dropout": uniform(0, 0.5),
        "activation": ["relu", "tanh"],
    },
    n_iter=30,
    cv=2,
    random_state=0,
).fit(X, y)

# %%
# The learning rate matters most.
display = ImportanceDisplay.from_search(search)

# %%
# The expected score along each hyperparameter, with the others as in the winner.
plt.rcParams["font.size"] = 10
display = SurrogateDisplay.from_search(search)

# %%
# Each trial is a line; the best are drawn on top.
display = ParallelCoordinatesDisplay.from_search(search)

"""
An ensemble of what was found
=============================

A search fits dozens of models and throws all but one away. What they predicted of rows that they
had not seen tells which of them are best together.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from sknn_tune import BayesSearchCV, MLPClassifier

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
X, X_test, y, y_test = train_test_split(X, y, train_size=600, random_state=0)
search = BayesSearchCV(
    MLPClassifier(max_iter=20, random_state=0),
    {
        "hidden_layer_sizes": [(16,), (32,), (64,), (128,), (32, 32)],
        "activation": ["relu", "tanh", "silu"],
        "learning_rate_init": loguniform(1e-3, 1e-1),
        "dropout": uniform(0, 0.5),
    },
    n_iter=16,
    cv=3,
    scoring="neg_log_loss",
    keep_predictions=True,
    random_state=0,
).fit(X, y)

# %%
# Who is in it, with which weight, and the score of its out-of-fold predictions beside the best
# single one.
ensemble = search.ensemble(X, y)
print(ensemble)

# %%
# The same on rows that no fit has seen, and for ensembles of other sizes.
sizes = [1, 2, 4, 8, 16]
losses = [
    log_loss(y_test, search.ensemble(X, y, n_members=size).predict_proba(X_test)) for size in sizes
]
figure, ax = plt.subplots()
ax.plot(sizes, losses, "o-")
ax.axhline(
    log_loss(y_test, search.predict_proba(X_test)), color="C1", label="the winner of the search"
)
ax.set(xlabel="members at most", ylabel="log-loss on test rows")
legend = ax.legend()

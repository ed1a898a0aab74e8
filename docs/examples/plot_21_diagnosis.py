"""
A diagnosis instead of a guess
==============================

``diagnose`` fits the model, simple baselines and variants of the model, and takes the error
apart. It names the fault and says which hyperparameters to move.
"""

import numpy as np
from sklearn.datasets import load_digits

from sknn_tune import BiasVarianceDisplay, MLPClassifier, diagnose

X, y = load_digits(return_X_y=True)
noise = np.random.default_rng(0).normal(0, 0.35, X.shape)
X, y = (X / 16 + noise).astype(np.float32)[:600], y[:600]

# %%
# A large network, digits in noise, few rows: it knows its training rows by heart.
network = MLPClassifier((128,), max_iter=15, learning_rate_init=0.003, random_state=0)
report = diagnose(network, X, y, cv=2, random_state=0)
print(report)

# %%
# The same as a picture.
display = BiasVarianceDisplay.from_diagnosis(report)

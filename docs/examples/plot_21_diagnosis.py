"""
What limits a model?
====================

``diagnose`` fits the model, simple baselines and variants of the model. It splits the dev error
into the costs of single faults, and says which hyperparameters to change.
"""

import numpy as np
from sklearn.datasets import load_digits

from sknn_tune import BiasVarianceDisplay, MLPClassifier, diagnose

X, y = load_digits(return_X_y=True)
noise = np.random.default_rng(0).normal(0, 0.35, X.shape)
X, y = (X / 16 + noise).astype(np.float32)[:600], y[:600]

# %%
# A large network on few noisy rows: more rows would help most.
network = MLPClassifier((128,), max_iter=15, learning_rate_init=0.003, random_state=0)
report = diagnose(network, X, y, cv=2, random_state=0)
print(report)

# %%
# The same as a picture.
display = BiasVarianceDisplay.from_diagnosis(report)

"""
Bias or variance: what to try next
==================================

Learning curves of two networks on noisy digits. If both errors are large and close to each other,
the model has high bias and needs more capacity. If the training error is small and the dev error
is not, it has high variance and needs more rows or regularization.
"""

import numpy as np
from sklearn.datasets import load_digits

from sknn_tune import LearningCurveDisplay, MLPClassifier

# sphinx_gallery_thumbnail_number = 2

X, y = load_digits(return_X_y=True)
noise = np.random.default_rng(0).normal(0, 0.35, X.shape)
X = (X / 16 + noise).astype(np.float32)
SETTINGS = {"max_iter": 30, "n_iter_no_change": 30, "batch_size": 32, "random_state": 0}
CURVE = {"cv": 3, "train_sizes": [0.1, 0.3, 0.6, 1.0], "random_state": 0}

# %%
# Two units: high bias. The training score is low and stays so; more rows cannot lift the other
# above it.
small = MLPClassifier((2,), activation="tanh", **SETTINGS | {"max_iter": 200})
display = LearningCurveDisplay.from_estimator(small, X, y, **CURVE)

# %%
# 128 units: high variance. The training score is nearly 1, and more rows raise the other.
large = MLPClassifier((128,), **SETTINGS)
display = LearningCurveDisplay.from_estimator(large, X, y, **CURVE)

# %%
# Dropout and weight decay narrow the gap.
regularized = MLPClassifier((128,), dropout=0.5, alpha=0.3, **SETTINGS)
display = LearningCurveDisplay.from_estimator(regularized, X, y, **CURVE)

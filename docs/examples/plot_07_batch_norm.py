"""
Batch normalization for unscaled columns
========================================

The columns of the breast cancer data differ in scale by a factor of a thousand. The usual remedy
is a ``StandardScaler``. Where that is not possible, the network can normalize by itself.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from sknn_tune import MLPClassifier

X, y = load_breast_cancer(return_X_y=True)
X = X.astype(np.float32)

# %%
# Ten random splits in half, the same for both networks.
scores = np.zeros((2, 10))
for row, batch_norm in zip(scores, (False, "both"), strict=True):
    for seed in range(10):
        X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=seed)
        network = MLPClassifier(
            hidden_layer_sizes=(64, 64),
            batch_norm=batch_norm,
            batch_size=64,
            max_iter=60,
            n_iter_no_change=60,
            random_state=seed,
        ).fit(X_train, y_train)
        row[seed] = network.score(X_test, y_test)
print("mean accuracy on test rows:", scores.mean(axis=1).round(3))

figure, ax = plt.subplots()
ax.plot([0, 1], scores, "o-", color="C0", alpha=0.6)
ax.set_xticks([0, 1], ["batch_norm=False", "batch_norm='both'"])
ax.set(ylabel="accuracy, 10 splits", xlim=(-0.4, 1.4))

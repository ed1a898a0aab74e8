"""
Is the difference significant?
==============================

The score of a fit depends on the split and on the seed. Two models should be compared on the same
splits with the same seeds, by their differences.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import scale

from sknn_tune import MLPClassifier, consistency

# sphinx_gallery_thumbnail_number = 2

X, y = load_breast_cancer(return_X_y=True)
X = scale(X).astype(np.float32)

SETTINGS = {"max_iter": 30, "n_iter_no_change": 30, "batch_size": 32}
models = {
    "plain": MLPClassifier((64,), **SETTINGS),
    "smoothed": MLPClassifier((64,), label_smoothing=0.1, **SETTINGS),
}
scores = np.zeros((2, 20))
for seed in range(20):
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=seed)
    for i, network in enumerate(models.values()):
        network.set_params(random_state=seed)
        scores[i, seed] = network.fit(X_train, y_train).score(X_test, y_test)

# %%
# The scores vary more between splits than between models.
figure, ax = plt.subplots()
ax.boxplot(scores.T, tick_labels=list(models))
ax.set_ylabel("accuracy, 20 splits and seeds")

# %%
# The differences on the same split and seed tell more.
figure, ax = plt.subplots()
ax.hist(scores[1] - scores[0], bins=9)
ax.axvline(0, color="k", lw=0.8)
ax.set(xlabel="difference in accuracy", ylabel="splits")

# %%
# ``consistency`` does this for any estimators, with a test that allows for overlapping splits.
print(consistency(models, X, y, cv=5, n_seeds=2, random_state=0))

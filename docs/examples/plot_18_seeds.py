"""
Is the difference significant?
==============================

The same network with twenty seeds. The spread is what a comparison of two single fits would be
decided by. Compare on the same seeds and splits, and look at the differences.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import scale

from sknn_tune import MLPClassifier

X, y = load_breast_cancer(return_X_y=True)
X = scale(X).astype(np.float32)

settings = {"max_iter": 30, "n_iter_no_change": 30, "batch_size": 32}
scores = np.zeros((2, 20))
for seed in range(20):
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=seed)
    for i, smoothing in enumerate((0.0, 0.1)):
        network = MLPClassifier((64,), label_smoothing=smoothing, random_state=seed, **settings)
        scores[i, seed] = network.fit(X_train, y_train).score(X_test, y_test)

difference = scores[1] - scores[0]
error = difference.std(ddof=1) / 20**0.5
print(f"label_smoothing=0.1: {difference.mean():+.4f} ± {error:.4f}")

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
left.boxplot(scores.T, tick_labels=["without", "label_smoothing=0.1"])
left.set_ylabel("accuracy, 20 splits and seeds")
right.hist(difference, bins=9)
right.axvline(0, color="k", lw=0.8)
right.set(xlabel="difference on the same split and seed", ylabel="splits")

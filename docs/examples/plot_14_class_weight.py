"""
Class weights for rare classes
==============================

One tumour in ten is malignant here. A network with high accuracy may still miss many of these.
``class_weight="balanced"`` gives both classes the same total weight.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune import MLPClassifier

data = load_breast_cancer()
malignant = data.target == 0
kept = np.r_[np.flatnonzero(~malignant), np.flatnonzero(malignant)[:40]]
X, y = data.data[kept, :2], malignant[kept]  # two columns only, so that there are errors

figure, axes = plt.subplots(1, 2, sharey=True)
names = ["benign", "malignant"]
for ax, class_weight in zip(axes, (None, "balanced"), strict=True):
    network = MLPClassifier(
        (16,), class_weight=class_weight, max_iter=60, n_iter_no_change=60, random_state=0
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    predicted = cross_val_predict(make_pipeline(StandardScaler(), network), X, y, cv=folds)
    matrix = confusion_matrix(y, predicted)
    ax.imshow(matrix / matrix.sum(axis=1, keepdims=True), cmap="Blues", vmin=0, vmax=1)
    for i, j in np.ndindex(2, 2):
        ax.text(j, i, matrix[i, j], ha="center", va="center", color="C1", fontsize=20)
    ax.set_xticks([0, 1], names)
    ax.set_yticks([0, 1], names)
    ax.set(title=f"{class_weight}", xlabel="predicted")
axes[0].set_ylabel("true")
figure.suptitle("class_weight")

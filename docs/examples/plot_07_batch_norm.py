"""
Batch normalisation: when the columns come as they are
======================================================

The columns of the breast-cancer data differ a thousandfold in scale. One answer is a
``StandardScaler`` in front. The other, for data that arrive in batches or through other layers,
is to normalise inside the network.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from sknn_tune import MLPClassifier

X, y = load_breast_cancer(return_X_y=True)
X = X.astype(np.float32)

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
kinds = {"as they are": False, "batch_norm='both'": "both"}
for place, (name, batch_norm) in enumerate(kinds.items()):
    scores, curves = [], []
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
        scores.append(network.score(X_test, y_test))
        curves.append(network.loss_curve_)
    left.plot(np.median(curves, axis=0), label=name)
    right.plot(np.full(10, place), scores, "o", alpha=0.6)
    print(f"{name:20} {np.mean(scores):.3f} of the test rows")
left.set(xlabel="epoch", ylabel="training loss, median", yscale="log")
left.legend()
right.set_xticks([0, 1], list(kinds))
right.set(ylabel="accuracy, test rows, 10 splits", xlim=(-0.5, 1.5))

"""
Bias or variance: what to try next
==================================

Train, dev and test rows answer three questions: can the model learn the task (bias), does it keep
its word on new rows (variance), and how good is it in the end? Learning curves tell whether more
rows would help.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import learning_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune import MLPClassifier

X, y = load_digits(return_X_y=True)
X = X.astype(np.float32)
common = {"max_iter": 30, "n_iter_no_change": 30, "batch_size": 32, "random_state": 0}
models = {
    "too small: high bias": MLPClassifier((3,), **common),
    "large: high variance": MLPClassifier((128, 128), **common),
    "large, with dropout": MLPClassifier((128, 128), dropout=0.4, **common),
}

figure, axes = plt.subplots(1, 3, figsize=(10, 3.3), sharey=True, layout="constrained")
for ax, (name, network) in zip(axes, models.items(), strict=True):
    sizes, train, dev = learning_curve(
        make_pipeline(StandardScaler(), network), X, y, cv=3, train_sizes=[0.1, 0.3, 0.6, 1.0]
    )
    ax.plot(sizes, 1 - train.mean(axis=1), "o-", label="training rows")
    ax.plot(sizes, 1 - dev.mean(axis=1), "o-", label="dev rows")
    ax.set(title=name, xlabel="rows to train on")
    ax.legend()
axes[0].set_ylabel("error")

# %%
# On the left both errors are large and close: more rows will not help, a larger network will. In
# the middle the training error is 0 and the gap is what is left: more rows or regularisation.

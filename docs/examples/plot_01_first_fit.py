"""
A first network: reading digits
===============================

Change one import of scikit-learn's and train.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknn_tune import LossCurveDisplay, MLPClassifier

# sphinx_gallery_thumbnail_number = 2

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)  # float32 trains twice as fast
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

network = MLPClassifier(early_stopping=True, learning_rate_init=0.003, random_state=0)
network.fit(X_train, y_train)
predicted = network.predict(X_test)
print(f"accuracy {np.mean(predicted == y_test):.3f}")

# %%
# Early stopping holds out a tenth of the training rows, scores them after each epoch, and restores
# the parameters of the best epoch.
_, ax = plt.subplots(figsize=(8, 4.8))
display = LossCurveDisplay.from_estimator(network, ax=ax)

# %%
# The digits that were misread: true label, and prediction. Some are hard for a human, too.
wrong = np.flatnonzero(predicted != y_test)[:6]
figure, axes = plt.subplots(2, 3)
for ax, i in zip(axes.flat, wrong, strict=False):
    ax.imshow(X_test[i].reshape(8, 8), cmap="gray_r")
    ax.set_title(f"{y_test[i]} read as {predicted[i]}")
for ax in axes.flat:
    ax.set_axis_off()

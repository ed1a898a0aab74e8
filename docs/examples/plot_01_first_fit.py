"""
A first network: reading digits
===============================

Change one import of scikit-learn's and train. The picture shows what the training did, and the
digits that the network misread.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknn_tune import MLPClassifier

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)  # float32 trains twice as fast
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

network = MLPClassifier(early_stopping=True, learning_rate_init=0.003, random_state=0)
network.fit(X_train, y_train)
predicted = network.predict(X_test)
print(f"accuracy {np.mean(predicted == y_test):.3f}")

# %%
# The loss falls fast and then slowly. Early stopping watches the score on a tenth of the training
# rows, which the network does not learn from, and goes back to the epoch where it was best.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
left.plot(network.loss_curve_)
left.set(xlabel="epoch", ylabel="training loss", yscale="log")
right.plot(network.validation_scores_, color="tab:orange")
right.set(xlabel="epoch", ylabel="share right, validation rows", ylim=(0.8, 1))

# %%
# The digits that were misread. Some of them a human would misread too: no network gets below
# that error.
wrong = np.flatnonzero(predicted != y_test)[:10]
figure, axes = plt.subplots(1, len(wrong), figsize=(9, 1.6))
for ax, i in zip(axes, wrong, strict=True):
    ax.imshow(X_test[i].reshape(8, 8), cmap="gray_r")
    ax.set_title(f"{y_test[i]} as {predicted[i]}", fontsize=8)
    ax.set_axis_off()

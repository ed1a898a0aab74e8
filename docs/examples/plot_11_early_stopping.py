"""
Early stopping: the right number of epochs
==========================================

The training loss falls as long as one likes; the loss on other rows turns. ``partial_fit``
goes one epoch at a time, so that both can be watched; ``early_stopping=True`` does it by itself.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from sknn_tune import MLPClassifier

X, y = load_digits(return_X_y=True)
noise = np.random.default_rng(0).normal(0, 0.35, X.shape)
X = (X / 16 + noise).astype(np.float32)
X_train, X_dev, y_train, y_dev = train_test_split(X, y, test_size=0.5, random_state=0)

network = MLPClassifier((128,), batch_size=32, learning_rate_init=0.002, random_state=0)
losses = []
for _ in range(40):
    network.partial_fit(X_train, y_train, classes=np.arange(10))
    losses.append(
        [log_loss(t, network.predict_proba(x)) for x, t in [(X_train, y_train), (X_dev, y_dev)]]
    )

best = int(np.argmin(losses, axis=0)[1])
figure, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
ax.plot(losses, label=["training rows", "other rows"])
ax.axvline(best, color="grey", ls=":", label=f"stop here: epoch {best + 1}")
ax.set(xlabel="epoch", ylabel="log-loss", yscale="log")
ax.legend()

"""Training and validation loss of a network that is stopped by a validation set."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknn_tune import MLPClassifier

X, y = load_digits(return_X_y=True)
X = (X / 16 + np.random.default_rng(0).normal(0, 0.35, X.shape)).astype(np.float32)
X, X_val, y, y_val = train_test_split(X, y, test_size=0.5, random_state=0)
model = MLPClassifier(
    (128,),
    batch_size=32,
    learning_rate_init=0.002,
    early_stopping=True,
    scoring="loss",
    n_iter_no_change=25,
    random_state=0,
).fit(X, y, X_val=X_val, y_val=y_val)

epochs = np.arange(1, model.n_iter_ + 1)
best = int(np.argmin(model.validation_loss_curve_))
figure, ax = plt.subplots(layout="constrained")
ax.plot(epochs, model.loss_curve_, label="training loss")
ax.plot(epochs, model.validation_loss_curve_, label="validation loss")
ax.plot(best + 1, model.validation_loss_curve_[best], "ko", label=f"kept: epoch {best + 1}")
ax.set(xlabel="epoch", yscale="log")
ax.legend(frameon=False)

"""
Quantile regression: intervals instead of a number
==================================================

With ``loss=Quantile((0.1, 0.5, 0.9))`` one network predicts the median and the bounds of an 80 %
interval.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import cross_val_predict

from sknn_tune import MLPRegressor, Quantile

X, y = load_diabetes(return_X_y=True)
X = (X * 20).astype(np.float32)
spread, middle = y.std(), y.mean()

network = MLPRegressor(
    hidden_layer_sizes=(32,),
    loss=Quantile((0.1, 0.5, 0.9)),
    solver="adamw",
    alpha=3.0,
    learning_rate="cosine",
    learning_rate_init=0.005,
    batch_size=32,
    max_iter=60,
    n_iter_no_change=60,
    random_state=0,
)
low, median, high = cross_val_predict(network, X, (y - middle) / spread, cv=5).T * spread + middle
inside = np.mean((low <= y) & (y <= high))
print(f"{inside:.0%} of the values lie in their interval; the target is 80 %")

order = np.argsort(median)
figure, ax = plt.subplots()
place = np.arange(len(y))
ax.fill_between(place, low[order], high[order], alpha=0.3, label="80 % interval")
ax.plot(place, median[order], label="median")
ax.plot(place, y[order], "k.", ms=3, label="true value")
ax.set(xlabel="patients by predicted median", ylabel="disease progression")
ax.legend()

"""
Schedules: fast at first, careful at the end
============================================

A large rate finds the right region soon, a small one settles in it. A schedule does both. Ours
work with every stochastic optimizer; in scikit-learn only ``sgd`` has them.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from sknn_tune import Cosine, MLPClassifier, OneCycle, Step

X, y = load_digits(return_X_y=True)
noise = np.random.default_rng(0).normal(0, 0.35, X.shape)
X = (X / 16 + noise).astype(np.float32)  # hard enough that the loss stays above 0

# %%
# A rate that is too large to stay at, and four ways to come down from it.
EPOCHS = 30
SETTINGS = {"learning_rate_init": 0.02, "batch_size": 32, "dropout": 0.3, "max_iter": EPOCHS}
schedules = {
    "constant": "constant",
    "cosine, with warm-up": Cosine(warmup=0.1),
    "step": Step(),
    "one cycle": OneCycle(),
    "your own: (1 - t)²": lambda progress: (1 - progress) ** 2,
}
figure, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
for name, schedule in schedules.items():
    losses = [
        MLPClassifier(
            learning_rate=schedule, n_iter_no_change=EPOCHS, random_state=seed, **SETTINGS
        )
        .fit(X, y)
        .loss_curve_
        for seed in range(3)
    ]
    ax.plot(np.exp(np.mean(np.log(losses), axis=0)), label=name)
ax.set(xlabel="epoch", ylabel="training loss, mean of 3 seeds", yscale="log")
ax.legend()

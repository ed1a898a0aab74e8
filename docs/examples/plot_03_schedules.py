"""
Schedules: large steps first, small steps last
==============================================

A large rate makes fast progress, a small one converges. A schedule does both. Here schedules work
with every stochastic solver; in scikit-learn only with ``sgd``.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from sknn_tune import Cosine, MLPClassifier, OneCycle, Step

X, y = load_digits(return_X_y=True)
noise = np.random.default_rng(0).normal(0, 0.35, X.shape)
X = (X / 16 + noise).astype(np.float32)  # hard enough that the loss stays above 0

# %%
# A constant rate, and four schedules that lower it.
EPOCHS = 30
SETTINGS = {"learning_rate_init": 0.02, "batch_size": 32, "dropout": 0.3, "max_iter": EPOCHS}
schedules = {
    "constant": "constant",
    "cosine, warm-up": Cosine(warmup=0.1),
    "step": Step(),
    "one cycle": OneCycle(),
    "a function": lambda progress: (1 - progress) ** 2,
}
figure, ax = plt.subplots()
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
ax.set(xlabel="epoch", ylabel="training loss, 3 seeds", yscale="log")
ax.legend()

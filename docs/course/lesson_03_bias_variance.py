r"""
3. Bias and variance: what to try next
======================================

**The question.** The network errs on too many new rows. Should you collect more rows, make the
network larger or smaller, train longer, or lower the learning rate? Most of these cost time and
only one of them may help. Two errors and a curve tell which.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes, load_digits
from sklearn.model_selection import learning_curve
from sklearn.preprocessing import scale

from sknn_tune import MLPClassifier, MLPRegressor, diagnose

# %%
# The formula
# -----------
# Imagine that the network :math:`\hat f` is trained many times, each time on other rows of the
# same kind. Then its expected squared error at a point consists of three parts:
#
# .. math::
#
#    E\,(y - \hat f)^2 = \underbrace{(f - E \hat f)^2}_{\text{bias}^2}
#      + \underbrace{E\,(\hat f - E \hat f)^2}_{\text{variance}}
#      + \underbrace{E\,(y - f)^2}_{\text{noise}} .
#
# - **Bias**: what the network gets wrong on average, because it cannot bend as the truth :math:`f`
#   does. It errs on its training rows too.
# - **Variance**: how much it changes with the rows that it happens to see. It memorizes its
#   training rows and errs on others.
# - **Noise**: what nobody can know from these columns.
#
# One rarely trains a network many times only to take its error apart. What one measures instead is
#
# .. math::
#
#    \text{dev error} = \underbrace{\text{reference}}_{\text{noise}}
#      + \underbrace{(\text{training error} - \text{reference})}_{\text{bias}}
#      + \underbrace{(\text{dev error} - \text{training error})}_{\text{variance}} ,
#
# where the reference is the best error known to be possible: what people reach, or another model.
#
# .. list-table::
#    :header-rows: 1
#    :widths: 25 25 50
#
#    * - training error
#      - dev error
#      - what to try
#    * - far above the reference
#      - about the same
#      - **bias**: more units or layers, more epochs, less regularization
#    * - near the reference
#      - far above the training error
#      - **variance**: more rows, regularization (page 6), an ensemble (page 8)
#    * - far above the reference
#      - far above the training error
#      - both: bias first
#    * - near the reference
#      - near the training error
#      - done; only other columns or better labels help
#
# The picture: learning curves
# ----------------------------
# Digits again, but one label in five is wrong, as labels often are: no network can be expected to
# get below an error of 0.2 on dev rows that are labeled in the same way. Three networks on more
# and more rows. Five folds: the line is their median, the band reaches from worst to best.
X, y = load_digits().data.astype(np.float32) / 16, load_digits().target
random = np.random.RandomState(0)
wrong = (y + random.randint(1, 10, len(y))) % 10
noisy = np.where(random.uniform(size=len(y)) < 0.2, wrong, y)
common = {"batch_size": 32, "max_iter": 40, "n_iter_no_change": np.inf, "random_state": 0}
models = {
    "3 units: bias": MLPClassifier((3,), activation="tanh", learning_rate_init=0.01, **common),
    "64 units: variance": MLPClassifier((64,), learning_rate_init=0.01, **common),
    "64 units with dropout": MLPClassifier((64,), learning_rate_init=0.01, dropout=0.6, **common),
}
figure, axes = plt.subplots(1, 3, figsize=(10, 3.3), sharey=True, layout="constrained")
for ax, (name, model) in zip(axes, models.items(), strict=True):
    sizes, *scores = learning_curve(model, X, noisy, train_sizes=[0.1, 0.2, 0.4, 0.7, 1.0])
    for label, score in zip(["training rows", "dev rows"], scores, strict=True):
        ax.plot(sizes, 1 - np.median(score, axis=1), "o-", label=label)
        ax.fill_between(sizes, 1 - score.min(axis=1), 1 - score.max(axis=1), alpha=0.25)
    ax.axhline(0.2, color="grey", ls=":", label="reference")
    ax.set(title=name, xlabel="rows to train on", ylim=(0, 0.8))
axes[0].legend()
axes[0].set_ylabel("error")

# %%
# - **Left**: both curves are far above the reference, and the last 800 rows have hardly moved the
#   dev error. Three units are too few, and more rows do not help them.
# - **Middle**: the training error is *below* the reference: the network has memorized wrong
#   labels. The dev error is far above. The gap narrows with every step, so more rows would help; so
#   would anything that keeps the network from learning single rows.
# - **Right**: dropout does that. The training error rises to the reference, and the dev error
#   falls by a quarter.
#
# Let the library look
# --------------------
# A high training error has other causes as well: training may have ended too early, or jumped
# about. ``diagnose`` tries it out. It fits the model, simple baselines, and variants of the model
# with lower rates, more steps, more units or more regularization, all on the same folds, and says
# which part of the dev error each would save. Four networks with a planted fault, five seeds each:
faulty = {
    "one unit": MLPClassifier((1,), learning_rate_init=0.02, **common),
    "a rate of 1": MLPClassifier((16,), learning_rate_init=1.0, **common),
    "three epochs": MLPClassifier((16,), **common | {"max_iter": 3}),
    "64 units": MLPRegressor(hidden_layer_sizes=(64,), learning_rate_init=0.05, **common),
}
digits, diabetes = (X[:250], y[:250]), map(scale, load_diabetes(return_X_y=True))
tables = [digits, digits, digits, [part.astype(np.float32) for part in diabetes]]
figure, axes = plt.subplots(1, 4, figsize=(10, 3.3), sharey=True, layout="constrained")
for ax, name, table in zip(axes, faulty, tables, strict=True):
    reports = [diagnose(faulty[name], *table, cv=2, random_state=seed) for seed in range(5)]
    bottom = 0
    for fault in reports[0].parts:
        cost = np.array([report.parts[fault] for report in reports])
        ax.bar(range(5), cost, bottom=bottom, label=fault)
        bottom = bottom + cost
    ax.set(title=f"{name}:\n{reports[0].fault}", xlabel="split", ylim=(0, 1.2))
axes[0].set_ylabel("dev error, and what it is made of")
figure.legend(*axes[0].get_legend_handles_labels(), ncols=6, loc="outside lower center")

# %%
# Each bar is the dev error of one split, taken apart. In the first three, the planted fault is
# nearly all of it. On the right, 64 units memorize the 442 patients of the diabetes table: a third
# to a half of the error is due to that, and the rest is noise that no model avoids. What is noise
# and what is lack of rows is an estimate: it differs from split to split. A report can be printed,
# and says what to do:
print(reports[0])

# %%
# The one line
# ------------
# .. code-block:: python
#
#    print(diagnose(model, X, y, cv=5))
#
# It takes any scikit-learn estimator, makes 6 to 20 fits a fold, and the names under "what to
# try" are those that ``set_params`` takes.
#
# When it helps, and when not
# ---------------------------
# Look at the two errors before every decision; it costs nothing. Learning curves answer one
# question, whether to collect more rows, and are worth their price before you pay for rows.
# Neither helps where the dev rows differ from the rows you will predict (page 2), or where the
# error is the wrong measure. With fewer than a hundred rows every estimate on this page is
# uncertain, ``diagnose`` included.
#
# Exercises
# ---------
# **1.** Training error 0.02, dev error 0.15, and people err by 0.01. A colleague proposes a
# network of twice the size. What do you say?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    The bias is :math:`0.02 - 0.01 = 0.01`, the variance :math:`0.15 - 0.02 = 0.13`. A larger
#    network lowers the bias, of which there is hardly any. More rows, regularization or an
#    ensemble act on the large part.
#
# **2.** In the middle picture, 64 units memorize wrong labels. Is a smaller network a remedy as
# good as dropout? Try 16 and 8 units.
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    .. code-block:: python
#
#        from sklearn.model_selection import cross_validate
#
#        for units, dropout in ((64, 0.0), (64, 0.6), (16, 0.0), (8, 0.0)):
#            model = MLPClassifier((units,), learning_rate_init=0.01, dropout=dropout, **common)
#            scores = cross_validate(model, X, noisy, return_train_score=True)
#            errors = [1 - np.median(scores[f"{part}_score"]) for part in ("train", "test")]
#            print(units, dropout, np.round(errors, 3))
#
#    It helps, for the same reason: a network of 16 units cannot learn so many single rows. But it
#    has less to learn the digits with, too. Holding back a large network is often better than a
#    small one.
#
# References
# ----------
# - S. Geman, E. Bienenstock, R. Doursat (1992). *Neural networks and the bias/variance dilemma.*
#   Neural Computation 4, 1-58.
# - C. Cortes, L. Jackel, S. Solla, V. Vapnik, J. Denker (1994). *Learning curves: asymptotic
#   values and rate of convergence.* NIPS 6.
# - M. Belkin, D. Hsu, S. Ma, S. Mandal (2019). *Reconciling modern machine-learning practice and
#   the classical bias-variance trade-off.* PNAS 116, 15849-15854.
# - \A. Ng (2018). *Machine Learning Yearning*, chapters 20 to 32.

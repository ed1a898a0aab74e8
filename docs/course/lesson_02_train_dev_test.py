r"""
2. Train, dev, test: whom to believe
====================================

**The question.** How good is the network on rows that it has never seen? Everybody measures it, and
many measure it wrongly. This page shows why data are split into three parts, three ways in which
knowledge leaks from one part into another, how to split rows that belong together, and how large
each part should be.

- On the **training** rows the parameters are fitted.
- By the **dev** rows (also called *validation*) the hyperparameters are chosen.
- The **test** rows are looked at once, at the end, for the number that you report.
"""

from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from sknn_tune import MLPClassifier, train_dev_test_split

# %%
# The formula
# -----------
# A score is a measurement. If the network is right with probability :math:`p`, then the accuracy
# on :math:`n` independent rows has the standard error
#
# .. math::
#
#    \sigma = \sqrt{\frac{p\,(1 - p)}{n}} .
#
# With :math:`p = 0.95` that is 0.022 for 100 rows and 0.007 for 1000. Two networks whose scores
# differ by less cannot be distinguished by such a part.
#
# And whoever takes the best of :math:`k` equally good candidates does not get a better one, but
# the one with the largest error of measurement. If the errors are normal and independent, its score
# is too good by about
#
# .. math::
#
#    \sigma \sqrt{2 \log k} ,
#
# and by less if the candidates err on the same rows. So the score by which something was chosen is
# not the score that it will have. This is why there is a third part.
X, y = load_digits().data / 16, load_digits().target
network = MLPClassifier((32,), max_iter=40, n_iter_no_change=np.inf, learning_rate_init=0.02)

# %%
# The picture: three leaks
# ------------------------
# Three experiments that all look harmless. Each is run ten times, and each time there is a truth
# to compare with.
#
# **Choosing on the dev rows.** Thirty networks that differ only in their seed; the best on 60 dev
# rows wins. The truth is the accuracy of the winner on 1400 other digits.


def best_of_thirty(seed):
    parts = train_dev_test_split(X, y, dev_size=60, test_size=0.8, random_state=seed)
    X_train, X_dev, X_test, y_train, y_dev, y_test = parts
    models = [clone(network).set_params(random_state=s).fit(X_train, y_train) for s in range(30)]
    winner = max(models, key=lambda model: model.score(X_dev, y_dev))
    return winner.score(X_dev, y_dev), winner.score(X_test, y_test)


# %%
# **Columns chosen on all rows.** A thousand columns of pure noise, of which the twenty that go
# best with the labels are kept, *and then* the cross-validation starts. The truth is one half:
# there is nothing to learn. In a pipeline the columns are chosen from the training rows of each
# fold.


def chosen_columns(seed):
    noise, labels = np.random.default_rng(seed).normal(size=(100, 1000)), np.arange(100) % 2
    pipeline = make_pipeline(SelectKBest(k=20), network.set_params(random_state=seed))
    leaky = cross_val_score(network, pipeline[0].fit_transform(noise, labels), labels)
    return leaky.mean(), cross_val_score(pipeline, noise, labels).mean()


# %%
# **Rows that belong together.** A hundred digits, each scanned four times with a little noise. If
# the scans are split at random, the network sees three scans of a digit and is asked for the
# fourth. With ``groups`` all scans of a digit are on one side.


def scans_of_digits(seed):
    digit = np.tile(np.random.default_rng(seed).permutation(len(X))[:100], 4)
    scans, labels = X[digit] + np.random.default_rng(seed).normal(0, 0.1, (400, 64)), y[digit]
    by_digit = cross_val_score(network, scans, labels, groups=digit, cv=GroupKFold())
    return cross_val_score(network, scans, labels).mean(), by_digit.mean()


figure, axes = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
for ax, leak in zip(axes, (best_of_thirty, chosen_columns, scans_of_digits), strict=True):
    pairs = np.array([leak(seed) for seed in range(10)])
    ax.plot([0, 1], pairs.T, "o-", color="grey", alpha=0.5)
    ax.plot([0, 1], np.median(pairs, axis=0), "_", ms=40, mew=3, color="tab:red")
    ax.set(title=leak.__name__.replace("_", " "), xlim=(-0.5, 1.5))
axes[0].set_xticks([0, 1], ["the 60 dev rows", "other rows"])
axes[1].set_xticks([0, 1], ["of all rows", "in each fold"])
axes[2].set_xticks([0, 1], ["split at random", "split by digit"])
axes[0].set_ylabel("accuracy, ten runs and their median")

# %%
# In all three the median falls, and none of the mistakes raises an error. (A grey line joins the
# two scores of one run.) The second is the worst: more than 0.8 where nothing can be known. The
# rule behind all of them: **whatever you learn from data, learn it from the training rows only**,
# the scaling, the choice of columns and the choice of settings included. A pipeline does that for
# you.
#
# Stratified: every part with its share of each class
# ---------------------------------------------------
# The three parts must come from one distribution. One digit in ten is a three, so 30 dev rows
# should have three of them; a random split gives them any number from none to nine, and the score
# changes with it. With ``stratify=True`` each part has its share of each class; of a numeric
# target, its share of low and high values. On the left, 300 splits of either kind.
#
# How large should each part be?
# ------------------------------
# Large enough that its standard error is smaller than the difference you want to see; the rest is
# for training. On the right, the accuracy of one and the same network on test parts of different
# sizes, and twice :math:`\sigma` around the truth, from the formula above.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
for labels in (None, y):
    split = partial(train_dev_test_split, y, dev_size=30, stratify=labels)
    threes = [np.sum(split(random_state=seed)[1] == 3) for seed in range(300)]
    left.hist(threes, bins=np.arange(-0.5, 10), alpha=0.6)
left.set(xlabel="threes among 30 dev rows", ylabel="splits")
left.legend(["random", "stratified"])

correct = network.fit(X[:240], y[:240]).predict(X[240:]) == y[240:]
p, sizes, random = correct.mean(), np.array([20, 60, 200, 600, 1000]), np.random.RandomState(0)
measured = [[random.choice(correct, n).mean() for _ in range(100)] for n in sizes]
right.plot(sizes, measured, ".", color="grey", alpha=0.3)
for sign in (-2, 2):
    right.plot(sizes, p + sign * np.sqrt(p * (1 - p) / sizes), color="tab:red")
right.set(xlabel="test rows", ylabel="measured accuracy", xscale="log")

# %%
# With 20 rows the same network scores anything from 0.65 to 0.95; with 1000, nearly always within
# 0.025 of the truth. A usual split of a few thousand rows is 60 : 20 : 20; of a million rows, 1 %
# for dev and 1 % for test are plenty. Of a few hundred, keep a test part and use cross-validation
# in place of one dev part: every row is a dev row once.
#
# The one line
# ------------
# .. code-block:: python
#
#    X_train, X_dev, X_test, y_train, y_dev, y_test = train_dev_test_split(
#        X, y, dev_size=0.2, test_size=0.2, stratify=True, random_state=0
#    )
#
# With ``groups=patient``, rows of one patient stay in one part.
#
# When it helps, and when not
# ---------------------------
# Always split. *Random* splits are wrong where new rows will differ from the old in a way that you
# know: new patients (use groups), next year's customers (train on the past, test on what came
# later), another hospital (leave one out). The split should imitate how the model will be used.
# Stratification hurts nobody, and matters when a class has fewer than some fifty rows in a part.
#
# Exercises
# ---------
# **1.** Two networks have 0.94 and 0.96 on a test part of 200 rows. Is the second better? How many
# rows would be needed to be fairly sure?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    .. code-block:: python
#
#        p = 0.95
#        print(np.sqrt(p * (1 - p) / 200))
#        print(2 * p * (1 - p) * (2 / 0.02) ** 2)
#
#    The standard error of each is 0.015, that of their difference up to :math:`\sqrt 2` times as
#    much, 0.022: the difference of 0.02 is less than one standard error, so one cannot say. For
#    two standard errors, :math:`2\sqrt{2 p (1-p)/n} = 0.02`, hence :math:`n = 950`. On the *same*
#    rows, the errors of both networks are alike and somewhat fewer suffice; page 10 compares in
#    that way.
#
# **2.** A colleague scales all rows with ``StandardScaler().fit_transform(X)`` before the split.
# Is that a leak? How bad is it, compared with the second experiment?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    It is one: the means and standard deviations know the dev rows. But they do not know the
#    *labels*, and with hundreds of rows a mean hardly depends on a single one, so the score hardly
#    changes. Choosing columns by the labels is what made the second experiment so wrong. Put both
#    into the pipeline, and there is nothing to think about.
#
#    .. code-block:: python
#
#        from sklearn.preprocessing import StandardScaler
#
#        inside = cross_val_score(make_pipeline(StandardScaler(), network), X[:300], y[:300])
#        outside = cross_val_score(network, StandardScaler().fit_transform(X[:300]), y[:300])
#        print(inside.mean(), outside.mean())
#
# References
# ----------
# - M. Stone (1974). *Cross-validatory choice and assessment of statistical predictions.* Journal
#   of the Royal Statistical Society B 36, 111-147.
# - C. Ambroise, G. McLachlan (2002). *Selection bias in gene extraction on the basis of microarray
#   gene-expression data.* PNAS 99, 6562-6566.
# - S. Kaufman, S. Rosset, C. Perlich, O. Stitelman (2012). *Leakage in data mining.* ACM TKDD
#   6(4).
# - G. Cawley, N. Talbot (2010). *On over-fitting in model selection and subsequent selection bias
#   in performance evaluation.* JMLR 11, 2079-2107.

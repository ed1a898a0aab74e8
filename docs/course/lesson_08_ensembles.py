r"""
8. Ensembles: ask several networks
==================================

**The question.** Train the same network with another seed, and it errs on other rows. Which of
them is right? This page shows how much single networks differ, what the mean of several gains, and
how many are enough.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import BaggingClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from sknn_tune import MLPClassifier, TabularMLPClassifier

# %%
# The formula
# -----------
# Let :math:`K` networks predict with errors :math:`e_1, \ldots, e_K` of the same variance
# :math:`\sigma^2`, any two of them with the correlation :math:`\rho`. Then the error of their mean
# has the variance
#
# .. math::
#
#    \operatorname{Var}\left(\frac{1}{K} \sum_k e_k\right)
#    = \rho\, \sigma^2 + \frac{1 - \rho}{K}\, \sigma^2 .
#
# The second part vanishes as :math:`1 / K`; the first, what all have in common, stays. So
#
# - the first few networks gain most: of what can be gained, two bring a half, four three quarters;
# - networks should be good *and different*;
# - the bias (page 3) is common to all of them, and an ensemble does not lower it.
#
# A network is especially suited, because its variance is large: first weights, order of rows and
# dropout are drawn at random. For probabilities there is a guarantee: the log-loss of the mean of
# probabilities is at most the mean of the log-losses, since :math:`-\log` is convex (Jensen's
# inequality).
#
# The picture: one to sixteen networks
# ------------------------------------
# Digits, 400 to train on, the rest to test. Ten splits; for each, sixteen networks of four layers
# that differ in nothing but their seed. Grey points are single networks, the red mark is their
# mean. In the other panels the line is the median over the splits, and the band holds the middle
# half of them; dotted, the curve :math:`a + b / K` of the formula, through the first point and the
# last.
X, y = load_digits().data / 16, load_digits().target
network = MLPClassifier((32,) * 4, learning_rate_init=0.01, batch_size=32, max_iter=30)
network.set_params(n_iter_no_change=np.inf)
single, errors, losses = np.zeros((3, 10, 16))
for split in range(10):
    X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=400, random_state=split)
    total = np.zeros((len(X_test), 10))
    for i in range(16):
        model = network.set_params(random_state=i).fit(X_train, y_train)
        total += model.predict_proba(X_test)
        single[split, i] = 1 - model.score(X_test, y_test)
        errors[split, i] = np.mean(total.argmax(axis=1) != y_test)
        losses[split, i] = log_loss(y_test, total / (i + 1))


def draw_median(ax, values):
    """Median over the splits, its band, and the curve of the formula."""
    n = np.arange(1, 17)
    median = np.median(values, axis=0)
    ax.plot(n, median, "o-", ms=4)
    ax.fill_between(n, *np.quantile(values, [0.25, 0.75], axis=0), alpha=0.25)
    slope = (median[0] - median[-1]) / (1 - 1 / 16)
    ax.plot(n, median[0] - slope * (1 - 1 / n), ":", color="grey")
    ax.set(xlabel="networks", ylim=(0, None))


figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
left.plot(np.arange(10), single, ".", color="grey", alpha=0.5)
left.plot(np.arange(10), errors[:, -1], "_", color="tab:red", ms=18, mew=3, label="mean of 16")
left.set(xlabel="split", ylabel="error on new rows", ylim=(0, None))
left.legend()
draw_median(middle, errors)
middle.set_title("error of the mean")
draw_median(right, losses)
right.set_title("log-loss of the mean")

# %%
# - **Left**: on the same rows, the worst of sixteen networks errs one and a half to three times as
#   often as the best, by its seed alone. Their mean is at least as good as the best of them, and
#   nobody has to know which one that is.
# - **Middle and right**: the first four bring most of it, as the formula says. The log-loss falls
#   by more than half: where members disagree, the mean is less certain than each; it should be.
#
# How to make them differ
# -----------------------
# ``BaggingClassifier`` does the averaging. Members may also see other rows or other columns. Ten
# members each, five splits.
members = {
    "one network": network,
    "seeds only": BaggingClassifier(network, 10, bootstrap=False),
    "bootstrap samples": BaggingClassifier(network, 10),
    "70 % of the columns": BaggingClassifier(network, 10, bootstrap=False, max_features=0.7),
    "TabularMLP": TabularMLPClassifier(max_epochs=20),
}
figure, ax = plt.subplots(figsize=(8, 2.8), layout="constrained")
for place, model in enumerate(members.values()):
    found = []
    for seed in range(5):
        parts = train_test_split(X, y, train_size=400, random_state=seed)
        found.append(1 - model.set_params(random_state=seed).fit(*parts[::2]).score(*parts[1::2]))
    ax.plot(found, np.full(5, place), "o", alpha=0.5)
    ax.plot(np.median(found), place, "|", ms=20, mew=3, color="tab:red")
ax.set_yticks(range(5), list(members))
ax.set(xlabel="error on new rows", xlim=(0, None), ylim=(-0.5, 4.5))

# %%
# Any way of averaging ten networks takes about a third off the error, and they hardly differ: the
# points overlap. Bootstrap samples leave out a third of the rows, which are few here, and gain
# least. ``TabularMLPClassifier`` adds what an ensemble makes possible: each member is stopped by
# the fifth of the rows that it does not see, and members come in two sorts.
#
# The one line
# ------------
# .. code-block:: python
#
#    BaggingClassifier(network, 10, bootstrap=False)
#    TabularMLPClassifier()
#
# When it helps, and when not
# ---------------------------
# - It helps where single networks differ: few rows, deep networks, wrong labels, large rates. It
#   helps probabilities more than decisions.
# - It does not help against bias: ten networks of two units are as blind as one.
# - Members that are nearly the same gain little: one hidden layer on easy data hardly depends on
#   its seed. Compare the seeds first (page 10).
# - It costs :math:`K` fits, and :math:`K` times the time and the size of a prediction. Five are
#   mostly enough.
#
# Exercises
# ---------
# **1.** Two networks have errors of the variance 1, with a correlation of 0.5. What is the
# variance of the error of their mean, of sixteen, of infinitely many?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    :math:`0.5 + 0.5 / 2 = 0.75`, :math:`0.5 + 0.5 / 16 = 0.53`, and 0.5. Two already have half of
#    all that can be gained.
#
# **2.** Does dropout (page 6) help these networks, one by one? And an ensemble of them?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    .. code-block:: python
#
#        for dropout in (0.0, 0.3):
#            one = network.set_params(dropout=dropout)
#            for model in (one, BaggingClassifier(one, 10, bootstrap=False)):
#                found = []
#                for seed in range(5):
#                    parts = train_test_split(X, y, train_size=400, random_state=seed)
#                    model.set_params(random_state=seed).fit(*parts[::2])
#                    found.append(1 - model.score(*parts[1::2]))
#                print(dropout, type(model).__name__, np.median(found))
#
#    Neither: layers of 32 units are too narrow to lose three units in ten, and the error of one
#    network rises from 0.07 to 0.13. Of ten, it rises from 0.045 to 0.062: what dropout adds here
#    is mostly variance, and averaging removes most of it.
#
# References
# ----------
# - L. Hansen, P. Salamon (1990). *Neural network ensembles.* IEEE Transactions on Pattern Analysis
#   and Machine Intelligence 12, 993-1001.
# - A. Krogh, J. Vedelsby (1994). *Neural network ensembles, cross validation, and active
#   learning.* NIPS 7.
# - \L. Breiman (1996). *Bagging predictors.* Machine Learning 24, 123-140.
# - B. Lakshminarayanan, A. Pritzel, C. Blundell (2017). *Simple and scalable predictive
#   uncertainty estimation using deep ensembles.* NIPS. arXiv:1612.01474.

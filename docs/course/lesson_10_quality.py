r"""
10. Model quality: accuracy and consistency
===========================================

**The question.** Network A has an accuracy of 0.93, network B one of 0.94. Is B better, or was it
the split? Will either stay that good? And when a network says 90 %, is it right in 90 % of the
cases? A single score answers none of these.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.calibration import CalibrationDisplay
from sklearn.datasets import load_digits
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import StratifiedShuffleSplit, cross_val_predict

from sknn_tune import MLPClassifier, consistency

# sphinx_gallery_thumbnail_number = 3

# %%
# The formula
# -----------
# The same model, fitted on split :math:`i` with seed :math:`j`, has a score
#
# .. math::
#
#    s_{ij} = \mu + a_i + b_{ij}, \qquad
#    \operatorname{Var}(s_{ij}) = \sigma_\text{split}^2 + \sigma_\text{seed}^2 ,
#
# a part that the rows decide and a part that the first weights and the order of rows decide. The
# second is under your control: an ensemble (page 8) lowers it.
#
# To compare two models, fit both on the *same* splits and look at the differences :math:`d_i`:
# what makes a split easy or hard cancels out. But splits share training rows, so the differences
# are not independent, and the usual t-test is too sure of itself. Nadeau and Bengio correct its
# variance:
#
# .. math::
#
#    t = \frac{\bar d}{\sqrt{\left( \frac{1}{k} + \frac{n_\text{test}}{n_\text{train}} \right)
#    \hat\sigma_d^2}} .
#
# A network is **calibrated** if among the cases to which it gives the probability :math:`p`, a
# share :math:`p` comes true.
#
# The picture: spread, worst case, agreement
# ------------------------------------------
# Three models of the digits on the same ten splits of 600 rows, with the same three seeds. A
# column of points is a split; the points in it differ by the seed only.
X, y = load_digits().data.astype(np.float32) / 16, load_digits().target
common = {"batch_size": 32, "max_iter": 20, "n_iter_no_change": np.inf}
shallow = MLPClassifier((32,), learning_rate_init=0.003, **common)
deep = MLPClassifier((32,) * 4, learning_rate_init=0.01, **common)
models = {"A: one layer": shallow, "B: four layers": deep}
models["C: mean of ten B"] = BaggingClassifier(deep, 10, bootstrap=False)
splits = StratifiedShuffleSplit(10, test_size=0.3, random_state=0)
report = consistency(models, X[:600], y[:600], cv=splits, n_seeds=3, random_state=0)
figure, axes = plt.subplots(1, 3, figsize=(10, 3.4), sharey=True, layout="constrained")
for ax, (name, found) in zip(axes, report.models.items(), strict=True):
    ax.plot(np.arange(1, 11), found.scores, "o", color="C0", alpha=0.5)
    ax.axhline(found.mean_score, color="C1")
    ax.axhline(found.worst_score, color="C3", ls=":")
    spread = f"split {found.split_std:.3f}, seed {found.seed_std:.3f}"
    ax.set_title(f"{name}\n{spread}\nagreement {found.seed_agreement:.3f}", fontsize=10)
    ax.set_xlabel("split")
axes[0].set_ylabel("accuracy")

# %%
# The orange line is the mean, the dotted one the worst of all fits; *agreement* is the share of
# rows for which two seeds predict the same.
#
# - **B** is not only worse than A in the mean. Its seeds differ by far more, one of its fits has
#   0.81, and two of its fits contradict each other on 7 % of the rows. Somebody who fits it once
#   may get any of these.
# - **C** is the mean of ten networks like B. It has the best mean, the best worst case, and its
#   seeds hardly matter any more. What is left is the part of the split, which no seed can change.
#
# The picture: is it better?
# --------------------------
# The differences of the accuracy on the same splits, seeds averaged, with twice the corrected
# standard error. The p-values are adjusted for the number of pairs (Holm), since of three
# comparisons one is more likely to look large.
figure, ax = plt.subplots(figsize=(8, 2.2), layout="constrained")
for place, (_, _, difference, error, *_, p) in enumerate(report.pairs):
    ax.errorbar(difference, place, xerr=2 * error, fmt="o", capsize=4)
    ax.annotate(f"p = {p:.3f}", (difference, place + 0.2), ha="center")
ax.axvline(0, color="grey", lw=1)
ax.set_yticks(range(3), [f"{pair[0][0]} - {pair[1][0]}" for pair in report.pairs])
ax.set(xlabel="difference of the accuracy", ylim=(-0.5, 2.7))

# %%
# No difference is significant, although C was better than A on most splits. Ten splits of
# 180 rows are too few to prove a difference of 0.01: see the formula of page 2. The honest
# sentence is "C is at least as good as A in the mean, and steadier than B", and not "C is the
# best".
#
# The picture: calibration
# ------------------------
# Digits with one wrong label in five, as on page 6, in five folds. For each fifth of the
# predictions, from the least sure to the surest: how sure the network was, and how often it was
# right.
random = np.random.RandomState(0)
noisy = np.where(random.uniform(size=len(y)) < 0.2, (y + random.randint(1, 10, len(y))) % 10, y)
large = MLPClassifier((128,), learning_rate_init=0.003, random_state=0, **common | {"max_iter": 60})
candidates = {
    "one network": large,
    "mean of ten": BaggingClassifier(large, 10, bootstrap=False, random_state=0),
    "with dropout": clone(large).set_params(dropout=0.5),
}
figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
for name, model in candidates.items():
    probabilities = cross_val_predict(model, X, noisy, cv=5, method="predict_proba")
    right = probabilities.argmax(axis=1) == noisy
    CalibrationDisplay.from_predictions(
        right, probabilities.max(axis=1), n_bins=5, strategy="quantile", ax=ax, name=name
    )
ax.set(xlabel="largest probability", ylabel="share that is right", xlim=(0.3, 1), ylim=(0.3, 1))

# %%
# One network that has memorized its rows says 0.98 and is right in 0.82 of these cases: it is too
# sure, as nearly all large networks are. On the left all are about right or too modest. The mean
# of ten and dropout bend the curve at its upper end only a little: that one label in five is wrong
# is something that a network sees only where it cannot memorize the labels.
#
# The one line
# ------------
# .. code-block:: python
#
#    consistency({"A": model, "B": other}, X, y, cv=10, n_seeds=3).is_better("B", "A")
#
# When it helps, and when not
# ---------------------------
# - Before you replace a model, publish a difference, or promise a worst case. It costs splits
#   times seeds fits.
# - Not within a search: there, compare hundreds of settings roughly, and the last two or three in
#   this way.
# - A seed that was chosen because it scored best is a leak (page 2). Report the mean, and use an
#   ensemble.
# - ``refit=OneStandardError(...)`` of a search takes the simplest setting that is as good within
#   the noise, and ``MeanMinusSpread()`` the steady one.
# - Calibration matters where probabilities are used: costs, thresholds, ranking (page 11). For the
#   most probable class alone it does not.
#
# Exercises
# ---------
# **1.** Model B has a seed spread of 0.03. What would the spread of the mean of ten such models
# be, if their errors were independent? Compare with C.
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    The standard deviation falls by :math:`\sqrt{10}`, to 0.009. C has about that, or less: what a
#    vote decides does not change with every probability.
#
# **2.** What would the plain t-test of the differences say, without the correction of Nadeau and
# Bengio?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    .. code-block:: python
#
#        from scipy.stats import ttest_rel
#
#        means = {name: found.scores.mean(axis=1) for name, found in report.models.items()}
#        for first, second, *_, p, _ in report.pairs:
#            print(first, second, ttest_rel(means[first], means[second]).pvalue, p)
#
#    Its p-values are 0.04, 0.01 and 0.002: it would call all three differences real, since it
#    takes ten splits that share most of their rows for ten independent experiments. With two
#    models of equal quality it raises a false alarm in about one case of five instead of one of
#    twenty.
#
# References
# ----------
# - C. Nadeau, Y. Bengio (2003). *Inference for the generalization error.* Machine Learning 52,
#   239-281.
# - S. Holm (1979). *A simple sequentially rejective multiple test procedure.* Scandinavian Journal
#   of Statistics 6, 65-70.
# - X. Bouthillier et al. (2021). *Accounting for variance in machine learning benchmarks.* MLSys.
#   arXiv:2103.03098.
# - C. Guo, G. Pleiss, Y. Sun, K. Weinberger (2017). *On calibration of modern neural networks.*
#   ICML. arXiv:1706.04599.
# - L. Breiman, J. Friedman, R. Olshen, C. Stone (1984). *Classification and Regression Trees*,
#   section 3.4.3.

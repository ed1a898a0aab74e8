r"""
11. A whole project: from the question to the report
====================================================

**The question.** A real table, 569 tumours of the breast: thirty measurements of cell nuclei under
the microscope, and whether the tumour was malignant. A model is to say which ones a doctor should
look at again. How does one get from the table to a number that one can stand by? Each decision is
explained, with the page that it comes from.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune import BayesSearchCV, MLPClassifier, consistency, diagnose, train_dev_test_split

# sphinx_gallery_thumbnail_number = 2

# %%
# The formula
# -----------
# **First decision: what is an error worth?** A missed tumour is worse than a false alarm; the
# hospital says ten times. With the costs :math:`c_\text{miss} = 10` and
# :math:`c_\text{alarm} = 1`, and the probability :math:`p` of a malignant tumour, an alarm is
# cheaper than silence where
#
# .. math::
#
#    (1 - p)\, c_\text{alarm} < p\, c_\text{miss}
#    \quad\Longleftrightarrow\quad
#    p > \frac{c_\text{alarm}}{c_\text{alarm} + c_\text{miss}} = \frac{1}{11} .
#
# So probabilities are needed that can be trusted down to 0.09, and the networks are compared by
# the log-loss, which rewards honest probabilities. The accuracy would only look at 0.5.
#
# **Second decision: the parts** (page 2). A fifth of the rows is put aside for the end. The rest
# is used in cross-validation, since 569 rows are few. Each row is another patient, so no groups
# are needed; both parts get their share of malignant tumours.
cancer = load_breast_cancer()
is_malignant = (cancer.target == 0).astype(int)
parts = train_dev_test_split(
    cancer.data, is_malignant, dev_size=0.2, test_size=0.2, stratify=True, random_state=0
)
X, X_test = np.vstack(parts[:2]), parts[2]
y, y_test = np.hstack(parts[3:5]), parts[5]

# %%
# **Third decision: a baseline.** Without one, no number means anything; a logistic regression
# takes one line. **Fourth decision: a first network.** The columns differ a thousandfold in scale,
# so a scaler goes into the pipeline (page 7), where it cannot leak (page 2). One hidden layer, the
# rate from page 5. What is wrong with it? (Page 3.)
baseline = make_pipeline(StandardScaler(), LogisticRegression())
epochs = {"max_iter": 30, "n_iter_no_change": np.inf, "batch_size": 32, "random_state": 0}
network = make_pipeline(StandardScaler(), MLPClassifier((32,), learning_rate_init=0.01, **epochs))
print(diagnose(network, X, y, cv=3, scoring="neg_log_loss", random_state=0))

# %%
# Its error on new rows is twice that of a linear model: it overfits, and ``diagnose`` says what to
# change.
#
# **Fifth decision: what to search** (page 9). What was named: penalty, dropout and size (page 6),
# and the rate, which always matters. Twenty trials, by the log-loss, because that is what we
# decided to care about.
space = {
    "mlpclassifier__alpha": loguniform(1e-3, 30),
    "mlpclassifier__dropout": uniform(0, 0.6),
    "mlpclassifier__learning_rate_init": loguniform(1e-3, 1e-1),
    "mlpclassifier__hidden_layer_sizes": [(8,), (32,), (128,)],
}
search = BayesSearchCV(network, space, n_iter=20, scoring="neg_log_loss", random_state=0).fit(X, y)
print({name.split("__")[1]: value for name, value in search.best_params_.items()})

# %%
# The search raised the penalty and the dropout, as the diagnosis had said. **Sixth decision: is it
# better, or was it the split?** (Page 10.) Ten splits, three seeds, all three models.
models = {"baseline": baseline, "first network": network, "tuned network": search.best_estimator_}
report = consistency(models, X, y, n_seeds=3, scoring="neg_log_loss", random_state=0)
figure, ax = plt.subplots(figsize=(8, 2.4), layout="constrained")
for place, found in enumerate(report.models.values()):
    ax.plot(-found.scores.mean(axis=1), np.full(len(found.scores), place), "o", alpha=0.5)
    ax.plot(-np.median(found.scores), place, "|", ms=20, mew=3, color="tab:red")
ax.set_yticks(range(3), list(models))
ax.set(xlabel="log-loss of each split, and the median of all fits", ylim=(-0.5, 2.5))
print(report)

# %%
# On these splits the tuned network has less loss than the first one, most of all where a split is
# hard. It is *not* better than the logistic regression: on this table a linear model is enough.
# With ten splits of 91 rows no difference is significant. Somebody who had left out the baseline
# would now praise a network. We keep both and say so; of two models that are equally good, the
# simpler one goes into use.
#
# The picture: the threshold
# --------------------------
# **Seventh decision: when to raise the alarm.** The formula says at 1/11. Predictions on unseen
# rows, from a cross-validation of the training rows, show what each threshold would have cost.
unseen = cross_val_predict(search.best_estimator_, X, y, cv=5, method="predict_proba")[:, 1]
thresholds = np.geomspace(0.005, 0.9, 60)
costs = [np.mean(np.where(y == 1, 10 * (unseen < t), unseen >= t)) for t in thresholds]
figure, ax = plt.subplots(figsize=(7, 3), layout="constrained")
ax.semilogx(thresholds, costs)
ax.axvline(1 / 11, color="tab:red", ls=":", label="1/11, by the formula")
ax.axvline(0.5, color="grey", ls=":", label="0.5, the default")
ax.set(xlabel="threshold", ylabel="cost per patient")
ax.legend()

# %%
# From 0.05 to 0.5 the cost is low and about the same, and the formula's threshold lies there; the
# bumps are single tumours, which cost ten each. Beyond 0.5 the cost soars, because tumours are
# missed; far to the left the false alarms add up.
#
# **The last step: the test rows, once.** Nothing is chosen by them any more. Rows of each table
# are benign and malignant, columns silence and alarm.
for name, model in {"baseline": baseline.fit(X, y), "tuned network": search}.items():
    alarm = model.predict_proba(X_test)[:, 1] > 1 / 11
    print(name, *confusion_matrix(y_test, alarm))

# %%
# That is the report: all 43 malignant tumours among the 114 are found, at the price of eight or
# nine false alarms, with a threshold that follows from a stated cost. And what one cannot know
# from it: with 43 malignant rows, a share of misses of up to :math:`3 / 43 = 7\,\%` is compatible
# with having seen none (the *rule of three*).
#
# The one line
# ------------
# All of it in one page, with pictures of the search, for those who were not there:
#
# .. code-block:: python
#
#    search_report(search, "report.html")
#
# From a CSV file, the whole path is one command, ``sknn-tune fit tumours.csv --target malignant``.
#
# When it helps, and when not
# ---------------------------
# The order of the decisions is the same in every project: cost, parts, baseline, diagnosis,
# search, comparison, threshold, test. What changes is the effort. If the baseline is good enough,
# stop there. If ``diagnose`` names the noise, collect other columns instead of searching. If the
# table is larger and has categories or missing values, start with ``TabularMLPClassifier``, which
# decides most of this by itself.
#
# Exercises
# ---------
# **1.** The hospital corrects itself: a missed tumour is a hundred times worse than a false alarm.
# What changes, and what does not?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    Only the threshold, :math:`1 / 101`. The network, its search and its comparison used the
#    log-loss, which knows no cost. That is the advantage of honest probabilities.
#
#    .. code-block:: python
#
#        alarm = search.predict_proba(X_test)[:, 1] > 1 / 101
#        print(confusion_matrix(y_test, alarm))
#
# **2.** Does a mean of ten tuned networks (page 8) do better than one?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    .. code-block:: python
#
#        from sklearn.ensemble import BaggingClassifier
#
#        pair = {"one": search.best_estimator_}
#        pair["ten"] = BaggingClassifier(search.best_estimator_, 10, bootstrap=False)
#        print(consistency(pair, X, y, n_seeds=3, scoring="neg_log_loss", random_state=0))
#
#    A little: the log-loss falls from 0.102 to 0.094, that of the logistic regression, and the
#    spread over seeds from 0.020 to 0.006. The difference is not significant, but steadiness is
#    worth something by itself.
#
# References
# ----------
# - W. Street, W. Wolberg, O. Mangasarian (1993). *Nuclear feature extraction for breast tumor
#   diagnosis.* SPIE 1905, 861-870 (the table).
# - \C. Elkan (2001). *The foundations of cost-sensitive learning.* IJCAI.
# - J. Hanley, A. Lippman-Hand (1983). *If nothing goes wrong, is everything all right?* JAMA 249,
#   1743-1745 (the rule of three).
# - D. Hand (2006). *Classifier technology and the illusion of progress.* Statistical Science 21,
#   1-14.

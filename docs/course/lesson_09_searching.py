r"""
9. Searching: where to try next
===============================

**The question.** Half a dozen hyperparameters, and each trial costs a training. How do you find a
good setting with few trials? By hand one moves one hyperparameter at a time, which fails where they
depend on each other (page 1). This page compares what a machine can do: a grid, random draws, and a
model that learns from the trials before.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    StratifiedShuffleSplit,
    cross_val_score,
)

from sknn_tune import (
    BayesianOptimizer,
    BayesSearchCV,
    ImportanceDisplay,
    MLPClassifier,
    SurrogateDisplay,
    hidden_layers,
)

# %%
# The formula
# -----------
# **Grid against random.** A grid of :math:`n` trials in :math:`d` dimensions sees only
# :math:`n^{1/d}` values of each. If only one hyperparameter matters, and one never knows which,
# the other trials are repetitions. Random draws see :math:`n` values of each. And if a share
# :math:`q` of the space is good, then :math:`n` of them miss it with probability
# :math:`(1 - q)^n`: with 60 draws, 5 % of the space are found with a probability of 95 %, in any
# dimension.
#
# **Bayesian search** makes a model of the score from the trials so far, a Gaussian process. For
# any setting :math:`x` it gives a mean :math:`m(x)` and an uncertainty :math:`s(x)`: small near
# trials, large where nobody looked. The next trial is where the *expected improvement* over the
# best so far, :math:`m^*`, is largest:
#
# .. math::
#
#    \operatorname{EI}(x) = E\,\max(f(x) - m^*, 0)
#    = s(x)\,\left(z\,\Phi(z) + \phi(z)\right), \qquad z = \frac{m(x) - m^*}{s(x)} ,
#
# with :math:`\phi` and :math:`\Phi` the density and the distribution function of the normal
# distribution. It is large where the mean is high (*exploit*) or the uncertainty is (*explore*).
#
# **Saving resources.** A bad setting shows after a few epochs. Give all a little, stop the worse
# ones, and give the rest more (*halving*): with the factor 3 and 1, 3, 9 epochs, 27 settings cost
# 27 + 9 · 2 + 3 · 6 = 63 epochs instead of 243.
#
# The picture: grid and random
# ----------------------------
# Sixteen trials each, over the rate, which matters, and the penalty, which hardly does here.
# Above, where they lie; below, the same trials seen from the side of the rate.
X, y = load_digits().data[:600].astype(np.float32) / 16, load_digits().target[:600]
network = MLPClassifier((32,), batch_size=32, max_iter=10, n_iter_no_change=np.inf, random_state=0)


def score(rate, alpha=1e-4):
    """Negative log-loss over three folds: larger is better."""
    model = clone(network).set_params(learning_rate_init=rate, alpha=alpha)
    return cross_val_score(model, X, y, cv=3, scoring="neg_log_loss").mean()


grid = np.reshape(np.meshgrid([1e-4, 2e-3, 4e-2, 1], [1e-5, 2e-4, 5e-3, 0.1]), (2, 16))
draws = 10 ** np.random.RandomState(3).uniform([[-4], [-5]], [[0], [-1]], (2, 16))
figure, axes = plt.subplots(2, 2, figsize=(9, 4.4), sharex=True, layout="constrained")
for (above, below), trials in zip(axes.T, (grid, draws), strict=True):
    scores = [score(rate, alpha) for rate, alpha in trials.T]
    above.loglog(*trials, "o")
    below.plot(trials[0], scores, "o")
    below.plot(trials[0, np.argmax(scores)], max(scores), "*", ms=14, color="tab:red")
    below.set(xlabel="learning rate", ylim=(-2.5, 0))
axes[0, 0].set(title="grid", ylabel="alpha")
axes[0, 1].set_title("random")
axes[1, 0].set_ylabel("score")

# %%
# The grid has paid for sixteen trials and seen four rates; two of them are of no use, and the hill
# between the others is anybody's guess. The random draws have seen sixteen rates and show the
# whole hill, with several trials near its top. It would be the same for any number of further
# hyperparameters that do not matter, where a grid of four values each needs 64, 256, 1024 trials.
#
# The picture: Bayesian search, step by step
# ------------------------------------------
# The rate only. Three trials first (grey), then four more, one panel each. Blue: what the model
# believes, mean and two standard deviations. Dotted: the truth, which the search does not know.
# Orange: the expected improvement; where it is largest, the next trial goes (red).
line = np.geomspace(1e-4, 1, 60)
truth = [score(rate) for rate in line[::4]]


def draw_beliefs(above, below, optimizer, params):
    """What the optimizer believes of each rate, and where it tries next."""
    candidates = [{"rate": rate} for rate in line]
    mean, std = optimizer.surrogate_.predict(candidates)
    above.plot(line[::4], truth, ":", color="grey")
    above.semilogx(line, mean)
    above.fill_between(line, mean - 2 * std, mean + 2 * std, alpha=0.2)
    tried = [(trial.params["rate"], trial.score) for trial in optimizer.trials]
    above.plot(*np.transpose(tried), "o", color="grey")
    below.plot(line, optimizer.expected_gain(candidates), color="tab:orange")
    for ax in (above, below):
        ax.axvline(params["rate"], color="tab:red", lw=1)
    above.set(title=f"trial {len(tried) + 1}", ylim=(-4, 1))
    below.set(xlabel="learning rate", yticks=[], ylim=(0, None))


optimizer = BayesianOptimizer({"rate": loguniform(1e-4, 1)}, random_state=1)
figure, axes = plt.subplots(2, 4, figsize=(10, 4.6), sharex=True, layout="constrained")
for column in [None, None, None, *axes.T]:
    params = optimizer.ask()
    if column is not None:
        draw_beliefs(*column, optimizer, params)
    optimizer.tell(params, score(**params))
axes[0, 0].set_ylabel("score")
axes[1, 0].set_ylabel("expected improvement")

# %%
# After three trials that are near each other the model is wrong about the ends: nothing there
# speaks against them. The fourth trial looks beside the best. Then the expected improvement is
# largest where nobody has looked: the next two trials go to the ends, and the model learns the
# hill. After that little is left to gain but next to the best. A model that is wrong where nobody
# looked does no harm, as long as it knows that it does not know.
#
# The picture: the same budget
# ----------------------------
# Now in earnest: layers, rate, penalty, dropout, and the solver, with the momentum that only
# ``sgd`` has. A list of dicts is a *conditional space*: each dict is a branch with its own
# parameters, and what branches share is learned together. The solver is a *categorical parameter*:
# words, without an order. The budget is 24 trials of ten epochs. The search with a ``resource``
# gets three fifths of these epochs; it starts more trials with one epoch and stops most early.
base = {
    "hidden_layer_sizes": hidden_layers((1, 3), (16, 128)),
    "learning_rate_init": loguniform(1e-4, 1),
    "alpha": loguniform(1e-5, 10),
    "dropout": uniform(0, 0.6),
}
space = [base | {"solver": ["adam"]}, base | {"solver": ["sgd"], "momentum": uniform(0.5, 0.49)}]
table = {
    "learning_rate_init": [1e-3, 1e-2, 0.1],
    "alpha": [1e-4, 0.1],
    "dropout": [0, 0.2, 0.4, 0.6],
}


def searches(seed):
    """Four searches on the same splits."""
    rules = {"cv": StratifiedShuffleSplit(3, random_state=seed), "scoring": "neg_log_loss"}
    return [
        GridSearchCV(network, table, **rules),
        RandomizedSearchCV(network, space, n_iter=24, random_state=seed, **rules),
        BayesSearchCV(network, space, n_iter=24, random_state=seed, **rules),
        BayesSearchCV(network, space, n_iter=60, resource="max_iter", random_state=seed, **rules),
    ]


found = [[search.fit(X, y) for search in searches(seed)] for seed in range(5)]
figure, ax = plt.subplots(figsize=(8, 3), layout="constrained")
losses = [[-search.best_score_ for search in group] for group in found]
ax.boxplot(np.array(losses), orientation="horizontal", whis=(0, 100))
ax.set_yticks(range(1, 5), ["grid", "random", "Bayesian", "with a resource"])
ax.set(xlabel="log-loss of the winner over three splits; five seeds: range, quartiles, median")

# %%
# The grid and the random search are about level: the grid varies only the hyperparameters that
# matter, over values that were well chosen; the random search pays for more hyperparameters with
# fewer looks at each. The Bayesian search reaches a lower loss with the same trials, and the one
# with a resource the lowest, with fewer epochs: it has looked at 30 to 40 settings instead of 24.
# The boxes overlap, and they are wide because the splits differ from seed to seed.
#
# What the search believes afterwards
# -----------------------------------
# The model is still there after a search, and can be asked. On the left, how much of the variation
# of the score over the whole space is due to each hyperparameter; on the right, what is expected
# along the rate, with the others as in the winner.
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
ImportanceDisplay.from_search(found[0][2], ax=left)
SurrogateDisplay.from_search(found[0][2], ["learning_rate_init"], ax=right)

# %%
# Twenty-four trials are few for six hyperparameters (the branch is the choice between the two
# dicts): the bars are faint, and the title says so. Believe the order of the bars only after a
# hundred. The rate is known well near the winner, where most trials were made, and hardly at all
# elsewhere: the search did not waste trials there.
#
# The one line
# ------------
# .. code-block:: python
#
#    BayesSearchCV(network, space, n_iter=24, scoring="neg_log_loss").fit(X, y).best_params_
#
# ``BayesSearchCV(network, "auto")`` makes the space itself; ``resource="max_iter"`` saves epochs.
#
# When it helps, and when not
# ---------------------------
# - **By hand**, first, for the rate: five values on a logarithmic scale, one look at the curves
#   (page 5).
# - **A grid** for one or two hyperparameters of which you know good values, and for a complete
#   table.
# - **Random** for many workers at once, and for fits of milliseconds.
# - **Bayesian** for 20 to 200 trials of fits that cost seconds or more.
# - **A resource** where a few epochs tell who is bad. It errs where good settings start slowly,
#   such as small rates.
# - None of them, where settings differ by less than the noise of the score (page 10). And the best
#   score of a search is too good (page 2): measure the winner on test rows.
#
# Exercises
# ---------
# **1.** How many random trials find a setting among the best 10 % with a probability of 99 %? How
# many would a grid in five dimensions need to have three values of each?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    :math:`0.9^n \le 0.01` gives :math:`n = \log 0.01 / \log 0.9 = 44`. The grid needs
#    :math:`3^5 = 243`.
#
# **2.** In the strip, where would a search look that always tries the largest mean, without regard
# to the uncertainty?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    .. code-block:: python
#
#        greedy = BayesianOptimizer({"rate": loguniform(1e-4, 1)}, random_state=1)
#        for step in range(7):
#            params = greedy.ask()
#            if step >= 3:
#                mean, std = greedy.surrogate_.predict([{"rate": rate} for rate in line])
#                params = {"rate": line[np.argmax(mean)]}
#            greedy.tell(params, score(**params))
#            print(step, params, greedy.best_score_)
#
#    Next to the best, and in the end at the same place again and again. If the top is there, it
#    has saved trials; if it is not, it will never find out. Exploring is the price for knowing.
#
# References
# ----------
# - J. Bergstra, Y. Bengio (2012). *Random search for hyper-parameter optimization.* JMLR 13,
#   281-305.
# - D. Jones, M. Schonlau, W. Welch (1998). *Efficient global optimization of expensive black-box
#   functions.* Journal of Global Optimization 13, 455-492.
# - J. Snoek, H. Larochelle, R. Adams (2012). *Practical Bayesian optimization of machine learning
#   algorithms.* NIPS.
# - L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh, A. Talwalkar (2018). *Hyperband: a novel
#   bandit-based approach to hyperparameter optimization.* JMLR 18(185), 1-52.
# - F. Hutter, H. Hoos, K. Leyton-Brown (2014). *An efficient approach for assessing hyperparameter
#   importance.* ICML.

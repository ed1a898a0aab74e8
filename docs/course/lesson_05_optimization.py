r"""
5. Optimization: how to walk downhill
=====================================

**The question.** The gradient says which way is downhill. How long should a step be, from how many
rows should its direction come, and should it remember the steps before? This is where most
trainings fail, and where the largest gains are.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes, load_digits
from sklearn.preprocessing import scale

from sknn_tune import Cosine, MLPClassifier, MLPRegressor

# %%
# The formula
# -----------
# With :math:`g_t` the gradient of the loss of the batch, :math:`\eta` the rate, and all operations
# element by element:
#
# - ``sgd``: :math:`w \leftarrow w - \eta\, g_t`.
# - ``sgd`` with **momentum**: :math:`v \leftarrow \mu v - \eta\, g_t`, then
#   :math:`w \leftarrow w + v`. It averages the directions of the last :math:`1 / (1 - \mu)` steps:
#   what points back and forth cancels out, what points ahead adds up.
# - **Nesterov**: the same :math:`v`, then :math:`w \leftarrow w + \mu v - \eta\, g_t`. It takes
#   the next step of the momentum in advance, and so brakes earlier.
# - ``rmsprop``: :math:`s \leftarrow \beta_2 s + (1 - \beta_2)\, g_t^2`, then
#   :math:`w \leftarrow w - \eta\, g_t / \sqrt{s}`. Each weight's step is divided by the size of
#   its recent gradients, so weights with small gradients move as fast as the others.
# - ``adam``: momentum and RMSprop together, :math:`m \leftarrow \beta_1 m + (1 - \beta_1)\, g_t`,
#   then :math:`w \leftarrow w - \eta\, \hat m / \sqrt{\hat s}`. The hats correct for the start
#   from 0.
#
# ``adagrad`` sums all squares since the start, so its steps become ever shorter; ``nadam`` is Adam
# that looks ahead; ``amsgrad`` never lets :math:`s` shrink; ``adamw`` shrinks the weights beside
# the step (page 6).
#
# The picture: a ravine
# ---------------------
# A network without hidden layers has a weight for each column, so its loss can be drawn as a map.
# Two columns of the diabetes table, of which one is measured in units six times as large: a
# ravine, steep across and nearly flat along. From the origin, forty steps each. (``partial_fit``
# with the full batch is one step.)
table = load_diabetes()
columns, target = scale(table.data[:, [2, 3]]) * [1.5, 0.25], scale(table.target)


def path(batch, **settings):
    """Weights after each of forty steps."""
    model = MLPRegressor(hidden_layer_sizes=(), zero_output=True, batch_size="full", **settings)
    random, points = np.random.RandomState(0), [np.zeros(2)]
    for _ in range(40):
        rows = random.choice(len(target), batch, replace=False)
        points.append(model.partial_fit(columns[rows], target[rows]).coefs_[0].ravel().copy())
    return np.transpose(points)


def draw_map(ax, title, **settings):
    """The loss as a map, and a path on it."""
    w = np.meshgrid(np.linspace(-0.15, 0.75, 80), np.linspace(-0.3, 2.2, 80))
    loss = sum((columns[:, 0] * w[0][..., None] + columns[:, 1] * w[1][..., None] - target).T ** 2)
    ax.contour(*w, loss.T, levels=np.geomspace(loss.min() * 1.003, loss.max(), 14), cmap="Blues_r")
    ax.plot(*path(**settings), "o-", ms=3, color="tab:red")
    ax.set(title=title, xlim=(-0.15, 0.75), ylim=(-0.3, 2.2))


figure, axes = plt.subplots(2, 4, figsize=(10, 5), sharex=True, sharey=True, layout="constrained")
plain = {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.3}
heavy = {"solver": "sgd", "momentum": 0.8, "learning_rate_init": 0.3}
draw_map(axes[0, 0], "all 442 rows", batch=442, **plain)
draw_map(axes[0, 1], "batches of 64", batch=64, **plain)
draw_map(axes[0, 2], "batches of 8", batch=8, **plain)
draw_map(axes[0, 3], "batches of 8, rate / 10", batch=8, **plain | {"learning_rate_init": 0.03})
draw_map(axes[1, 0], "momentum", batch=442, nesterovs_momentum=False, **heavy)
draw_map(axes[1, 1], "Nesterov", batch=442, **heavy)
draw_map(axes[1, 2], "rmsprop", batch=442, solver="rmsprop", learning_rate_init=0.05, beta_2=0.9)
draw_map(axes[1, 3], "adam", batch=442, solver="adam", learning_rate_init=0.1)

# %%
# - **Full batch, then smaller ones.** With all rows the path is smooth. With batches of 8 the
#   gradient is mostly noise, and with the same rate the path never settles; a tenth of the rate
#   calms it, and makes it slow. But a step with 8 rows costs a fiftieth of one with all.
# - **Plain steps** fall into the ravine at once and then creep along it: a rate that is right
#   across is too small along.
# - **Momentum** swings from wall to wall and still arrives, because what points along adds up.
#   **Nesterov** brakes before the wall.
# - **rmsprop and adam** head for the minimum from the first step on, adam with a swing: they make
#   up for the different units. (Scaling the columns would have done that as well. In deeper layers
#   nobody can scale for you.)
#
# On real data: which solver?
# ---------------------------
# The digits, two hidden layers of 64 units. Comparing solvers at one rate compares rates, so each
# is shown at the best of six. Here and below: five seeds, their median and their range.
X, y = load_digits().data.astype(np.float32) / 16, load_digits().target


def losses(layers, **settings):
    """Training losses of ten epochs for five seeds."""
    model = MLPClassifier((64,) * layers, max_iter=10, n_iter_no_change=np.inf, **settings)
    return [model.set_params(random_state=seed).fit(X, y).loss_curve_ for seed in range(5)]


def draw_curves(ax, curves, label):
    """Median and range over the seeds."""
    epochs = np.arange(1, 11)
    ax.plot(epochs, np.median(curves, axis=0), label=label)
    ax.fill_between(epochs, np.min(curves, axis=0), np.max(curves, axis=0), alpha=0.15)
    ax.set(xlabel="epoch", yscale="log")
    ax.legend(fontsize=8)


rates = [1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1]
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10, 3.6), layout="constrained")
for solver in ("sgd", "adagrad", "rmsprop", "adam", "nadam"):
    tried = {r: losses(2, solver=solver, learning_rate_init=r, batch_size=32) for r in rates}
    best = min(tried, key=lambda rate: np.median(tried[rate], axis=0)[-1])
    draw_curves(left, tried[best], f"{solver}, {best:g}")
    if solver == "adam":
        for rate in (1e-3, 1e-2, 1e-1):
            draw_curves(middle, tried[rate], f"{rate:g}")
options = {
    "constant": {},
    "clip_norm=1": {"clip_norm": 1.0},
    "Cosine()": {"learning_rate": Cosine()},
    "Cosine(warmup=0.2)": {"learning_rate": Cosine(warmup=0.2)},
    "both": {"learning_rate": Cosine(warmup=0.2), "clip_norm": 1.0},
}
for label, option in options.items():
    draw_curves(right, losses(6, learning_rate_init=0.02, batch_size=32, **option), label)
left.set(title="solvers, each at its best rate", ylabel="training loss")
middle.set_title("adam at three rates")
right.set_title("six layers, adam, rate 0.02")

# %%
# - **Left**: at their best rates the solvers are close, and their bands overlap. Their best
#   *rates* are up to a factor of thirty apart. Adam's merit is that 0.001 to 0.01 is right for
#   most networks.
# - **Middle**: too small, right, too large. A rate that is too small gives a smooth curve that is
#   not done when the epochs are used up; one that is too large falls at first, and then stays
#   high.
# - **Right**: what a schedule is worth. The rate is too large for a network of six layers.
#   **Clipping**, which shortens a gradient of a norm above 1 to 1, avoids the worst steps. A
#   **cosine** lets the rate fall to 0: large steps at first, small ones to settle. **Warm-up**
#   lets it rise over the first fifth, while Adam's averages are still those of a few steps. They
#   add up.
#
# Batch size against rate
# -----------------------
# Each cell is the median loss after ten epochs, by the logarithm: the darker the better.
sizes = [8, 16, 32, 64, 128, 256]
table = [
    [np.median(losses(2, batch_size=b, learning_rate_init=r), axis=0)[-1] for r in rates[:5]]
    for b in sizes
]
figure, ax = plt.subplots(figsize=(5.5, 3.6), layout="constrained")
image = ax.imshow(np.log10(table), cmap="viridis", aspect="auto")
ax.set_xticks(range(5), rates[:5])
ax.set_yticks(range(6), sizes)
ax.set(xlabel="learning rate of adam", ylabel="batch size")
ax.plot(np.argmin(table, axis=1), range(6), "o", color="tab:red")
ax.set_title("red: the best rate of each batch size")
figure.colorbar(image, label="log10 of the training loss")

# %%
# The good region lies on a diagonal: **larger batches want larger rates**. Their gradient is less
# noisy, so it can be trusted further, and they make fewer steps, so they must be longer. Tune the
# two together.
#
# The one line
# ------------
# .. code-block:: python
#
#    MLPClassifier(
#        solver="adam", learning_rate_init=0.003, batch_size=32,
#        learning_rate=Cosine(warmup=0.1), clip_norm=1.0,
#    )
#
# When it helps, and when not
# ---------------------------
# - The **rate** always matters: search it on a logarithmic scale, before anything else.
# - A **schedule** that falls to 0 nearly always helps, if you know how many epochs you can pay
#   for. With early stopping keep the rate constant, since nobody knows where it will stop.
# - **Warm-up and clipping** help deep networks and large rates. At a modest rate they change
#   nothing.
# - **Small batches** learn more from each epoch, large ones are faster on many cores.
# - With fewer than a thousand rows try ``solver="lbfgs"``, which has no rate at all.
# - A lower training loss is not yet a better network: page 6.
#
# Exercises
# ---------
# **1.** Plain gradient descent on :math:`L(w) = \tfrac{a}{2} w^2` multiplies :math:`w` by a number
# in each step. Which one, and for which rates does it diverge? What does that say about the
# ravine, whose steepest direction has :math:`a \approx 2.3`?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    The gradient is :math:`a w`, so each step multiplies by :math:`1 - \eta a`. It diverges where
#    :math:`|1 - \eta a| > 1`, for :math:`\eta > 2 / a \approx 0.87`. The flat direction has
#    :math:`a \approx 0.05`, and even with the largest rate that is allowed, each step covers only
#    4 % of the way that is left. The ratio of the two is the *condition number*.
#
#    .. code-block:: python
#
#        print(np.linalg.eigvalsh(columns.T @ columns / 442))
#
# **2.** Which is better in six layers at the *right* rate: constant, or the cosine with warm-up?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    .. code-block:: python
#
#        for rate in (0.001, 0.003):
#            for schedule in ("constant", Cosine(warmup=0.2)):
#                found = losses(6, learning_rate_init=rate, learning_rate=schedule, batch_size=32)
#                print(rate, schedule, np.median(found, axis=0)[-1])
#
#    At 0.003 the cosine wins by a factor of three: a rate that is right at the start is too large
#    at the end. At 0.001 it loses: the rate was small already, and falling makes it smaller still.
#    A schedule wants a larger first rate than a constant one.
#
# References
# ----------
# - B. Polyak (1964). *Some methods of speeding up the convergence of iteration methods.* USSR
#   Computational Mathematics and Mathematical Physics 4(5), 1-17.
# - I. Sutskever, J. Martens, G. Dahl, G. Hinton (2013). *On the importance of initialization and
#   momentum in deep learning.* ICML.
# - \D. Kingma, J. Ba (2015). *Adam: a method for stochastic optimization.* ICLR. arXiv:1412.6980.
# - R. Pascanu, T. Mikolov, Y. Bengio (2013). *On the difficulty of training recurrent neural
#   networks.* ICML. arXiv:1211.5063 (clipping).
# - I. Loshchilov, F. Hutter (2017). *SGDR: stochastic gradient descent with warm restarts.* ICLR.
#   arXiv:1608.03983.
# - P. Goyal et al. (2017). *Accurate, large minibatch SGD: training ImageNet in 1 hour.*
#   arXiv:1706.02677.

r"""
1. What is a hyperparameter?
============================

**The question.** Which numbers of a network does the training find, and which ones do you have to
choose before it can start? The first are called *parameters*, the second *hyperparameters*. This
page fits one network, looks at both kinds, and shows how much each choice matters.

The data are images of handwritten digits, 8 by 8 pixels, that come with scikit-learn. An image is
a row of 64 numbers; the network says which of the ten digits it shows.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknn_tune import MLPClassifier

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)

# %%
# The formula
# -----------
# A layer multiplies its input by a matrix, adds a vector, and bends the result. With the image
# :math:`h_0 = x`,
#
# .. math::
#
#    h_\ell = \varphi(h_{\ell-1} W_\ell + b_\ell), \qquad \ell = 1, \ldots, L .
#
# The last layer turns ten scores into ten probabilities :math:`p_k` by the softmax,
# :math:`p_k = e^{s_k} / \sum_j e^{s_j}`. Training makes the *loss* small, which is the mean of
# :math:`-\log p_{y}` over the training rows: how surprised the network is by the right answers. It
# takes many small steps downhill. Each looks at one batch of rows, computes the gradient :math:`g`
# of the loss (the direction in which it grows fastest), and moves the other way. The step
# :math:`v` keeps a share :math:`\mu` of the step before it:
#
# .. math::
#
#    v \leftarrow \mu v - \eta\, g, \qquad w \leftarrow w + v .
#
# - **Parameters** are the entries of all :math:`W_\ell` and :math:`b_\ell`, written :math:`w`
#   above. Training finds them.
# - **Hyperparameters of the model** say which formula is trained: the number of layers (*depth*),
#   the number of units in each (*width*), and the *activation* :math:`\varphi`.
# - **Hyperparameters of the algorithm** say how it is trained: the *learning rate* :math:`\eta`,
#   the *batch size*, the number of *epochs* (passes over all training rows), the *momentum*
#   :math:`\mu`.
#
# One network, fitted
# -------------------
# Everything that you choose stands in the parentheses. With ``n_iter_no_change=np.inf`` the
# training makes exactly ``max_iter`` epochs.
network = MLPClassifier(
    (32,),
    solver="sgd",
    learning_rate_init=0.01,
    batch_size=32,
    max_iter=20,
    n_iter_no_change=np.inf,
)
network.set_params(random_state=0).fit(X[:1200], y[:1200])
print(sum(w.size for w in network.coefs_ + network.intercepts_), "parameters found")

# %%
# On the left, what training does to the loss. On the right, what it found: the 64 weights into
# each of the first sixteen units, drawn as an image. Red pixels speak for the unit, blue ones
# against it. Nobody wrote these patterns down; they are the parameters. Images that look like noise
# are of units that have hardly left their random first weights.
figure = plt.figure(figsize=(9, 2.7), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=[1, 1.5])
ax = left.subplots()
ax.plot(np.arange(1, 21), network.loss_curve_)
ax.set(xlabel="epoch", ylabel="training loss", yscale="log")
for ax, weights in zip(right.subplots(2, 8).flat, network.coefs_[0].T, strict=False):
    ax.imshow(weights.reshape(8, 8), cmap="RdBu_r", vmin=-0.6, vmax=0.6)
    ax.set_axis_off()

# %%
# The picture
# -----------
# Now change one hyperparameter at a time and leave the others as they are. The score is the
# accuracy on rows that were not trained on. Each setting is trained with five seeds, which change
# the split of the rows and the first weights: the line is the median, the band reaches from the
# worst to the best.
trials = {
    "width": ("hidden_layer_sizes", [(2,), (4,), (8,), (32,), (128,)]),
    "depth": ("hidden_layer_sizes", [(32,) * depth for depth in (1, 2, 4, 8, 16)]),
    "activation": ("activation", ["logistic", "tanh", "relu", "silu"]),
    "learning rate": ("learning_rate_init", [1e-4, 1e-3, 1e-2, 1e-1, 1.0]),
    "batch size": ("batch_size", [8, 32, 128, 512]),
    "epochs": ("max_iter", [1, 3, 10, 30, 100]),
    "momentum": ("momentum", [0.0, 0.5, 0.9, 0.99]),
}


def accuracy(seed, **changed):
    """Share of unseen digits that a network reads correctly."""
    X_train, X_dev, y_train, y_dev = train_test_split(X, y, test_size=0.3, random_state=seed)
    model = clone(network).set_params(random_state=seed, **changed)
    return model.fit(X_train, y_train).score(X_dev, y_dev)


figure, axes = plt.subplots(2, 4, figsize=(10, 4.6), sharey=True, layout="constrained")
axes[0, 3].set_axis_off()
places = [*axes[0, :3], *axes[1]]
for ax, (title, (name, values)) in zip(places, trials.items(), strict=True):
    scores = [[accuracy(seed, **{name: value}) for seed in range(5)] for value in values]
    ax.plot(np.median(scores, axis=1), "o-")
    ax.fill_between(range(len(values)), np.min(scores, axis=1), np.max(scores, axis=1), alpha=0.25)
    labels = [len(v) if title == "depth" else str(v).strip("(),") for v in values]
    ax.set_xticks(range(len(values)), labels, fontsize=8)
    ax.set(title=title, ylim=(0, 1.02))
for row, kind in zip(axes, ("of the model", "of the algorithm"), strict=True):
    row[0].set_ylabel(f"{kind}\naccuracy, dev rows")

# %%
# Three things to see:
#
# - **Most hyperparameters have a wide plateau and a cliff.** A width of 8 is nearly as good as
#   128, a width of 2 is too narrow for ten digits. Eight layers are nearly as good as one; sixteen
#   of this kind hardly train at all. Pages 4 and 7 say why, and what to do.
# - **The learning rate has a cliff on both sides.** Too small, and twenty epochs are not enough;
#   too large, and the steps jump about until nothing is learned: one digit in ten is right, which
#   is what guessing gives. The good range is a factor of ten or more wide, so rates are tried on a
#   logarithmic scale. No other hyperparameter decides as much: tune it first.
# - **They depend on each other.** Large batches and low momentum look bad here only because they
#   make fewer or shorter steps: with a larger rate they catch up (exercise 2). So one cannot tune
#   one hyperparameter after the other and be done; page 9 searches them together.
#
# The one line
# ------------
# Every hyperparameter is an argument of the estimator, and has a default that is a fair start:
#
# .. code-block:: python
#
#    MLPClassifier(hidden_layer_sizes=(64, 32), activation="silu", learning_rate_init=0.003)
#
# When it helps, and when not
# ---------------------------
# Tuning helps when a setting stands on a cliff, and most of the gain is in getting off it. On the
# plateau, the differences are smaller than the band that the seeds draw, and no search can find
# what is not there. Then better data help more than better hyperparameters.
#
# Exercises
# ---------
# **1.** How many parameters has a network with 64 inputs, hidden layers of 64 and 32 units, and
# ten outputs? Count first, then check.
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    Each layer has one weight for each pair of units and one bias for each unit:
#    :math:`64 \cdot 64 + 64 + 64 \cdot 32 + 32 + 32 \cdot 10 + 10 = 6570`.
#
#    .. code-block:: python
#
#        network = MLPClassifier((64, 32), max_iter=1, n_iter_no_change=np.inf).fit(X, y)
#        print(sum(w.size for w in network.coefs_ + network.intercepts_))
#
# **2.** A batch size of 512 looks bad in the picture. Give it a learning rate that is larger, and
# see whether it catches up. Why might it?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    .. code-block:: python
#
#        for rate in (0.01, 0.05, 0.2):
#            scores = [accuracy(s, batch_size=512, learning_rate_init=rate) for s in range(5)]
#            print(rate, np.median(scores))
#
#    It does catch up, from 0.75 to 0.96. With 1257 training rows, a batch of 512 leaves 3 steps an
#    epoch where one of 32 makes 40. Fewer steps must be longer ones; and they may be, because the
#    gradient of many rows is less noisy. Page 5 returns to this.
#
# References
# ----------
# - D. Rumelhart, G. Hinton, R. Williams (1986). *Learning representations by back-propagating
#   errors.* Nature 323, 533-536.
# - Y. Bengio (2012). *Practical recommendations for gradient-based training of deep
#   architectures.* arXiv:1206.5533.
# - \I. Goodfellow, Y. Bengio, A. Courville (2016). *Deep Learning*, chapters 6 and 11. MIT Press.

r"""
4. Initialization: how to start
===============================

**The question.** Training moves the weights downhill from where they start. Where should that be?
All at zero looks neutral, and is the one place from which nothing can be learned. Too small, and
the signal dies on its way through the layers; too large, and every unit is saturated.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from sknn_tune import MLPClassifier

# %%
# The formula
# -----------
# Follow the signal through one layer, :math:`z = W^\top h + b`, with :math:`n_\text{in}` inputs
# and weights that are drawn independently around 0. The sum of :math:`n_\text{in}` such terms has
# the variance
#
# .. math::
#
#    \operatorname{Var}(z) = n_\text{in} \operatorname{Var}(w)\; E[h^2] .
#
# If the factor :math:`n_\text{in} \operatorname{Var}(w)` is 0.5, then after twenty layers a
# millionth of the variance is left; if it is 2, it is a million times too large. So the variance
# of the weights should be about :math:`1 / n_\text{in}`. On the way back, the gradient passes the
# same matrix from the other side, which asks for :math:`1 / n_\text{out}`. The rules differ in
# what they make of that:
#
# .. list-table::
#    :header-rows: 1
#
#    * - initializer
#      - :math:`\operatorname{Var}(w)`
#      - made for
#    * - ``lecun``
#      - :math:`1 / n_\text{in}`
#      - ``selu``, and linear units
#    * - ``glorot``
#      - :math:`2 / (n_\text{in} + n_\text{out})`
#      - ``tanh``: the mean of both directions
#    * - ``he``
#      - :math:`2 / n_\text{in}`
#      - ``relu``, which sets half of the signal to 0, and its relatives
#
# Each exists as ``_normal`` and as ``_uniform``. A uniform distribution on :math:`\pm a` has the
# variance :math:`a^2 / 3`, so :math:`a = \sqrt{3 \operatorname{Var}(w)}`. Which of the two makes
# hardly a difference; the variance does.
#
# The picture: twenty layers, before training
# -------------------------------------------
# ``max_iter=0`` draws the first weights and makes no step. Then the layers can be applied by hand,
# one line for each, as in the formula of page 1.
X, y = load_digits().data / 16, load_digits().target
X = (X - X.mean(axis=0)).astype(np.float32)
activations = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}
pairs = [(activation, f"{name}_normal") for activation in activations for name in ("glorot", "he")]


def layers(activation, initializer, seed):
    """Yield what each of twenty layers of 64 units makes of the digits."""
    network = MLPClassifier((64,) * 20, activation=activation, initializer=initializer, max_iter=0)
    network.set_params(random_state=seed).fit(X, y)
    h = X
    for W, b in zip(network.coefs_[:-1], network.intercepts_[:-1], strict=True):
        h = activations[activation](h @ W + b)
        yield h


figure, axes = plt.subplots(4, 4, figsize=(10, 6), layout="constrained")
for row, (activation, initializer) in zip(axes, pairs, strict=True):
    outputs = list(layers(activation, initializer, seed=0))
    limits = (0, 2) if activation == "relu" else (-1, 1)
    for ax, number in zip(row, (1, 5, 10, 20), strict=True):
        ax.hist(outputs[number - 1].ravel(), bins=40, range=limits)
        ax.set(title=f"layer {number}", xticks=np.linspace(*limits, 5)[1:4], yticks=[])
    row[0].set_ylabel(f"{activation}\n{initializer}")

# %%
# - **relu, glorot**: layer by layer the signal shrinks. In layer 20 all units give nearly the
#   same, nearly nothing, for all digits: there is nothing left to tell them apart by.
# - **relu, he**: twice the variance makes up for the half that relu cuts off, and the signal
#   arrives.
# - **tanh, glorot**: near 0, tanh is nearly a straight line, so the factor 1 is nearly right, and
#   the signal shrinks slowly.
# - **tanh, he**: twice the variance spreads the signal up to the ends at -1 and 1, where tanh is
#   flat and passes little gradient back.
#
# The same as numbers, and what it does to the training: five seeds each, their median and range.
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.5), layout="constrained")
for activation, initializer in pairs:
    sizes = [[h.std() for h in layers(activation, initializer, seed)] for seed in range(5)]
    trained = MLPClassifier(
        (64,) * 20, activation=activation, initializer=initializer, batch_size=32
    )
    trained.set_params(max_iter=8, n_iter_no_change=np.inf)
    losses = [trained.set_params(random_state=s).fit(X, y).loss_curve_ for s in range(5)]
    for ax, curves in ((left, sizes), (right, losses)):
        epochs = np.arange(1, len(curves[0]) + 1)
        label = f"{activation}, {initializer}"
        ax.plot(epochs, np.median(curves, axis=0), label=label)
        ax.fill_between(epochs, np.min(curves, axis=0), np.max(curves, axis=0), alpha=0.2)
left.set(xlabel="layer", ylabel="standard deviation of the outputs", yscale="log")
left.set_xticks([1, 5, 10, 15, 20])
right.set(xlabel="epoch", ylabel="training loss", yscale="log")
right.legend()

# %%
# With relu the first weights decide: after eight epochs the network that started with ``he`` has a
# quarter of the loss. With tanh the bands overlap: a signal that shrinks slowly is about as good
# here as one that is a little saturated.
#
# Why not zero?
# -------------
# If all units of a layer start with the same weights, they compute the same, receive the same
# gradient, and remain the same: a layer of 64 units that is worth one. (With zeros it is worse: no
# signal, no gradient, and only the biases of the last layer learn.) Random weights are there to
# break this symmetry. Weights into eight units after training, from equal and from random weights:
figure, axes = plt.subplots(2, 8, figsize=(9, 2.6), layout="constrained")
for row, title in zip(axes, ("equal", "random"), strict=True):
    network = MLPClassifier((8,), initializer="he_normal", learning_rate_init=0.01, random_state=0)
    network.set_params(warm_start=True, max_iter=0).fit(X, y)
    for W in network.coefs_ if title == "equal" else []:
        W[:] = 0.1
    network.set_params(max_iter=60, n_iter_no_change=np.inf).fit(X, y)
    for ax, weights in zip(row, network.coefs_[0].T, strict=True):
        ax.imshow(weights.reshape(8, 8), cmap="RdBu_r", vmin=-1, vmax=1)
        ax.set(xticks=[], yticks=[])
    row[0].set_ylabel(title)
    row[4].set_title(f"accuracy on the training rows: {network.score(X, y):.2f}", fontsize=10)

# %%
# The one line
# ------------
# .. code-block:: python
#
#    MLPClassifier((64,) * 20, activation="relu", initializer="he_normal")
#
# ``initializer="auto"``, the default, is what scikit-learn does: ``glorot_uniform``, with small
# random biases. ``zero_output=True`` starts the *last* layer at 0. That does no harm, since the
# units before it differ, and makes the first predictions neutral.
#
# When it helps, and when not
# ---------------------------
# It decides from about five layers on; with one or two, all of them train. Batch normalization and
# residual connections (page 7) make a network insensitive to its first weights; there the choice
# is no longer important. And inputs must have a spread of about 1 themselves: scale them first, or
# no rule is right for the first layer.
#
# Exercises
# ---------
# **1.** In the picture ``lecun`` and ``glorot`` would look the same. Why? When do they differ?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    All layers have 64 inputs and 64 outputs, so
#    :math:`2 / (n_\text{in} + n_\text{out}) = 1 / n_\text{in}`. They differ where the width
#    changes: from 1000 inputs to 10 units, glorot draws weights of twice the variance.
#
# **2.** The table recommends ``lecun_normal`` for ``selu``. Train twenty layers with
# ``lecun_normal`` and with ``he_normal``. Which is better, and is the difference as large as with
# relu?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    .. code-block:: python
#
#        for initializer in ("lecun_normal", "he_normal"):
#            trained.set_params(activation="selu", initializer=initializer)
#            losses = [trained.set_params(random_state=s).fit(X, y).loss_ for s in range(5)]
#            print(initializer, np.median(losses))
#
#    The loss with ``lecun_normal`` is a third lower. selu pulls a signal of any size back to a
#    standard deviation of 1, so a wrong start is corrected within a few layers and costs less than
#    with relu.
#
# References
# ----------
# - Y. LeCun, L. Bottou, G. Orr, K.-R. Müller (1998). *Efficient BackProp.* In Neural Networks:
#   Tricks of the Trade, Springer.
# - X. Glorot, Y. Bengio (2010). *Understanding the difficulty of training deep feedforward neural
#   networks.* AISTATS.
# - \K. He, X. Zhang, S. Ren, J. Sun (2015). *Delving deep into rectifiers.* ICCV. arXiv:1502.01852.
# - G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter (2017). *Self-normalizing neural
#   networks.* NIPS. arXiv:1706.02515.

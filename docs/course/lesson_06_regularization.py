r"""
6. Regularization: do not believe every row
===========================================

**The question.** A large network memorizes its training rows, wrong ones included, and errs on
others. How do you keep it from that? This page takes one network that overfits and puts six
remedies beside each other.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknn_tune import MLPClassifier

# sphinx_gallery_thumbnail_number = 3

# %%
# The formula
# -----------
# Penalties add to the loss what they want to be small:
#
# .. math::
#
#    L(w) + \frac{\alpha}{S}
#    \left( \frac{1 - r}{2} \lVert w \rVert_2^2 + r \lVert w \rVert_1 \right),
#
# with :math:`\alpha` = ``alpha``, :math:`r` = ``l1_ratio``, and :math:`S` the rows of a batch.
#
# - **L2** (:math:`r = 0`): its gradient is :math:`\alpha w / S`, proportional to the weight. Each
#   step makes all weights smaller by the same share, the large ones by more. Few become exactly 0.
# - **L1** (:math:`r = 1`): its gradient is :math:`\pm \alpha / S`, however small the weight. What
#   the loss does not need is pulled to 0 and stays there: the step is
#   :math:`w \leftarrow \operatorname{sign}(w) \max(|w| - \eta \alpha / S, 0)`.
# - **Dropout**: in each step every unit is left out with probability :math:`p`, and the others are
#   multiplied by :math:`1 / (1 - p)`. No unit can rely on another to correct it. Predictions use
#   all units.
# - **Early stopping**: after each epoch look at rows that are not trained on, and go back to the
#   best epoch. The weights cannot move far from their small first values.
# - **Label smoothing**: the target of the true class is :math:`1 - \varepsilon + \varepsilon / K`
#   instead of 1, that of the others :math:`\varepsilon / K`. The network is never rewarded for
#   being certain.
# - **More data**: where it can be had, the best remedy.
#
# The picture: six remedies
# -------------------------
# Digits, of which one label in five is wrong. The network trains on 400 of them; the error is
# measured on about 1400 others, whose labels are *right*. Whoever reads digits errs by a few
# percent; whoever memorizes wrong labels errs by more.
X, y = load_digits().data.astype(np.float32) / 16, load_digits().target
random = np.random.RandomState(0)
wrong = (y + random.randint(1, 10, len(y))) % 10
noisy = np.where(random.uniform(size=len(y)) < 0.2, wrong, y)
common = {"batch_size": 32, "max_iter": 60, "n_iter_no_change": np.inf}


def fitted(seed, n_rows=400, **settings):
    """A network, its error on training rows, its error on new rows with the right labels."""
    X_train, X_test, z_train, _, _, y_test = train_test_split(
        X, noisy, y, train_size=n_rows, random_state=seed
    )
    model = MLPClassifier((128, 128), random_state=seed, **common | settings).fit(X_train, z_train)
    return model, 1 - model.score(X_train, z_train), 1 - model.score(X_test, y_test)


remedies = {
    "nothing": {},
    "L2": {"alpha": 0.5},
    "L1": {"alpha": 0.04, "l1_ratio": 1.0},
    "dropout": {"dropout": 0.5},
    "early stopping": {"early_stopping": True, "scoring": "loss", "validation_fraction": 0.2},
    "label smoothing": {"label_smoothing": 0.4},
    "three times the rows": {"n_rows": 1200},
    "dropout and L2": {"dropout": 0.5, "alpha": 0.2},
}
models = {name: [fitted(s, **settings) for s in range(7)] for name, settings in remedies.items()}

figure, ax = plt.subplots(figsize=(9, 3.6), layout="constrained")
for place, found in enumerate(models.values()):
    for errors, colour, label in zip(
        np.transpose([f[1:] for f in found]),
        ("grey", "tab:red"),
        ("training rows, wrong labels included", "new rows, right labels"),
        strict=True,
    ):
        ax.plot(np.full(7, place), errors, "o", color=colour, alpha=0.4, label=label)
        ax.plot(place, np.median(errors), "_", color=colour, ms=30, mew=3)
ax.legend(*(part[:2] for part in ax.get_legend_handles_labels()))
ax.set_xticks(range(len(models)), [name.replace(" ", "\n", 1) for name in models])
ax.set(ylabel="error, 7 seeds and their median", ylim=(0, 0.3))

# %%
# Without a remedy the network gets 16 % of the new digits wrong and only 7 % of its training
# labels, of which 20 % *are* wrong: it has memorized most wrong labels. Every remedy lowers the
# red points. Dropout halves the error, L2 and L1 come close. With these three and with early
# stopping, the training error rises to the share of wrong labels or a little above: the network has
# learned the digits and left the mistakes alone. Label smoothing works in another way: wrong labels
# are still learned, but less is made of them. Three times the rows without any remedy help less
# than dropout does here.
#
# What the penalties do to the weights
# ------------------------------------
# The weights of the first layer of one network each. Above, their distribution; below, how much
# weight each pixel has, summed over the units.
shown = {name: models[name][0][0].coefs_[0] for name in ("nothing", "L2", "L1", "dropout")}
figure, axes = plt.subplots(2, 4, figsize=(10, 4.6), layout="constrained")
for (above, below), (name, W) in zip(axes.T, shown.items(), strict=True):
    above.hist(W.ravel(), bins=np.linspace(-0.6, 0.6, 62))
    above.set(title=f"{name}: {np.mean(W == 0):.0%} exactly 0", yscale="log", ylim=(1, 1e4))
    below.imshow(np.abs(W).sum(axis=1).reshape(8, 8), cmap="viridis", vmin=0)
    below.set_axis_off()
axes[0, 0].set_ylabel("weights")

# %%
# - **L2**: a narrow peak, all weights smaller, none exactly 0 except by rounding.
# - **L1**: two of three weights are exactly 0, and the rest are nearly as large as before. The
#   pixels that survive are those where digits differ; the margins on the left and on the right,
#   which are nearly always empty, are switched off. This is how one finds out which columns matter.
# - **Dropout** leaves the weights spread out: it forbids no weight to be large.
#
# The thin peak near 0 without a remedy and with dropout belongs to pixels that are empty in all
# images: no digit needs their weights, so even the small default penalty shrinks them.
#
# Early stopping, seen from the side
# ----------------------------------
# The same network without a remedy, epoch by epoch, and with dropout. The dashed line is the loss
# on rows that are not trained on, whose labels are wrong in one of five as well.
figure, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
for dropout in (0.0, 0.5):
    model = MLPClassifier((128, 128), dropout=dropout, random_state=0, **common)
    model.fit(X[:400], noisy[:400], X_val=X[400:], y_val=noisy[400:])
    (line,) = ax.plot(model.loss_curve_, label=f"training rows, {dropout=}")
    ax.plot(model.validation_loss_curve_, "--", color=line.get_color(), label="other rows")
    best = np.argmin(model.validation_loss_curve_)
    ax.plot(best, model.validation_loss_curve_[best], "o", color=line.get_color())
ax.set(xlabel="epoch", ylabel="log-loss", ylim=(0, 2.5))
ax.legend()

# %%
# The training loss falls as long as one likes; the other loss turns at the point. Early stopping
# returns there. With dropout the curve turns later, and rises more slowly.
#
# The one line
# ------------
# .. code-block:: python
#
#    MLPClassifier(solver="adamw", alpha=0.1)  # L2, as weight decay
#    MLPClassifier(alpha=0.04, l1_ratio=1.0)  # L1
#    MLPClassifier(dropout=0.5)
#    MLPClassifier(early_stopping=True, scoring="loss")
#    MLPClassifier(label_smoothing=0.1)
#
# With ``solver="adamw"`` the weights shrink by :math:`1 - \eta \alpha` in each step, beside the
# gradient, so that Adam's division does not undo the penalty (*decoupled weight decay*). Its scale
# of ``alpha`` is another one.
#
# When it helps, and when not
# ---------------------------
# It helps where the training error is well below the dev error (page 3), most with few rows, wrong
# labels and large networks. It hurts where the training error is already too high: dropout and
# penalties take away what is missing there.
#
# - **Dropout** needs a network that is large enough to lose half of its units, and more epochs.
# - **L1** is for many columns of which most are useless.
# - **Early stopping** costs the rows that it looks at; here a fifth of 400, which one sees in the
#   picture. It is free where you have a dev part anyway (``X_val=``).
# - **Label smoothing** helps accuracy where labels are wrong, and makes probabilities too modest
#   elsewhere.
#
# Exercises
# ---------
# **1.** A weight has the gradient 0 from the data. Where does it end after many steps, under L2
# and under L1?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    Under L2 it is multiplied by :math:`1 - \eta \alpha / S` in each step: it tends to 0 and never
#    arrives. Under L1 it loses :math:`\eta \alpha / S` in each step and is exactly 0 after
#    :math:`|w| S / (\eta \alpha)` steps.
#
# **2.** Find the best dropout rate. Is 0.5 special? What happens to the training error?
#
# .. admonition:: Answer
#    :collapsible: closed
#
#    .. code-block:: python
#
#        for rate in (0.2, 0.4, 0.6, 0.8):
#            errors = [fitted(seed, dropout=rate)[1:] for seed in range(5)]
#            print(rate, np.median(errors, axis=0))
#
#    Anything from 0.4 to 0.6 is about as good; at 0.8 too little of the network is left. The
#    training error rises all the way, and the error on new rows has a minimum where the training
#    error is about 0.2, the share of wrong labels.
#
# References
# ----------
# - \A. Krogh, J. Hertz (1991). *A simple weight decay can improve generalization.* NIPS 4.
# - L. Prechelt (1998). *Early stopping - but when?* In Neural Networks: Tricks of the Trade,
#   Springer.
# - N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov (2014). *Dropout: a
#   simple way to prevent neural networks from overfitting.* JMLR 15, 1929-1958.
# - C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens, Z. Wojna (2016). *Rethinking the Inception
#   architecture.* CVPR. arXiv:1512.00567 (label smoothing).
# - I. Loshchilov, F. Hutter (2019). *Decoupled weight decay regularization.* ICLR.
#   arXiv:1711.05101.
# - J. Yun, A. Lozano, E. Yang (2021). *Adaptive proximal gradient methods for structured neural
#   networks.* NeurIPS.

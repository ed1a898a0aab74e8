"""One member: a network trained on some rows, with early stopping on the others.

The epoch with the least loss on the rows left out is kept. An error estimate on the same rows would
be optimistic because of this choice, so it is cross-fitted: each half of these rows is predicted at
the epoch that is best for the other half.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sknn_tune.common.threads import single_blas_thread
from sknn_tune.mlp.configuration import LossOption
from sknn_tune.network.arrays import allocate, pack_data
from sknn_tune.network.blueprint import Blueprint
from sknn_tune.network.context import Hyperparameters, Objective
from sknn_tune.network.initializers import initial_parameters
from sknn_tune.network.losses import LOSSES
from sknn_tune.network.prediction import Predictor, SummedLoss
from sknn_tune.network.schedules import Schedule
from sknn_tune.network.training import Settings, Trainer, initial_state
from sknn_tune.tabular.recipe import was_fruitless

HYPERPARAMETERS = Hyperparameters(
    momentum=0.9, nesterov=True, beta_1=0.9, beta_2=0.99, epsilon=1e-8
)
INITIALIZER = "he_normal"


class Rows(NamedTuple):
    """Encoded rows of a table, of the dtype of the members."""

    inputs: np.ndarray  #: (n_rows, n_inputs)
    targets: np.ndarray  #: (n_rows, n_targets)
    weights: np.ndarray  #: (n_rows,)

    def take(self, rows: np.ndarray) -> "Rows":
        """Some of the rows."""
        return Rows(*(part[rows] for part in self))


class Recipe(NamedTuple):
    """How a member learns."""

    loss: LossOption  #: in training, with label smoothing
    measure: LossOption  #: on unseen rows, without
    learning_rate: float
    schedule: Schedule
    weight_decay: float
    batch_size: int
    max_epochs: int


class Member(NamedTuple):
    """A trained member."""

    theta: np.ndarray
    losses: list[float]  #: of each epoch
    unseen_losses: list[float]  #: of each epoch; empty without unseen rows
    best_epoch: int  #: the one that is kept, counted from 1
    unseen_scores: np.ndarray  #: raw scores of the unseen rows, cross-fitted


def train_member(
    blueprint: Blueprint,
    recipe: Recipe,
    rows: Rows,
    learned: np.ndarray,
    unseen: Rows,
    seed: int,
    clock: Callable[[int], int],
) -> Member:
    """Train a member.

    Parameters
    ----------
    blueprint : Blueprint
    recipe : Recipe
    rows : Rows
        Those of all members.
    learned : ndarray of int
        Which of them this one learns from.
    unseen : Rows
        Tell when to stop; may be none.
    seed : int
        Of the first weights, the order of rows and dropout.
    clock : callable
        Gets the number of epochs done, returns how many there may be in all.

    Returns
    -------
    Member
    """
    random_state = np.random.RandomState(seed)
    theta = initial_parameters(blueprint, INITIALIZER, False, random_state)
    trainer = _trainer(blueprint, theta, recipe, rows, learned, random_state)
    watch = _Watch(blueprint, theta, recipe.measure, unseen)
    losses: list[float] = []
    with single_blas_thread:
        n_epochs = recipe.max_epochs
        while len(losses) < n_epochs:
            losses.append(trainer.run_epoch())
            if not np.isfinite(theta).all():
                break
            watch.look(len(losses))
            n_epochs = min(n_epochs, clock(len(losses)))
            if was_fruitless(len(losses), watch.best_epoch, n_epochs):
                break
            trainer.settings = trainer.settings._replace(horizon=n_epochs)
    if watch.best_epoch == 0:
        raise ValueError(
            "Training diverged in its first epoch; lower learning_rate_init, or look for "
            "targets that are far from all others."
        )
    return Member(watch.theta, losses, watch.losses, watch.best_epoch, watch.cross_fitted_scores)


def _trainer(blueprint, theta, recipe, rows, learned, random_state):
    batch_size = min(recipe.batch_size, len(learned))
    settings = Settings(
        solver="adamw",
        hyper=HYPERPARAMETERS,
        rate=recipe.learning_rate,
        schedule=recipe.schedule,
        horizon=recipe.max_epochs,
        batch_size=batch_size,
        shuffle=True,
        clip_norm=0.0,
        seed=int(random_state.randint(np.iinfo(np.int32).max)),
        needs_two_rows=False,
    )
    objective = Objective(
        loss=list(LOSSES).index(recipe.loss.name),
        loss_params=params_of(recipe.loss, blueprint.weights[-1][1][1], blueprint.dtype),
        loss_factor=recipe.loss.factor,
        n_penalised=blueprint.n_weights,
        l1=0.0,
        l2=recipe.weight_decay,
        whole_weight=0.0,
    )
    return Trainer(
        blueprint,
        allocate(
            blueprint, theta, _no_statistics(blueprint), batch_size + 1, rows.targets.shape[1]
        ),
        pack_data(*rows),
        objective,
        settings,
        initial_state(settings, theta),
        learned,
        random_state,
    )


def params_of(loss: LossOption, n_outputs: int, dtype: np.dtype) -> np.ndarray:
    """Parameter of a loss for each output of a member."""
    params = loss.params if len(loss.params) == n_outputs else loss.params[:1] * n_outputs
    return np.array(params, dtype)


def summed_loss(loss: LossOption, n_outputs: int, rows: Rows) -> SummedLoss:
    """The sum of the losses of the raw scores of some rows."""
    params = params_of(loss, n_outputs, rows.targets.dtype)
    return SummedLoss(list(LOSSES).index(loss.name), params, rows.targets, rows.weights)


def _no_statistics(blueprint):
    return np.empty(0, blueprint.dtype)


class _Watch:
    """Keeps the best epoch of a member, for all unseen rows and for each half of them."""

    def __init__(self, blueprint, theta, measure, unseen):
        self._now, self._unseen = theta, unseen
        self.theta, self.best_epoch = theta, 0
        self.losses: list[float] = []
        n_rows, n_outputs = len(unseen.weights), blueprint.weights[-1][1][1]
        self._halves = _halves(unseen.inputs)
        self._best_of_halves = [np.inf] * len(self._halves)
        self.cross_fitted_scores = np.zeros((n_rows, n_outputs), blueprint.dtype)
        self._sums = [summed_loss(measure, n_outputs, unseen.take(half)) for half in self._halves]
        if n_rows:
            self._predict = Predictor(
                blueprint, theta, _no_statistics(blueprint), unseen.inputs, "identity"
            )

    def look(self, epoch):
        """Note the loss of the unseen rows after an epoch."""
        if not len(self._unseen.weights):
            self.theta, self.best_epoch = self._now, epoch
            return
        scores = self._predict()
        sums = [total(scores[half]) for total, half in zip(self._sums, self._halves, strict=True)]
        loss = sum(sums) / self._unseen.weights.sum(dtype=np.float64)
        self.losses.append(loss)
        if loss <= min(self.losses) or not self.best_epoch:
            self.theta, self.best_epoch = self._now.copy(), epoch
        for h, half_sum in enumerate(sums):
            if half_sum < self._best_of_halves[h] or epoch == 1:
                self._best_of_halves[h] = half_sum
                other = self._halves[1 - h] if len(self._halves) == 2 else self._halves[0]
                self.cross_fitted_scores[other] = scores[other]


def _halves(inputs):
    """Places of the two halves of some rows, chosen by content: equal rows are in the same half."""
    bits = np.ascontiguousarray(inputs, np.float64).view(np.uint64)
    factors = np.random.RandomState(0).randint(2**62, size=bits.shape[1], dtype=np.uint64) | 1
    is_second = (bits * factors).sum(axis=1, dtype=np.uint64) >> np.uint64(63) == 1
    halves = [np.flatnonzero(~is_second), np.flatnonzero(is_second)]
    return halves if all(map(len, halves)) else [np.arange(len(inputs))]

"""Training: `Trainer` runs the compiled epochs of the stochastic optimizers.

It keeps their state from one epoch to the next. Python is in control between epochs: stopping,
history and interrupts are handled here and in the callers.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np

from sknn_tune.network.arrays import context_type
from sknn_tune.network.blocks import DividedEpoch, n_blocks
from sknn_tune.network.blueprint import Blueprint
from sknn_tune.network.checks import check_moments, check_order, check_problem
from sknn_tune.network.context import (
    N_STEP,
    Context,
    Data,
    Hyperparameters,
    Objective,
    Optimization,
    Workspace,
)
from sknn_tune.network.optimizers import OPTIMIZERS, initial_counters
from sknn_tune.network.passes import EPOCH, Epoch, train_epochs
from sknn_tune.network.program import Needs, training_program
from sknn_tune.network.progress import Progress, note
from sknn_tune.network.records import Packed
from sknn_tune.network.schedules import Adaptive, Constant, InvScaling, Schedule
from sknn_tune.network.shuffling import NO_GENERATOR, generator_of

#: `Adaptive` stops the training once the rate is this small.
_SMALLEST_RATE = 1e-6
#: Epochs that take about so long together are made without a return to Python, where Control-C
#: and deadlines wait for it.
_SECONDS_AT_ONCE = 0.05
#: Roughly the seconds of a batch; of the update of a parameter; of a parameter and of an element
#: of a slot for each row.
_BATCH, _UPDATE, _PRODUCT, _ELEMENT = 2e-6, 1e-9, 1e-10, 1e-9
#: Schedules that keep the rate within an epoch.
_CONSTANT = (Constant, InvScaling, Adaptive)


class Settings(NamedTuple):
    """Settings of the loop over epochs."""

    solver: str
    hyper: Hyperparameters
    rate: float
    schedule: Schedule
    horizon: int
    batch_size: int
    shuffle: bool
    clip_norm: float
    seed: int
    needs_two_rows: bool


@dataclass
class TrainingState:
    """What training carries from one epoch to the next, besides the parameters."""

    solver: str
    moments: np.ndarray  #: (n_moments, n_parameters)
    counters: np.ndarray
    rate: float  #: rate after the changes by `Adaptive` and `InvScaling`
    epoch: int = 0
    samples_seen: int = 0

    def suits(self, settings: Settings, theta: np.ndarray) -> bool:
        """Whether the moments are those of this solver and of a network of this size."""
        return self.solver == settings.solver and self.moments.shape[1] == theta.size

    def copy(self) -> Self:
        """The same state in separate arrays."""
        return replace(self, moments=np.array(self.moments), counters=np.array(self.counters))


def initial_state(settings: Settings, theta: np.ndarray, samples_seen: int = 0) -> TrainingState:
    """State of an optimizer that has made no step."""
    n_moments = OPTIMIZERS[settings.solver].n_moments
    moments = np.zeros((n_moments, theta.size), theta.dtype)
    return TrainingState(
        settings.solver, moments, initial_counters(), settings.rate, samples_seen=samples_seen
    )


@dataclass
class Trainer:
    """Runs epochs of a stochastic optimizer over some rows of the data.

    Attributes
    ----------
    mean_rate : float
        Mean learning rate of the steps of the last epoch.
    most_at_once : int
        Epochs that `run_epochs` makes at most.
    """

    blueprint: Blueprint
    workspace: Workspace
    data: Data
    objective: Objective
    settings: Settings
    state: TrainingState
    order: np.ndarray  #: int64, the rows to learn from, as the last epoch took them
    random_state: np.random.RandomState

    def __post_init__(self):
        settings, state = self.settings, self.state
        check_problem(self.blueprint, self.workspace, self.data, self.objective)
        n_moments = OPTIMIZERS[settings.solver].n_moments
        check_moments(state.moments, state.counters, n_moments, self.workspace.theta)
        check_order(self.order, len(self.data.weights))
        self.order = self.order.copy()  # shuffled in place
        n_rows = len(self.order)
        ends = _batch_ends(n_rows, settings.batch_size, settings.needs_two_rows)
        optimization = Optimization(
            optimizer=list(OPTIMIZERS).index(settings.solver),
            decoupled_decay=OPTIMIZERS[settings.solver].decoupled_decay,
            clip_norm=settings.clip_norm,
            hyper=settings.hyper,
            state=state.moments.ravel(),
            counters=state.counters,
        )
        self._epoch = Epoch(
            order=self.order,
            rows=self.workspace.rows,
            batch_ends=ends,
            rates=np.full(len(ends), np.nan),
            step=np.empty(N_STEP),
            counters=state.counters,
            hyper=settings.hyper,
            sums=np.empty(2),
            block=0,
            n_blocks=n_blocks(self.blueprint, settings.batch_size),
            n_parameters=self.blueprint.n_parameters,
            seed=settings.seed,
            loss_factor=self.objective.loss_factor,
            l1=self.objective.l1,
            # A decoupled decay is not part of the loss.
            l2=0.0 if optimization.decoupled_decay else self.objective.l2,
            whole_weight=self.objective.whole_weight,
        )
        context = Context(
            self.blueprint.plan,
            self.workspace,
            self.data,
            self.objective,
            optimization,
            self._epoch.step,
        )
        kind = context_type(self.data)
        program = training_program(self.blueprint, kind, Needs.of(context))
        self._divided: DividedEpoch | None = None
        if self._epoch.n_blocks > 1:
            self._divided = DividedEpoch(program, context, self._epoch, kind, self.blueprint)
        self._packed = program, Packed(context, kind), Packed(self._epoch, EPOCH)
        generator = generator_of(self.random_state) if settings.shuffle else NO_GENERATOR
        self._numpy_shuffles = generator is None or self._divided is not None
        self._generator = NO_GENERATOR if generator is None else generator
        self._constant = np.ones(len(ends))
        schedule = settings.schedule
        self._is_constant = schedule.warmup == 0 and type(schedule) in _CONSTANT
        repeats = self._is_constant and type(schedule) is not InvScaling
        self.most_at_once = 1
        if repeats and not self._numpy_shuffles:
            self.most_at_once = _epochs_at_once(self.blueprint, n_rows, len(ends))
        self.mean_rate = np.nan

    def run_epoch(self) -> float:
        """Pass once over the rows and return the mean loss."""
        return self.run_epochs(1)[0]

    def run_epochs(self, most: int, progress: Progress | None = None) -> list[float]:
        """Pass over the rows and return the mean loss of each epoch.

        Several epochs are made at once if they are short and nothing changes between them: one
        thread returns to Python less often, and others find the interpreter free.

        Parameters
        ----------
        most : int
            How many epochs there may be. There is at least one, and none after a loss that is not
            finite.
        progress : Progress, default=None
            Gets the losses, and ends the epochs where its patience does; None for no end.
        """
        settings, state = self.settings, self.state
        self._set_rates()
        losses = self._pass(min(most, self.most_at_once), progress or Progress.endless())
        state.epoch += len(losses)
        state.samples_seen += len(losses) * len(self.order)
        if isinstance(settings.schedule, InvScaling):
            with np.errstate(over="ignore"):  # an infinite power leaves a rate of 0
                scaling = np.power(state.samples_seen + 1.0, settings.schedule.power)
            state.rate = float(settings.rate / scaling)
        return losses

    def _pass(self, n_epochs, progress):
        if self.settings.shuffle and self._numpy_shuffles:
            self.random_state.shuffle(self.order)
        if self._divided is not None:
            loss = self._divided.run(self.state.epoch)
            note(progress.numbers, loss)
            return [loss]
        handles = (packed.handle for packed in self._packed)
        words, number, losses = self._generator.words, self.state.epoch, np.empty(n_epochs)
        with self._generator.lock:
            n_done = train_epochs(*handles, words, number, losses, progress.numbers)
        return losses[:n_done].tolist()

    def lower_rate(self) -> bool:
        """React to a lack of progress and return whether training continues."""
        schedule = self.settings.schedule
        if not isinstance(schedule, Adaptive) or self.state.rate <= _SMALLEST_RATE:
            return False
        self.state.rate /= schedule.divisor
        return True

    def _set_rates(self):
        """Set the learning rates of the steps of the next epoch."""
        rates, factors = self._epoch.rates, self._factors()
        if factors is self._constant and rates[0] == self.state.rate:
            return  # as in the epoch before
        np.multiply(self.state.rate, factors, out=rates)
        self.mean_rate = float(rates.sum() / rates.size)

    def _factors(self):
        schedule = self.settings.schedule
        if self._is_constant:
            return self._constant
        n_batches = len(self._constant)
        factors = schedule.rates(self.state.epoch, n_batches, self.settings.horizon)
        factors = np.ascontiguousarray(factors, dtype=np.float64)
        if factors.shape != (n_batches,) or not (factors >= 0).all() or np.isinf(factors).any():
            raise ValueError(
                f"learning_rate={schedule!r} must give {n_batches} finite factors of at least 0 "
                f"for an epoch, got {factors!r}."
            )
        return factors


def _epochs_at_once(blueprint, n_rows, n_batches):
    of_batches = n_batches * (_BATCH + blueprint.n_parameters * _UPDATE)
    of_rows = n_rows * (blueprint.n_parameters * _PRODUCT + blueprint.row_size * _ELEMENT)
    return max(1, int(_SECONDS_AT_ONCE / (of_batches + of_rows)))


def _batch_ends(n_rows, batch_size, needs_two_rows):
    """Where each batch ends; a lone last row joins its neighbours where two rows are needed."""
    ends = np.arange(batch_size, n_rows + batch_size, batch_size)
    ends[-1] = n_rows
    if needs_two_rows and len(ends) > 1 and ends[-1] - ends[-2] == 1:
        ends = np.delete(ends, -2)
    return ends

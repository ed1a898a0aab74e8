"""Training: from arrays to parameters.

`Trainer` runs the compiled epochs of the stochastic optimizers and keeps their state from one
epoch to the next; `minimise_lbfgs` passes the compiled loss and gradient to scipy. Python is in
control between epochs: stopping, history and interrupts are handled here and in the callers.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np
import scipy.optimize
import scipy.sparse

from sknn_tune.common.threads import single_blas_thread
from sknn_tune.network.blueprint import WIDTH, Blueprint
from sknn_tune.network.jit import call
from sknn_tune.network.losses import LINKS
from sknn_tune.network.optimizers import OPTIMIZERS, Hyperparameters, initial_counters
from sknn_tune.network.passes import (
    Data,
    Objective,
    Optimization,
    Workspace,
    loss_and_gradient,
    loss_of_scores,
    predict,
    train_epoch,
)
from sknn_tune.network.schedules import Adaptive, Constant, InvScaling, Schedule

#: The input of a network.
Input: TypeAlias = np.ndarray | scipy.sparse.spmatrix | scipy.sparse.sparray

#: Rows that a prediction, or a step over all rows, takes at a time, so that they fit in the cache.
CHUNK_ROWS = 256
#: `Adaptive` stops the training once the rate is this small.
_SMALLEST_RATE = 1e-6
#: Denser rows are cheaper as a dense matrix of the batch.
MAX_SPARSE_DENSITY = 0.3


def prefers_sparse_layer(X: Input) -> bool:
    """Whether compressed rows are multiplied as they are, rather than made dense by batches."""
    if isinstance(X, np.ndarray):
        return False
    return X.nnz <= MAX_SPARSE_DENSITY * X.shape[0] * X.shape[1]


def pack_data(X: Input, targets: np.ndarray, weights: np.ndarray) -> Data:
    """Bring the arrays into the one form that kernels are compiled for.

    Dense matrices become C-contiguous, sparse ones compressed rows. All are passed as read-only
    views, because the kernels would be compiled again for writeable ones.
    """
    dtype = X.dtype
    if isinstance(X, np.ndarray):
        dense = np.ascontiguousarray(X)
        values, indices = np.empty(0, dtype), np.empty(0, np.int32)
        indptr = np.empty(0, np.int32)
    else:
        rows = X.tocsr()
        integer = np.int32 if rows.nnz < 2**31 - 1 and X.shape[1] < 2**31 - 1 else np.int64
        dense = np.empty((0, X.shape[1]), dtype)
        values, indices = rows.data, rows.indices.astype(integer, copy=False)
        indptr = rows.indptr.astype(integer, copy=False)
    parts = (dense, values, indices, indptr, targets, weights)
    return Data(*(_read_only(part) for part in parts))


def _dtypes(data):
    """What determines the types of all arguments of an entry point."""
    return data.dense.dtype, data.indices.dtype


def _read_only(array):
    view = np.require(array, requirements=["C", "ALIGNED"]).view()
    view.flags.writeable = False
    return view


def allocate(
    blueprint: Blueprint,
    theta: np.ndarray,
    statistics: np.ndarray,
    capacity: int,
    n_targets: int,
) -> Workspace:
    """Workspace for batches of up to ``capacity`` rows around given parameters."""
    dtype = theta.dtype
    return Workspace(
        theta=theta,
        gradient=np.zeros_like(theta),
        statistics=statistics,
        moments=np.empty_like(statistics),
        outputs=np.empty(capacity * blueprint.row_size, dtype),
        deltas=np.empty(capacity * blueprint.gradient_row_size, dtype),
        scratch=np.empty(capacity * blueprint.widest, dtype),
        targets=np.empty(capacity * n_targets, dtype),
        weights=np.empty(capacity, dtype),
        capacity=capacity,
    )


class Predictor:
    """Predicts given rows at each call, while the parameters change.

    Parameters
    ----------
    blueprint : Blueprint
    theta, statistics : ndarray
        Parameters and running moments; read at each call.
    X : ndarray or sparse matrix of shape (n_rows, n_features)
        Of the dtype of the network.
    link : str
        Row of `LINKS` that turns scores into predictions.
    """

    def __init__(
        self,
        blueprint: Blueprint,
        theta: np.ndarray,
        statistics: np.ndarray,
        X: Input,
        link: str,
    ) -> None:
        nothing = np.empty((0, 1), theta.dtype)
        self._plan = blueprint.plan
        self._data = pack_data(X, nothing, nothing[:, 0])
        capacity = max(1, min(X.shape[0], CHUNK_ROWS))
        self._workspace = allocate(blueprint, theta, statistics, capacity, 1)
        self._link = list(LINKS).index(link)
        self._shape = (X.shape[0], int(blueprint.plan.slots[-1, WIDTH]))

    def __call__(self) -> np.ndarray:
        """Predictions of shape (n_rows, n_outputs)."""
        predictions = np.empty(self._shape, self._workspace.theta.dtype)
        with single_blas_thread:
            call(
                predict, _dtypes(self._data), self._plan, self._workspace, self._data, self._link,
                predictions.ravel(),
            )  # fmt: skip
        return predictions


class Evaluator:
    """Loss and predictions of given rows at each call, while the parameters change.

    Parameters
    ----------
    blueprint : Blueprint
    theta, statistics : ndarray
        Parameters and running moments; read at each call.
    X, targets, weights : ndarray
        The rows; X may be sparse.
    objective : Objective
        What is evaluated is its loss, without the penalty.
    """

    def __init__(
        self,
        blueprint: Blueprint,
        theta: np.ndarray,
        statistics: np.ndarray,
        X: Input,
        targets: np.ndarray,
        weights: np.ndarray,
        objective: Objective,
    ) -> None:
        self._scores = Predictor(blueprint, theta, statistics, X, "identity")
        self._targets, self._weights = _read_only(targets), _read_only(weights)
        self._factor = objective.loss_factor / weights.sum(dtype=np.float64)
        self._loss = objective.loss, objective.loss_params

    def __call__(self) -> tuple[float, np.ndarray]:
        """Mean loss, and predictions of shape (n_rows, n_outputs)."""
        scores = self._scores()
        loss = call(
            loss_of_scores, scores.dtype, *self._loss, scores, self._targets, self._weights,
            np.empty_like(scores),
        )  # fmt: skip
        return float(self._factor * loss), scores


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
    """Runs epochs of a stochastic optimizer over some rows of the data."""

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
        n_rows = len(self.order)
        self._batch_ends = _batch_ends(n_rows, settings.batch_size, settings.needs_two_rows)
        self._optimization = Optimization(
            optimizer=list(OPTIMIZERS).index(settings.solver),
            decoupled_decay=OPTIMIZERS[settings.solver].decoupled_decay,
            clip_norm=settings.clip_norm,
            hyper=settings.hyper,
            state=state.moments.ravel(),
            counters=state.counters,
        )
        self._constant = np.ones(len(self._batch_ends))

    def run_epoch(self) -> float:
        """Pass once over the rows and return the mean loss."""
        settings, state = self.settings, self.state
        if settings.shuffle:
            places = np.arange(len(self.order))
            self.random_state.shuffle(places)
            self.order = self.order[places]
        loss = call(
            train_epoch, _dtypes(self.data), self.blueprint.plan, self.workspace, self.data,
            self.objective, self._optimization, self.order, self._batch_ends,
            state.rate * self._factors(), settings.seed, state.epoch,
        )  # fmt: skip
        state.epoch += 1
        state.samples_seen += len(self.order)
        if isinstance(settings.schedule, InvScaling):
            with np.errstate(over="ignore"):  # an infinite power leaves a rate of 0
                scaling = np.power(state.samples_seen + 1.0, settings.schedule.power)
            state.rate = float(settings.rate / scaling)
        return loss

    def next_rate(self) -> float:
        """Return the mean learning rate of the next epoch."""
        return float(self.state.rate * self._factors().mean())

    def lower_rate(self) -> bool:
        """React to a lack of progress and return whether training continues."""
        schedule = self.settings.schedule
        if not isinstance(schedule, Adaptive) or self.state.rate <= _SMALLEST_RATE:
            return False
        self.state.rate /= schedule.divisor
        return True

    def _factors(self):
        schedule = self.settings.schedule
        if schedule.warmup == 0 and type(schedule) in (Constant, InvScaling, Adaptive):
            return self._constant
        n_batches = len(self._batch_ends)
        factors = schedule.rates(self.state.epoch, n_batches, self.settings.horizon)
        factors = np.ascontiguousarray(factors, dtype=np.float64)
        if factors.shape != (n_batches,) or not (factors >= 0).all() or np.isinf(factors).any():
            raise ValueError(
                f"learning_rate={schedule!r} must give {n_batches} finite factors of at least 0 "
                f"for an epoch, got {factors!r}."
            )
        return factors


def _batch_ends(n_rows, batch_size, needs_two_rows):
    """Where each batch ends; a lone last row joins its neighbours where two rows are needed."""
    ends = np.append(np.arange(batch_size, n_rows, batch_size), n_rows)
    if needs_two_rows and len(ends) > 1 and ends[-1] - ends[-2] == 1:
        ends = np.delete(ends, -2)
    return ends


#: Status of scipy's result if ``after_iteration`` has stopped the minimisation.
STOPPED = 99


def minimise_lbfgs(
    blueprint: Blueprint,
    workspace: Workspace,
    data: Data,
    objective: Objective,
    after_iteration: Callable[[float], bool] | None = None,
    **options: Any,
) -> scipy.optimize.OptimizeResult:
    """Minimise over all rows with L-BFGS-B and return scipy's result.

    Parameters
    ----------
    after_iteration : callable or None
        Receives the loss after each iteration, when the workspace holds the current parameters;
        returns whether to stop.
    **options : object
        Options of `scipy.optimize.minimize` for ``method="L-BFGS-B"``.
    """
    theta, dtype = workspace.theta, workspace.theta.dtype
    gradient = np.empty_like(theta)

    def evaluate(x):
        theta[:] = x
        loss = call(
            loss_and_gradient, _dtypes(data), blueprint.plan, workspace, data, objective, gradient
        )
        return loss, gradient.astype(np.float64)

    callback = None
    if after_iteration is not None:

        def callback(intermediate_result):
            theta[:] = intermediate_result.x
            if after_iteration(float(intermediate_result.fun)):
                raise StopIteration

    with single_blas_thread:
        result = scipy.optimize.minimize(
            evaluate,
            theta.astype(np.float64),
            method="L-BFGS-B",
            jac=True,
            callback=callback,
            options=options,
        )
    theta[:] = result.x.astype(dtype)
    return result

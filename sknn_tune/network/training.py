"""Training: from arrays to parameters.

`Trainer` runs the compiled epochs of the stochastic optimizers and keeps what they need from one
epoch to the next; `minimise_lbfgs` hands the compiled loss and gradient to scipy. Python is back
in control once an epoch: stopping, history and interrupts live here and in the callers.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import scipy.optimize
import scipy.sparse

from sknn_tune.common.threads import single_blas_thread
from sknn_tune.network.blueprint import WIDTH
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

#: Rows that a prediction, or a step over all rows, takes at a time: they fit in the cache.
CHUNK_ROWS = 256
#: A rate that `Adaptive` leaves behind ends the training.
_SMALLEST_RATE = 1e-6
#: Denser rows cost less as a dense matrix of the batch.
MAX_SPARSE_DENSITY = 0.3


def prefers_sparse_layer(X):
    """Whether compressed rows are multiplied as they are, instead of made dense by batches."""
    return scipy.sparse.issparse(X) and X.nnz <= MAX_SPARSE_DENSITY * X.shape[0] * X.shape[1]


def pack_data(X, targets, weights):
    """Bring the arrays into the one form that kernels are compiled for.

    Dense matrices become C-contiguous, sparse ones compressed rows; inputs are passed as
    read-only views, whether or not they were writeable, because each would be compiled anew.
    """
    dtype = X.dtype
    if scipy.sparse.issparse(X):
        rows = X.tocsr()
        integer = np.int32 if rows.nnz < 2**31 - 1 and X.shape[1] < 2**31 - 1 else np.int64
        dense = np.empty((0, X.shape[1]), dtype)
        values, indices = rows.data, rows.indices.astype(integer, copy=False)
        indptr = rows.indptr.astype(integer, copy=False)
    else:
        dense = np.ascontiguousarray(X)
        values, indices = np.empty(0, dtype), np.empty(0, np.int32)
        indptr = np.empty(0, np.int32)
    parts = (dense, values, indices, indptr, targets, weights)
    return Data(*(_read_only(part) for part in parts))


def _dtypes(data):
    """What the types of all arguments of an entry point follow from."""
    return data.dense.dtype, data.indices.dtype


def _read_only(array):
    view = np.require(array, requirements=["C", "ALIGNED"]).view()
    view.flags.writeable = False
    return view


def allocate(blueprint, theta, statistics, capacity, n_targets):
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
    """Predicts given rows, again and again while the parameters change.

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

    def __init__(self, blueprint, theta, statistics, X, link):
        nothing = np.empty((0, 1), theta.dtype)
        self._plan = blueprint.plan
        self._data = pack_data(X, nothing, nothing[:, 0])
        capacity = max(1, min(X.shape[0], CHUNK_ROWS))
        self._workspace = allocate(blueprint, theta, statistics, capacity, 1)
        self._link = list(LINKS).index(link)
        self._shape = (X.shape[0], int(blueprint.plan.slots[-1, WIDTH]))

    def __call__(self):
        """Predictions of shape (n_rows, n_outputs)."""
        predictions = np.empty(self._shape, self._workspace.theta.dtype)
        with single_blas_thread:
            call(
                predict, _dtypes(self._data), self._plan, self._workspace, self._data, self._link,
                predictions.ravel(),
            )  # fmt: skip
        return predictions


class Evaluator:
    """Loss and predictions of given rows, again and again while the parameters change.

    Parameters
    ----------
    blueprint : Blueprint
    theta, statistics : ndarray
        Parameters and running moments; read at each call.
    X, targets, weights : ndarray
        The rows; X may be sparse.
    objective : Objective
        Its loss counts, its penalty does not.
    """

    def __init__(self, blueprint, theta, statistics, X, targets, weights, objective):
        self._scores = Predictor(blueprint, theta, statistics, X, "identity")
        self._targets, self._weights = _read_only(targets), _read_only(weights)
        self._factor = objective.loss_factor / weights.sum(dtype=np.float64)
        self._loss = objective.loss, objective.loss_params

    def __call__(self):
        """Mean loss, and predictions of shape (n_rows, n_outputs)."""
        scores = self._scores()
        loss = call(
            loss_of_scores, scores.dtype, *self._loss, scores, self._targets, self._weights,
            np.empty_like(scores),
        )  # fmt: skip
        return float(self._factor * loss), scores


class Settings(NamedTuple):
    """What the loop over epochs needs to know."""

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
    rate: float  #: rate after the reactions of `Adaptive` and `InvScaling`
    epoch: int = 0
    samples_seen: int = 0

    def suits(self, settings, theta):
        """Whether the moments are those of this solver and of a network of this size."""
        return self.solver == settings.solver and self.moments.shape[1] == theta.size

    def copy(self):
        """The same state in arrays of its own."""
        return replace(self, moments=np.array(self.moments), counters=np.array(self.counters))


def initial_state(settings, theta, samples_seen=0):
    """State of an optimizer that has made no step."""
    n_moments = OPTIMIZERS[settings.solver].n_moments
    moments = np.zeros((n_moments, theta.size), theta.dtype)
    return TrainingState(
        settings.solver, moments, initial_counters(), settings.rate, samples_seen=samples_seen
    )


@dataclass
class Trainer:
    """Runs epochs of a stochastic optimizer over some rows of the data."""

    blueprint: object
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

    def run_epoch(self):
        """Pass once over the rows; returns the mean loss."""
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

    def lower_rate(self):
        """React to a lack of progress; returns whether training continues."""
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


#: Status of scipy's result where ``after_iteration`` has stopped the minimisation.
STOPPED = 99


def minimise_lbfgs(blueprint, workspace, data, objective, after_iteration=None, **options):
    """Minimise over all rows with L-BFGS-B; returns scipy's result.

    Parameters
    ----------
    after_iteration : callable or None
        Gets the loss after each iteration, when the workspace holds the present parameters;
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

    def look(intermediate_result):
        theta[:] = intermediate_result.x
        if after_iteration(float(intermediate_result.fun)):
            raise StopIteration

    with single_blas_thread:
        result = scipy.optimize.minimize(
            evaluate,
            theta.astype(np.float64),
            method="L-BFGS-B",
            jac=True,
            callback=None if after_iteration is None else look,
            options=options,
        )
    theta[:] = result.x.astype(dtype)
    return result

"""Prediction and evaluation: from parameters and rows to outputs and losses."""

from functools import partial

import numpy as np

from sknn_tune.common.team import Team
from sknn_tune.common.threads import single_blas_thread
from sknn_tune.network.arrays import (
    CHUNK_ROWS,
    Input,
    allocate_for_prediction,
    context_type,
    pack_data,
    pack_input,
)
from sknn_tune.network.blueprint import Blueprint
from sknn_tune.network.checks import check_input, check_numbers
from sknn_tune.network.context import Context, Objective, Workspace
from sknn_tune.network.losses import LINKS, LOSS_UNITS
from sknn_tune.network.passes import predict, run_unit
from sknn_tune.network.plan import N_COLUMNS, WIDTH, Plan
from sknn_tune.network.program import Needs, prediction_program
from sknn_tune.network.records import Packed

#: Multiplications for which a thread takes rows at a time: to start one takes a tenth of that.
_PART = 1 << 26


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
        check_numbers(blueprint, theta, statistics)
        data = pack_input(X)
        check_input(blueprint, data)
        n_rows = X.shape[0]
        self._allocate = partial(
            allocate_for_prediction,
            blueprint,
            theta,
            statistics,
            max(1, min(n_rows, CHUNK_ROWS)),
        )
        self._predictions = np.empty((n_rows, int(blueprint.plan.slots[-1, WIDTH])), theta.dtype)
        context = Context(blueprint.plan, self._allocate(), data, result=self._predictions.ravel())
        self._kind = context_type(data)
        needs, code = Needs.of(context), list(LINKS).index(link)
        self._program = prediction_program(blueprint, self._kind, needs, code)
        self._contexts = [Packed(context, self._kind)]  # of each thread
        n_parts = n_rows * blueprint.n_weights // _PART
        size = -(-n_rows // max(1, n_parts) // CHUNK_ROWS) * CHUNK_ROWS
        self._parts = range(0, n_rows, max(size, CHUNK_ROWS))

    def __call__(self) -> np.ndarray:
        """Predictions of shape (n_rows, n_outputs)."""
        with single_blas_thread:
            if len(self._parts) <= 1:
                self._predict(0, 0)
            else:
                self._predict_in_threads(min(single_blas_thread.share, len(self._parts)))
        return self._predictions

    def _predict_in_threads(self, n_threads):
        while len(self._contexts) < n_threads:
            context = self._contexts[0].record._replace(workspace=self._allocate())
            self._contexts.append(Packed(context, self._kind))
        with Team(n_threads) as team:
            team.share(self._parts, self._predict)

    def _predict(self, worker, first):
        context = self._contexts[worker]
        stop = min(first + self._parts.step, len(self._predictions))
        predict(self._program.handle, context.handle, context.record.workspace.rows, first, stop)


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
        self._predict = Predictor(blueprint, theta, statistics, X, "identity")
        self._factor = objective.loss_factor / weights.sum(dtype=np.float64)
        data = pack_data(X, targets, weights)
        kind = context_type(data)
        width = int(blueprint.plan.slots[-1, WIDTH])
        self._context = Packed(_output_context(width, data, objective), kind)
        self._loss = LOSS_UNITS[objective.loss].address(kind)

    def __call__(self) -> tuple[float, np.ndarray]:
        """Mean loss, and predictions of shape (n_rows, n_outputs); NaN for an infinite score."""
        scores = self._predict()
        outputs = self._context.record.workspace.outputs
        outputs[:] = scores.ravel()
        loss = run_unit(self._loss, self._context.handle, 0, len(scores))
        predictions = outputs.reshape(scores.shape).copy()
        predictions[~np.isfinite(scores)] = np.nan  # of which a link may make a number
        return float(self._factor * loss), predictions


class SummedLoss:
    """Weighted sum of the losses of raw scores, for given targets.

    Parameters
    ----------
    loss : int
        Row of `LOSSES`.
    loss_params : ndarray of shape (n_outputs,)
        The loss's parameter for each output.
    targets : ndarray of shape (n_rows, n_targets)
        What should have been predicted.
    weights : ndarray of shape (n_rows,)
        Weights of the rows.
    """

    def __init__(
        self, loss: int, loss_params: np.ndarray, targets: np.ndarray, weights: np.ndarray
    ) -> None:
        objective = Objective(loss, loss_params, 1.0, 0, 0.0, 0.0, 0.0)
        no_input = np.empty((len(targets), 0), targets.dtype)
        data = pack_data(no_input, targets, weights)
        kind = context_type(data)
        self._context = Packed(_output_context(len(loss_params), data, objective), kind)
        self._loss, self._n_rows = LOSS_UNITS[loss].address(kind), len(targets)

    def __call__(self, scores: np.ndarray) -> float:
        """The sum for scores of shape (n_rows, n_outputs)."""
        self._context.record.workspace.outputs[:] = scores.ravel()
        return float(run_unit(self._loss, self._context.handle, 0, self._n_rows))


def _output_context(width, data, objective):
    """What the unit of a loss needs to work on all rows at once."""
    n_rows, dtype = len(data.targets), data.targets.dtype
    plan = Plan(
        n_operations=1,
        operations=np.zeros(N_COLUMNS, np.int64),
        params=np.zeros(1, dtype),
        slots=np.array([[0, width, 1]]),
    )
    outputs, deltas = np.empty((2, n_rows * width), dtype)
    workspace = Workspace(
        outputs=outputs,
        deltas=deltas,
        targets=data.targets.ravel(),
        weights=data.weights,
        capacity=n_rows,
    )
    return Context(plan, workspace, data, objective)

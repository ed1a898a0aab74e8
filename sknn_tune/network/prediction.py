"""Prediction and evaluation: from parameters and rows to outputs and losses."""

import numpy as np

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
        capacity = max(1, min(X.shape[0], CHUNK_ROWS))
        workspace = allocate_for_prediction(blueprint, theta, statistics, capacity)
        self._predictions = np.empty(
            (X.shape[0], int(blueprint.plan.slots[-1, WIDTH])), theta.dtype
        )
        context = Context(blueprint.plan, workspace, data, result=self._predictions.ravel())
        kind = context_type(data)
        needs, code = Needs.of(context), list(LINKS).index(link)
        self._program = prediction_program(blueprint, kind, needs, code)
        self._context = Packed(context, kind)
        self._rows = workspace.rows

    def __call__(self) -> np.ndarray:
        """Predictions of shape (n_rows, n_outputs)."""
        with single_blas_thread:
            predict(self._program.handle, self._context.handle, self._rows, len(self._predictions))
        return self._predictions


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
        """Mean loss, and predictions of shape (n_rows, n_outputs)."""
        scores = self._predict()
        outputs = self._context.record.workspace.outputs
        outputs[:] = scores.ravel()
        loss = run_unit(self._loss, self._context.handle, 0, len(scores))
        return float(self._factor * loss), outputs.reshape(scores.shape).copy()


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

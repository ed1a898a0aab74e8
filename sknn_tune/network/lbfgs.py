"""L-BFGS-B of scipy over the compiled loss and gradient of all rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize

from sknn_tune.common.threads import single_blas_thread
from sknn_tune.network.arrays import context_type
from sknn_tune.network.blueprint import Blueprint
from sknn_tune.network.checks import check_problem
from sknn_tune.network.context import N_STEP, Context, Data, Objective, Workspace
from sknn_tune.network.passes import loss_and_gradient
from sknn_tune.network.program import Needs, full_gradient_program
from sknn_tune.network.records import Packed


class FullGradient:
    """Loss and gradient over all rows at each call, while the parameters change.

    Parameters
    ----------
    blueprint : Blueprint
    workspace : Workspace
        With the parameters; read at each call.
    data : Data
    objective : Objective
    """

    def __init__(
        self, blueprint: Blueprint, workspace: Workspace, data: Data, objective: Objective
    ) -> None:
        check_problem(blueprint, workspace, data, objective)
        self._step, self._gradient = np.zeros(N_STEP), np.empty_like(workspace.theta)
        context = Context(
            blueprint.plan, workspace, data, objective, step=self._step, result=self._gradient
        )
        kind = context_type(data)
        self._program = full_gradient_program(blueprint, kind, Needs.of(context))
        self._context = Packed(context, kind)

    def __call__(self) -> tuple[float, np.ndarray]:
        """Mean loss with the penalty, and the gradient, which the next call overwrites."""
        context = self._context.record
        loss = loss_and_gradient(
            self._program.handle,
            self._context.handle,
            context.workspace.rows,
            self._step,
            len(context.data.targets),
            context.objective.l1,
            context.objective.l2,
        )
        return loss, self._gradient


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
    loss_and_gradient_of = FullGradient(blueprint, workspace, data, objective)

    def evaluate(x):
        theta[:] = x
        loss, gradient = loss_and_gradient_of()
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

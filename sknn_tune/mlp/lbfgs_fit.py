"""A fit by L-BFGS, which uses all rows in each step."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sknn_tune.common.caller import warn_caller
from sknn_tune.mlp.configuration import Configuration
from sknn_tune.mlp.divergence import check_finite, check_outputs
from sknn_tune.mlp.fitted_network import FittedNetwork
from sknn_tune.mlp.problem import Problem
from sknn_tune.mlp.watching import Watchers
from sknn_tune.network.arrays import CHUNK_ROWS, allocate, pack_data
from sknn_tune.network.lbfgs import STOPPED, minimise_lbfgs


def fit_lbfgs(
    configuration: Configuration,
    network: FittedNetwork,
    problem: Problem,
    publish: Callable[[dict[str, Any]], None],
    watchers: Watchers,
) -> None:
    """Train a network in place.

    Parameters
    ----------
    configuration : Configuration
        The options.
    network : FittedNetwork
        Where training starts; holds the result.
    problem : Problem
        What the network is fitted to; a validation set is not used.
    publish : callable
        Gets a dict of fitted attributes whenever they have changed.
    watchers : Watchers
        Those notified of each iteration.
    """
    samples = problem.samples
    arrays = network.arrays_for(samples.X)
    n_rows, n_targets = samples.targets.shape
    # The loss whose gradient is followed, not the mean over outputs that scikit-learn reports.
    loss = problem.loss._replace(factor=1.0)
    total_weight = samples.weights.sum(dtype=np.float64)
    objective = configuration.objective(loss, arrays.blueprint, total_weight)
    watchers.begin(configuration.max_iter)
    if configuration.max_iter == 0:  # scipy would make one iteration
        publish({"n_iter_": 0})
        return

    def after_iteration(loss):
        publish({"loss_": loss})
        watchers.begin_step()
        return watchers.end_step()

    result = minimise_lbfgs(
        arrays.blueprint,
        allocate(*arrays, min(n_rows, 4 * CHUNK_ROWS), n_targets),
        pack_data(*samples.arrays),
        objective,
        after_iteration if watchers else None,
        maxfun=configuration.max_fun,
        maxiter=configuration.max_iter,
        gtol=configuration.tol,
    )
    publish({"n_iter_": min(result.nit, configuration.max_iter), "loss_": result.fun})
    if configuration.prints:
        print(f"L-BFGS: {result.nit} iterations, loss = {result.fun:.8f}, {result.message}")
    if result.status not in (0, STOPPED):
        warn_caller(
            f"lbfgs failed to converge after {result.nit} iteration(s) (status="
            f"{result.status}): {result.message}. Increase the number of iterations to "
            "improve the convergence (max_iter, max_fun) or scale the data.",
            ConvergenceWarning,
        )
    check_finite(arrays, result.fun, problem)
    has_converged = result.status == 0
    check_outputs(arrays, problem, slice(CHUNK_ROWS), result.fun if has_converged else None)

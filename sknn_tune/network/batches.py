"""Units around the operations: rows into the input slot, results out of the last one."""

import numpy as np

from sknn_tune.network.context import SCALE, Context, operation_of, output_of
from sknn_tune.network.jit import like
from sknn_tune.network.layers import copy, densify, gather
from sknn_tune.network.plan import OUTPUT
from sknn_tune.network.units import unit
from sknn_tune.network.views import matrix, vector


@unit
def load_targets(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    """Gather the targets and weights of the batch; returns the sum of the weights."""
    data, workspace = context.data, context.workspace
    rows = vector(workspace.rows, 0, n_rows)
    gather(data.targets, rows, matrix(workspace.targets, 0, n_rows, data.targets.shape[1]))
    weights = vector(workspace.weights, 0, n_rows)
    total = 0.0
    for i in range(n_rows):
        weights[i] = data.weights[rows[i]]
        total += weights[i]
    return total


@unit
def load_dense(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    """Gather the rows of the batch."""
    rows = vector(context.workspace.rows, 0, n_rows)
    gather(context.data.dense, rows, output_of(context, 0, n_rows))
    return 0.0


@unit
def load_sparse(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    """Make the rows of the batch dense."""
    data, rows = context.data, vector(context.workspace.rows, 0, n_rows)
    densify(data.values, data.indices, data.indptr, rows, output_of(context, 0, n_rows))
    return 0.0


@unit
def store_output(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    """Copy the outputs of a batch to the predictions, from row ``key`` on."""
    Z = output_of(context, operation_of(context, position)[OUTPUT], n_rows)
    width = Z.shape[1]
    copy(Z, matrix(context.result, np.int64(key) * width, n_rows, width))
    return 0.0


@unit
def clear_gradient(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    """Start a sum of gradients over all rows."""
    context.result[:] = 0
    return 0.0


@unit
def add_gradient(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    """Add the gradient of a batch to that of all rows."""
    gradient = context.result
    for i in range(gradient.size):
        gradient[i] += context.workspace.gradient[i]
    return 0.0


@unit
def finish_gradient(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    """Divide by the sum of weights and add the gradient of the L2 penalty."""
    gradient, theta, objective = context.result, context.workspace.theta, context.objective
    scale = like(gradient[0], context.step[SCALE])
    decay = like(gradient[0], objective.l2)
    for i in range(gradient.size):
        g = gradient[i] + decay * theta[i] if i < objective.n_penalised else gradient[i]
        gradient[i] = scale * g
    return 0.0

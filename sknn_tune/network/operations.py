"""The operations of a network: forward, in prediction and backward of each kind, side by side.

Each part is a unit around the plain kernels of `layers`: it looks up the arrays that its row of
the table of operations names.
"""

from typing import NamedTuple

import numpy as np

from sknn_tune.network.context import Context, delta_of, operation_of, output_of
from sknn_tune.network.embeddings import embed, embed_backward
from sknn_tune.network.jit import inlined
from sknn_tune.network.layers import (
    add,
    batch_moments,
    copy,
    dense_backward,
    dense_forward,
    dropout,
    mix,
    norm_backward,
    norm_forward,
    norm_scale_gradient,
    propagate,
    sparse_backward,
    sparse_forward,
    track_moments,
)
from sknn_tune.network.plan import (
    ADDS,
    BIAS,
    DENSE,
    DROPOUT,
    EMBED,
    INPUT,
    LEARNS,
    NORM,
    OUTPUT,
    SKIP,
    SOURCE,
    SPARSE,
    STATISTICS,
    WEIGHT,
    WIDTH,
)
from sknn_tune.network.units import Unit, unit
from sknn_tune.network.views import matrix, vector


class Operation(NamedTuple):
    """A row of the table of kinds of operation."""

    forward: Unit  #: writes the output
    backward: Unit  #: writes the gradients of the parameters and of the input
    predict: Unit  #: forward where nothing is learned


@unit
def forward_sparse(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    operation, data = operation_of(context, position), context.data
    Z = output_of(context, operation[OUTPUT], n_rows)
    fan_in = context.plan.slots[operation[INPUT], WIDTH]
    W = matrix(context.workspace.theta, operation[WEIGHT], fan_in, Z.shape[1])
    rows = vector(context.workspace.rows, 0, n_rows)
    sparse_forward(data.values, data.indices, data.indptr, rows, W, Z)
    return 0.0


@unit
def backward_sparse(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    operation, data = operation_of(context, position), context.data
    D = delta_of(context, operation[OUTPUT], n_rows)
    fan_in = context.plan.slots[operation[INPUT], WIDTH]
    W_gradient = matrix(context.workspace.gradient, operation[WEIGHT], fan_in, D.shape[1])
    rows = vector(context.workspace.rows, 0, n_rows)
    sparse_backward(data.values, data.indices, data.indptr, rows, D, W_gradient)
    return 0.0


@unit
def forward_dense(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    operation = operation_of(context, position)
    A = output_of(context, operation[INPUT], n_rows)
    Z = output_of(context, operation[OUTPUT], n_rows)
    W = matrix(context.workspace.theta, operation[WEIGHT], A.shape[1], Z.shape[1])
    dense_forward(A, W, Z, context.plan.product_limit)
    return 0.0


@unit
def backward_dense(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    operation, workspace = operation_of(context, position), context.workspace
    slot, weight = operation[INPUT], operation[WEIGHT]
    A = output_of(context, slot, n_rows)
    D = delta_of(context, operation[OUTPUT], n_rows)
    W_gradient = matrix(workspace.gradient, weight, A.shape[1], D.shape[1])
    dense_backward(A, D, W_gradient, context.plan.product_limit)
    if context.plan.slots[slot, LEARNS]:
        W = matrix(workspace.theta, weight, A.shape[1], D.shape[1])
        E = delta_of(context, slot, n_rows)
        propagate(D, W, E, workspace.scratch, context.plan.product_limit, operation[ADDS] == 1)
    return 0.0


@inlined
def _batch_statistics(context, operation, width):
    """Mean and variance of a batch, later its inverse deviation, of a normalisation."""
    moments, start = context.workspace.moments, operation[STATISTICS]
    return vector(moments, start, width), vector(moments, start + width, width)


@inlined
def _running_statistics(context, operation, width):
    """Running means and variances, and the number of batches, of a normalisation."""
    return vector(context.workspace.statistics, operation[STATISTICS], 2 * width + 1)


@inlined
def _normalise(context, operation, A, Z, mean, variance):
    scale = vector(context.workspace.theta, operation[WEIGHT], Z.shape[1])
    normalised = output_of(context, operation[SOURCE], Z.shape[0])
    norm_forward(A, mean, variance, scale, normalised, Z)


@unit
def forward_norm(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    operation = operation_of(context, position)
    A = output_of(context, operation[INPUT], n_rows)
    Z = output_of(context, operation[OUTPUT], n_rows)
    mean, variance = _batch_statistics(context, operation, Z.shape[1])
    weights = vector(context.workspace.weights, 0, n_rows)
    total = batch_moments(A, weights, mean, variance)
    running = _running_statistics(context, operation, Z.shape[1])
    track_moments(running, mean, variance, weights, total)
    _normalise(context, operation, A, Z, mean, variance)
    return 0.0


@unit
def predict_norm(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    operation = operation_of(context, position)
    A = output_of(context, operation[INPUT], n_rows)
    Z = output_of(context, operation[OUTPUT], n_rows)
    width = Z.shape[1]
    mean, variance = _batch_statistics(context, operation, width)
    running = _running_statistics(context, operation, width)
    for j in range(width):
        mean[j] = running[j]
        variance[j] = running[width + j]
    _normalise(context, operation, A, Z, mean, variance)
    return 0.0


@unit
def backward_norm(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    operation, workspace = operation_of(context, position), context.workspace
    D = delta_of(context, operation[OUTPUT], n_rows)
    width = D.shape[1]
    normalised = output_of(context, operation[SOURCE], n_rows)
    scale_gradient = vector(workspace.gradient, operation[WEIGHT], width)
    norm_scale_gradient(normalised, D, scale_gradient)
    if context.plan.slots[operation[INPUT], LEARNS]:
        norm_backward(
            normalised,
            _batch_statistics(context, operation, width)[1],
            vector(workspace.weights, 0, n_rows),
            vector(workspace.theta, operation[WEIGHT], width),
            scale_gradient,
            vector(workspace.gradient, operation[BIAS], width),
            D,
            delta_of(context, operation[INPUT], n_rows),
        )
    return 0.0


@unit
def forward_dropout(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    operation = operation_of(context, position)
    A = output_of(context, operation[INPUT], n_rows)
    Z = output_of(context, operation[OUTPUT], n_rows)
    dropout(A, context.plan.params[position], mix(key, position), Z)
    return 0.0


@unit
def predict_dropout(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    operation = operation_of(context, position)
    A = output_of(context, operation[INPUT], n_rows)
    copy(A, output_of(context, operation[OUTPUT], n_rows))
    return 0.0


@unit
def backward_dropout(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    operation = operation_of(context, position)
    if context.plan.slots[operation[INPUT], LEARNS]:
        D = delta_of(context, operation[OUTPUT], n_rows)
        E = delta_of(context, operation[INPUT], n_rows)
        dropout(D, context.plan.params[position], mix(key, position), E)
    return 0.0


@unit
def forward_skip(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    operation = operation_of(context, position)
    A = output_of(context, operation[INPUT], n_rows)
    Z = output_of(context, operation[OUTPUT], n_rows)
    source, weight = output_of(context, operation[SOURCE], n_rows), operation[WEIGHT]
    if weight < 0:
        copy(source, Z)
    else:
        W = matrix(context.workspace.theta, weight, source.shape[1], Z.shape[1])
        dense_forward(source, W, Z, context.plan.product_limit)
    add(A, Z)
    return 0.0


@unit
def backward_skip(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    """Pass the gradient to both branches; the input of the network needs none."""
    operation, workspace = operation_of(context, position), context.workspace
    source, weight = operation[SOURCE], operation[WEIGHT]
    D = delta_of(context, operation[OUTPUT], n_rows)
    copy(D, delta_of(context, operation[INPUT], n_rows))
    if weight >= 0:
        A = output_of(context, source, n_rows)
        W_gradient = matrix(workspace.gradient, weight, A.shape[1], D.shape[1])
        dense_backward(A, D, W_gradient, context.plan.product_limit)
    if context.plan.slots[source, LEARNS]:
        F = delta_of(context, source, n_rows)
        if weight < 0:
            copy(D, F)
        else:
            W = matrix(workspace.theta, weight, F.shape[1], D.shape[1])
            propagate(D, W, F, workspace.scratch, context.plan.product_limit, operation[ADDS] == 1)
    return 0.0


@unit
def forward_embed(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    operation = operation_of(context, position)
    A = output_of(context, operation[INPUT], n_rows)
    Z = output_of(context, operation[OUTPUT], n_rows)
    embed(context.plan.embeddings, context.workspace.theta, A, Z)
    return 0.0


@unit
def backward_embed(context: Context, position: int, n_rows: int, key: np.uint64) -> float:
    operation = operation_of(context, position)
    if context.plan.slots[operation[OUTPUT], LEARNS]:
        A = output_of(context, operation[INPUT], n_rows)
        D = delta_of(context, operation[OUTPUT], n_rows)
        embed_backward(context.plan.embeddings, A, D, context.workspace.gradient)
    return 0.0


#: The rows by `plan.KIND`.
OPERATIONS = {
    SPARSE: Operation(forward_sparse, backward_sparse, forward_sparse),
    DENSE: Operation(forward_dense, backward_dense, forward_dense),
    NORM: Operation(forward_norm, backward_norm, predict_norm),
    DROPOUT: Operation(forward_dropout, backward_dropout, predict_dropout),
    SKIP: Operation(forward_skip, backward_skip, forward_skip),
    EMBED: Operation(forward_embed, backward_embed, forward_embed),
}

"""The compiled passes over a network: forward, backward, one epoch, one evaluation.

Kernels receive their arrays in named tuples, which keeps calls short and cheap to unpack. Each
entry point is compiled once for each dtype; nothing about a particular network is compiled in.
"""

from typing import NamedTuple

import numpy as np

from sknn_tune.network.activations import activate, activate_backward
from sknn_tune.network.blueprint import (
    ACTIVATION,
    ADDS,
    BIAS,
    DENSE,
    DROPOUT,
    EMBED,
    INPUT,
    KIND,
    LEARNS,
    N_COLUMNS,
    NORM,
    OFFSET,
    OUTPUT,
    SAVED,
    SOURCE,
    SPARSE,
    STATISTICS,
    WEIGHT,
    WIDTH,
    Plan,
)
from sknn_tune.network.embeddings import embed, embed_backward
from sknn_tune.network.jit import entry_point, inlined, kernel, like
from sknn_tune.network.layers import (
    add,
    batch_moments,
    copy,
    dense_backward,
    dense_forward,
    densify,
    dropout,
    gather,
    mix,
    norm_backward,
    norm_forward,
    norm_scale_gradient,
    propagate,
    sparse_backward,
    sparse_forward,
    track_moments,
)
from sknn_tune.network.losses import apply_link, output_loss
from sknn_tune.network.optimizers import BatchStep, Hyperparameters, count_step, update
from sknn_tune.network.penalties import (
    clipping_factor,
    proximal_step,
    sum_of_absolutes,
    sum_of_squares,
)
from sknn_tune.network.views import borrowed, matrix, vector


class Data(NamedTuple):
    """Rows to learn from; of X either the dense matrix or the compressed rows are used."""

    dense: np.ndarray  #: (n, n_features), read-only
    values: np.ndarray  #: nonzeros of the compressed rows, read-only
    indices: np.ndarray  #: their columns, read-only
    indptr: np.ndarray  #: where each row starts, read-only
    targets: np.ndarray  #: (n, n_outputs), or (n, 1) numbers of classes; read-only
    weights: np.ndarray  #: (n,), read-only


class Workspace(NamedTuple):
    """What a pass writes."""

    theta: np.ndarray  #: (n_parameters,)
    gradient: np.ndarray  #: (n_parameters,)
    statistics: np.ndarray  #: running moments of batch normalisation
    moments: np.ndarray  #: moments of the current batch, laid out as the running ones
    outputs: np.ndarray  #: the slots: capacity * row_size
    deltas: np.ndarray  #: gradients of the slots, except the input
    scratch: np.ndarray  #: room for one slot
    targets: np.ndarray  #: (capacity, n_targets)
    weights: np.ndarray  #: (capacity,)
    capacity: int  #: rows of the largest batch


class Objective(NamedTuple):
    """What is minimised."""

    loss: int
    loss_params: np.ndarray  #: (n_outputs,), the loss's parameter for each output
    loss_factor: float
    n_penalised: int
    l1: float
    l2: float
    whole_weight: float  #: weight that the penalty is divided by; 0: that of the batch


class Optimization(NamedTuple):
    """How it is minimised."""

    optimizer: int
    decoupled_decay: bool
    clip_norm: float  #: 0: no clipping
    hyper: Hyperparameters
    state: np.ndarray  #: the moments, n_parameters numbers each
    counters: np.ndarray  #: float64, see `optimizers`


@kernel
def _output(plan, workspace, slot, n_rows):
    """The slot of a batch's rows."""
    start = plan.slots[slot, OFFSET] * workspace.capacity
    return matrix(workspace.outputs, start, n_rows, plan.slots[slot, WIDTH])


@kernel
def _delta(plan, workspace, slot, n_rows):
    """The gradient of the loss with respect to a slot."""
    start = plan.slots[slot, OFFSET] * workspace.capacity
    return matrix(workspace.deltas, start, n_rows, plan.slots[slot, WIDTH])


@inlined
def _load(plan, workspace, data, rows):
    """Fill the input slot with the rows; a sparse first layer reads them where they are."""
    if plan.operations[KIND] == SPARSE:
        return
    A = _output(plan, workspace, plan.operations[INPUT], rows.size)
    if data.indptr.size:
        densify(data.values, data.indices, data.indptr, rows, A)
    else:
        gather(data.dense, rows, A)


@inlined
def _moments(plan, workspace, operation):
    """Mean and variance of a batch, later its inverse deviation, of a normalisation."""
    start, width = operation[STATISTICS], plan.slots[operation[OUTPUT], WIDTH]
    return vector(workspace.moments, start, width), vector(workspace.moments, start + width, width)


@inlined
def _normalise(plan, workspace, operation, A, Z, training):
    n, width = Z.shape
    mean, variance = _moments(plan, workspace, operation)
    start = operation[STATISTICS]
    running = vector(workspace.statistics, start, 2 * width + 1)
    if training:
        weights = vector(workspace.weights, 0, n)
        total = batch_moments(A, weights, mean, variance)
        track_moments(running, mean, variance, weights, total)
    else:
        for j in range(width):
            mean[j] = running[j]
            variance[j] = running[width + j]
    scale = vector(workspace.theta, operation[WEIGHT], width)
    normalised = _output(plan, workspace, operation[SOURCE], n)
    norm_forward(A, mean, variance, scale, normalised, Z)


@inlined
def forward(
    plan: Plan, workspace: Workspace, data: Data, rows: np.ndarray, training: bool, key: np.uint64
) -> np.ndarray:
    """Walk the table down and return the raw scores.

    Dropout and the moments of the batch act in training only.
    """
    n = rows.size
    for o in range(plan.n_operations):
        operation = vector(plan.operations, o * N_COLUMNS, N_COLUMNS)
        kind, weight, bias = operation[KIND], operation[WEIGHT], operation[BIAS]
        Z = _output(plan, workspace, operation[OUTPUT], n)
        width = Z.shape[1]
        if kind == SPARSE:
            W = matrix(workspace.theta, weight, plan.slots[0, WIDTH], width)
            sparse_forward(data.values, data.indices, data.indptr, rows, W, Z)
        else:
            A = _output(plan, workspace, operation[INPUT], n)
            if kind == DENSE:
                dense_forward(A, matrix(workspace.theta, weight, A.shape[1], width), Z)
            elif kind == EMBED:
                embed(plan.embeddings, workspace.theta, A, Z)
            elif kind == NORM:
                _normalise(plan, workspace, operation, A, Z, training)
            elif kind == DROPOUT:
                if training:
                    dropout(A, plan.params[o], mix(key, o), Z)
                else:
                    copy(A, Z)
            else:
                source = _output(plan, workspace, operation[SOURCE], n)
                if weight < 0:
                    copy(source, Z)
                else:
                    W = matrix(workspace.theta, weight, source.shape[1], width)
                    dense_forward(source, W, Z)
                add(A, Z)
        if bias >= 0:
            P = _output(plan, workspace, operation[SAVED], n)
            shift = vector(workspace.theta, bias, width)
            activate(operation[ACTIVATION], Z, shift, P, plan.params[o])
    last = vector(plan.operations, (plan.n_operations - 1) * N_COLUMNS, N_COLUMNS)
    return _output(plan, workspace, last[OUTPUT], n)


@inlined
def _skip_backward(plan, workspace, operation, D, E):
    """Pass the gradient to both branches; the input of the network needs none."""
    n = D.shape[0]
    copy(D, E)
    source, weight = operation[SOURCE], operation[WEIGHT]
    if weight >= 0:
        A = _output(plan, workspace, source, n)
        dense_backward(A, D, matrix(workspace.gradient, weight, A.shape[1], D.shape[1]))
    if plan.slots[source, LEARNS]:
        F = _delta(plan, workspace, source, n)
        if weight < 0:
            copy(D, F)
        else:
            W = matrix(workspace.theta, weight, F.shape[1], D.shape[1])
            propagate(D, W, F, workspace.scratch, operation[ADDS] == 1)


@inlined
def _norm_backward(plan, workspace, operation, D):
    n, width = D.shape
    scale_start, shift_start = operation[WEIGHT], operation[BIAS]
    normalised = _output(plan, workspace, operation[SOURCE], n)
    scale_gradient = vector(workspace.gradient, scale_start, width)
    norm_scale_gradient(normalised, D, scale_gradient)
    if plan.slots[operation[INPUT], LEARNS]:
        norm_backward(
            normalised,
            _moments(plan, workspace, operation)[1],
            vector(workspace.weights, 0, n),
            vector(workspace.theta, scale_start, width),
            scale_gradient,
            vector(workspace.gradient, shift_start, width),
            D,
            _delta(plan, workspace, operation[INPUT], n),
        )


@inlined
def _dense_backward(plan, workspace, data, rows, operation, D):
    n, width = D.shape
    slot, weight = operation[INPUT], operation[WEIGHT]
    fan_in = plan.slots[slot, WIDTH]
    W_gradient = matrix(workspace.gradient, weight, fan_in, width)
    if operation[KIND] == SPARSE:
        sparse_backward(data.values, data.indices, data.indptr, rows, D, W_gradient)
    else:
        dense_backward(_output(plan, workspace, slot, n), D, W_gradient)
    if plan.slots[slot, LEARNS]:
        E = _delta(plan, workspace, slot, n)
        W = matrix(workspace.theta, weight, fan_in, width)
        propagate(D, W, E, workspace.scratch, operation[ADDS] == 1)


@inlined
def backward(plan: Plan, workspace: Workspace, data: Data, rows: np.ndarray, key: int) -> None:
    """Walk the table up from the delta of the output; writes the whole gradient."""
    n = rows.size
    for o in range(plan.n_operations - 1, -1, -1):
        operation = vector(plan.operations, o * N_COLUMNS, N_COLUMNS)
        kind, bias, slot = operation[KIND], operation[BIAS], operation[INPUT]
        D = _delta(plan, workspace, operation[OUTPUT], n)
        if bias >= 0:
            A = _output(plan, workspace, operation[OUTPUT], n)
            P = _output(plan, workspace, operation[SAVED], n)
            bias_gradient = vector(workspace.gradient, bias, D.shape[1])
            bias_gradient[:] = 0
            activate_backward(operation[ACTIVATION], A, P, D, bias_gradient, plan.params[o])
        if kind in (SPARSE, DENSE):
            _dense_backward(plan, workspace, data, rows, operation, D)
        elif kind == EMBED:
            if plan.slots[operation[OUTPUT], LEARNS]:
                A = _output(plan, workspace, slot, n)
                embed_backward(plan.embeddings, A, D, workspace.gradient)
        elif kind == NORM:
            _norm_backward(plan, workspace, operation, D)
        elif kind == DROPOUT:
            if plan.slots[slot, LEARNS]:
                E = _delta(plan, workspace, slot, n)
                dropout(D, plan.params[o], mix(key, o), E)
        else:
            _skip_backward(
                plan,
                workspace,
                operation,
                D,
                _delta(plan, workspace, slot, n),
            )


@inlined
def _batch_gradient(plan, workspace, data, objective, rows, key):
    """Sums over the rows: weight, loss, and the gradient in ``workspace.gradient``."""
    n = rows.size
    total = 0.0
    targets = matrix(workspace.targets, 0, n, data.targets.shape[1])
    weights = vector(workspace.weights, 0, n)
    gather(data.targets, rows, targets)
    for i in range(n):
        weights[i] = data.weights[rows[i]]
        total += weights[i]
    if total <= 0.0:
        return total, 0.0
    _load(plan, workspace, data, rows)
    Z = forward(plan, workspace, data, rows, True, key)
    last = vector(plan.operations, (plan.n_operations - 1) * N_COLUMNS, N_COLUMNS)
    D = _delta(plan, workspace, last[OUTPUT], n)
    loss = output_loss(objective.loss, Z, targets, weights, D, objective.loss_params)
    backward(plan, workspace, data, rows, key)
    return total, loss * objective.loss_factor


@inlined
def _penalty(theta, objective, l2):
    value = 0.0
    penalised = vector(theta, 0, objective.n_penalised)
    if l2 > 0.0:
        value += 0.5 * l2 * sum_of_squares(penalised)
    if objective.l1 > 0.0:
        value += objective.l1 * sum_of_absolutes(penalised)
    return value


@inlined
def _step(workspace, objective, optimization, total, rate):
    """One update of the parameters from the sums over a batch of weight ``total``."""
    theta, gradient, state = workspace.theta, workspace.gradient, optimization.state
    counters, hyper = optimization.counters, optimization.hyper
    share = total / objective.whole_weight if objective.whole_weight > 0.0 else 1.0
    scale = like(theta[0], 1.0 / total)
    decay = like(theta[0], objective.l2 * share)
    if optimization.clip_norm > 0.0:
        coupled = like(decay, 0.0) if optimization.decoupled_decay else decay
        scale *= like(
            scale,
            clipping_factor(
                theta, gradient, objective.n_penalised, coupled, scale, optimization.clip_norm
            ),
        )
    if optimization.decoupled_decay:
        decay = like(theta[0], objective.l2)
    count_step(counters, hyper)
    code = optimization.optimizer
    # A loop, and no literal among the arguments, so that the update is compiled only once.
    bounds = (objective.n_penalised * 0, objective.n_penalised, theta.size)
    for part in range(2):
        start, stop = bounds[part], bounds[part + 1]
        if start < stop:
            step = BatchStep(rate, decay, scale, counters, hyper)
            update(code, theta, gradient, state, start, stop, step)
        decay = like(decay, 0.0)
    if objective.l1 > 0.0:
        threshold = like(theta[0], objective.l1 * share / total)
        penalised = objective.n_penalised
        proximal_step(code, theta, state, penalised, rate, threshold, counters, hyper)


@entry_point
def train_epoch(
    plan: Plan,
    workspace: Workspace,
    data: Data,
    objective: Objective,
    optimization: Optimization,
    order: np.ndarray,
    batch_ends: np.ndarray,
    rates: np.ndarray,
    seed: int,
    epoch: int,
) -> float:
    """Pass once over ``order`` in batches and return the mean loss.

    Batches without weight are skipped.
    """
    plan, workspace, data = borrowed(plan), borrowed(workspace), borrowed(data)
    objective, optimization = borrowed(objective), borrowed(optimization)
    loss_sum = 0.0
    n_rows = 0
    start = 0
    for b in range(batch_ends.size):
        rows = vector(order, start, batch_ends[b] - start)
        start = batch_ends[b]
        key = mix(mix(np.uint64(seed), epoch), b)
        total, loss = _batch_gradient(plan, workspace, data, objective, rows, key)
        if total <= 0.0:
            continue
        # A decoupled decay is not part of the loss.
        penalty = _penalty(
            workspace.theta, objective, 0.0 if optimization.decoupled_decay else objective.l2
        )
        divisor = objective.whole_weight if objective.whole_weight > 0.0 else total
        loss_sum += (loss / total + penalty / divisor) * rows.size
        n_rows += rows.size
        _step(workspace, objective, optimization, total, rates[b])
    return loss_sum / max(n_rows, 1)


@entry_point
def loss_and_gradient(
    plan: Plan, workspace: Workspace, data: Data, objective: Objective, gradient: np.ndarray
) -> float:
    """Loss and gradient over all rows, in chunks that fit the workspace."""
    plan, workspace, data = borrowed(plan), borrowed(workspace), borrowed(data)
    objective = borrowed(objective)
    n = data.targets.shape[0]
    gradient[:] = 0
    total_sum = 0.0
    loss_sum = 0.0
    for start in range(0, n, workspace.capacity):
        rows = np.arange(start, min(start + workspace.capacity, n))
        total, loss = _batch_gradient(plan, workspace, data, objective, rows, np.uint64(0))
        if total > 0.0:
            total_sum += total
            loss_sum += loss
            for i in range(gradient.size):
                gradient[i] += workspace.gradient[i]
    scale = like(gradient[0], 1.0 / total_sum)
    decay = like(gradient[0], objective.l2)
    for i in range(gradient.size):
        g = gradient[i] + decay * workspace.theta[i] if i < objective.n_penalised else gradient[i]
        gradient[i] = scale * g
    return (loss_sum + _penalty(workspace.theta, objective, objective.l2)) / total_sum


@entry_point
def loss_of_scores(
    loss: int,
    loss_params: np.ndarray,
    scores: np.ndarray,
    targets: np.ndarray,
    weights: np.ndarray,
    deltas: np.ndarray,
) -> float:
    """Sum of the losses of raw scores; scores <- predictions, deltas <- what gradients need."""
    return output_loss(loss, scores, targets, weights, deltas, loss_params)


@entry_point
def predict(
    plan: Plan, workspace: Workspace, data: Data, link: int, predictions: np.ndarray
) -> None:
    """predictions <- link(scores) of all rows, in chunks that fit the workspace."""
    plan, workspace, data = borrowed(plan), borrowed(workspace), borrowed(data)
    k = plan.slots[plan.slots.shape[0] - 1, WIDTH]
    n = predictions.size // k
    for start in range(0, n, workspace.capacity):
        rows = np.arange(start, min(start + workspace.capacity, n))
        _load(plan, workspace, data, rows)
        Z = forward(plan, workspace, data, rows, False, np.uint64(0))
        apply_link(link, Z)
        copy(Z, matrix(predictions, start * k, rows.size, k))

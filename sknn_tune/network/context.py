"""What the units of a network read and write, as records."""

from typing import NamedTuple

import numpy as np

from sknn_tune.network.jit import kernel
from sknn_tune.network.plan import N_COLUMNS, OFFSET, WIDTH, Plan
from sknn_tune.network.records import (
    ABSENT,
    Floats,
    InputIndices,
    InputMatrix,
    InputVector,
    Integers,
    Vector,
)
from sknn_tune.network.views import matrix, vector


class Data(NamedTuple):
    """Rows to learn from; of X either the dense matrix or the compressed rows are used."""

    dense: InputMatrix  #: (n, n_features)
    values: InputVector  #: nonzeros of the compressed rows
    indices: InputIndices  #: their columns
    indptr: InputIndices  #: where each row starts
    targets: InputMatrix = ABSENT  #: (n, n_outputs), or (n, 1) numbers of classes
    weights: InputVector = ABSENT  #: (n,)


class Workspace(NamedTuple):
    """What a pass writes."""

    capacity: int  #: rows of the largest batch
    outputs: Vector  #: the slots: capacity * row_size
    theta: Vector = ABSENT  #: (n_parameters,)
    gradient: Vector = ABSENT  #: (n_parameters,)
    statistics: Vector = ABSENT  #: running moments of batch normalisation
    moments: Vector = ABSENT  #: moments of the current batch, laid out as the running ones
    deltas: Vector = ABSENT  #: gradients of the slots, except the input
    scratch: Vector = ABSENT  #: room for one slot
    targets: Vector = ABSENT  #: (capacity, n_targets)
    weights: Vector = ABSENT  #: (capacity,)
    rows: Integers = ABSENT  #: (capacity,), the rows of the current batch


class Objective(NamedTuple):
    """What is minimised."""

    loss: int
    loss_params: Vector  #: (n_outputs,), the loss's parameter for each output
    loss_factor: float
    n_penalised: int
    l1: float
    l2: float
    whole_weight: float  #: weight that the penalty is divided by; 0: that of the batch


class Hyperparameters(NamedTuple):
    """Numbers of the update rules."""

    momentum: float
    nesterov: bool
    beta_1: float
    beta_2: float
    epsilon: float


class Optimization(NamedTuple):
    """How it is minimised."""

    optimizer: int
    decoupled_decay: bool
    clip_norm: float  #: 0: no clipping
    hyper: Hyperparameters
    state: Vector  #: the moments, n_parameters numbers each
    counters: Floats  #: see `optimizers`


class Context(NamedTuple):
    """All that units read and write; what a pass has no use for is absent."""

    plan: Plan
    workspace: Workspace
    data: Data = ABSENT
    objective: Objective = ABSENT
    optimization: Optimization = ABSENT
    step: Floats = ABSENT  #: N_STEP numbers of the current batch
    result: Vector = ABSENT  #: predictions, or the gradient of all rows


#: What `Context.step` holds: learning rate; factor of the gradient, by the weight and by clipping;
#: share of the penalty; threshold of L1, before it is measured with the optimizer's step sizes.
RATE, SCALE, CLIPPING, SHARE, THRESHOLD = range(5)
N_STEP = 5


@kernel
def operation_of(context: Context, position: int) -> np.ndarray:
    """A row of the table of operations."""
    return vector(context.plan.operations, position * N_COLUMNS, N_COLUMNS)


@kernel
def output_of(context: Context, slot: int, n_rows: int) -> np.ndarray:
    """The slot of a batch's rows."""
    slots, workspace = context.plan.slots, context.workspace
    start = slots[slot, OFFSET] * workspace.capacity
    return matrix(workspace.outputs, start, n_rows, slots[slot, WIDTH])


@kernel
def delta_of(context: Context, slot: int, n_rows: int) -> np.ndarray:
    """The gradient of the loss with respect to a slot."""
    slots, workspace = context.plan.slots, context.workspace
    start = slots[slot, OFFSET] * workspace.capacity
    return matrix(workspace.deltas, start, n_rows, slots[slot, WIDTH])

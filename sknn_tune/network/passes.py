"""The loops over batches and operations: one epoch, loss and gradient of all rows, prediction.

They call the units of a network by their addresses and touch no element of an array themselves,
so they are compiled once for all dtypes, and nothing about a particular network is compiled in.
"""

from typing import NamedTuple

import numpy as np
from numba import types

from sknn_tune.network.context import CLIPPING, RATE, SCALE, SHARE, THRESHOLD, Hyperparameters
from sknn_tune.network.jit import inlined
from sknn_tune.network.layers import mix
from sknn_tune.network.optimizers import count_step
from sknn_tune.network.progress import note_loss
from sknn_tune.network.records import ABSENT, Floats, Integers, record_type
from sknn_tune.network.shuffling import WORDS, shuffle
from sknn_tune.network.units import invoke, loop

NO_KEY = np.uint64(0)


class Program(NamedTuple):
    """Addresses of the units of a network; 0 where there is nothing to do."""

    forward: Integers  #: of each operation
    activate: Integers  #: after each operation
    derive: Integers = ABSENT  #: the way back of `activate`
    backward: Integers = ABSENT  #: the way back of `forward`
    load_input: int = 0
    load_targets: int = 0
    loss: int = 0
    squares: int = 0
    absolutes: int = 0
    clip: int = 0
    update: int = 0
    proximal: int = 0
    link: int = 0
    store: int = 0
    clear_gradient: int = 0
    add_gradient: int = 0
    finish_gradient: int = 0


class Epoch(NamedTuple):
    """What the loop over batches reads and writes itself, for one block of each batch's rows."""

    order: Integers  #: rows in the order of the epoch
    rows: Integers  #: that of the workspace
    batch_ends: Integers
    rates: Floats  #: learning rate of each batch
    step: Floats  #: that of the context
    counters: Floats  #: those of the optimization
    hyper: Hyperparameters
    sums: Floats  #: of the block: weight, loss
    block: int
    n_blocks: int  #: of each batch
    n_parameters: int
    seed: int
    loss_factor: float
    l1: float
    l2: float
    whole_weight: float  #: weight that the penalty is divided by; 0: that of the batch


#: Types of the records, the same for every dtype of the network.
PROGRAM, EPOCH = record_type(Program, "float64"), record_type(Epoch, "float64")
_ROWS, _STEP = types.Array(types.int64, 1, "C"), types.Array(types.float64, 1, "C")
_LOSSES = _PROGRESS = _STEP


@inlined
def _forward(program, context, n_rows, key):
    if program.load_input != 0:
        invoke(program.load_input, context, 0, n_rows, key)
    for o in range(program.forward.size):
        invoke(program.forward[o], context, o, n_rows, key)
        if program.activate[o] != 0:
            invoke(program.activate[o], context, o, n_rows, key)


@inlined
def _backward(program, context, n_rows, key):
    for o in range(program.backward.size - 1, -1, -1):
        if program.derive[o] != 0:
            invoke(program.derive[o], context, o, n_rows, key)
        invoke(program.backward[o], context, o, n_rows, key)


@inlined
def _batch_gradient(program, context, n_rows, key):
    """Sums over the rows: weight, loss, and the gradient in the workspace."""
    total = invoke(program.load_targets, context, 0, n_rows, key)
    loss = 0.0
    if total > 0.0:
        _forward(program, context, n_rows, key)
        loss = invoke(program.loss, context, program.forward.size - 1, n_rows, key)
        _backward(program, context, n_rows, key)
    return total, loss


@inlined
def _penalty(program, context, l1, l2):
    """The penalty on the parameters, before it is divided by the weight."""
    value = 0.0
    if program.squares != 0:
        value += 0.5 * l2 * invoke(program.squares, context, 0, 0, NO_KEY)
    if program.absolutes != 0:
        value += l1 * invoke(program.absolutes, context, 0, 0, NO_KEY)
    return value


@inlined
def _block_gradient(program, context, epoch, number, batch):
    """Sums over a block of a batch's rows: weight, loss, and the gradient in the workspace."""
    first = epoch.batch_ends[batch - 1] if batch > 0 else 0
    size = epoch.batch_ends[batch] - first
    start = first + size * epoch.block // epoch.n_blocks
    n_rows = first + size * (epoch.block + 1) // epoch.n_blocks - start
    for i in range(n_rows):
        epoch.rows[i] = epoch.order[start + i]
    key = mix(mix(np.uint64(epoch.seed), number), batch)
    if epoch.n_blocks > 1:
        key = mix(key, epoch.block)
    return _batch_gradient(program, context, n_rows, key)


@inlined
def _begin_step(program, context, epoch, batch, n_rows, total, loss, loss_sum):
    """Set what the update after a batch reads; returns the sum of the rows' losses with it."""
    penalty = _penalty(program, context, epoch.l1, epoch.l2)
    divisor = epoch.whole_weight if epoch.whole_weight > 0.0 else total
    share = total / epoch.whole_weight if epoch.whole_weight > 0.0 else 1.0
    scale = 1.0 / total
    loss_sum += (loss * epoch.loss_factor / total + penalty / divisor) * n_rows
    epoch.step[RATE], epoch.step[SCALE], epoch.step[SHARE] = epoch.rates[batch], scale, share
    if program.clip != 0:
        epoch.step[CLIPPING] = invoke(program.clip, context, 0, 0, NO_KEY)
    count_step(epoch.counters, epoch.hyper)
    return loss_sum


@inlined
def _end_step(program, context, epoch, total):
    """What follows the update."""
    if program.proximal != 0:
        epoch.step[THRESHOLD] = epoch.l1 * epoch.step[SHARE] / total
        invoke(program.proximal, context, 0, 0, NO_KEY)


@inlined
def _train_epoch(program, context, epoch, number):
    """Pass once over the rows in batches and return the mean loss.

    Batches without weight are skipped.
    """
    loss_sum = 0.0
    n_seen = 0
    start = 0
    for batch in range(epoch.batch_ends.size):
        n_rows = epoch.batch_ends[batch] - start
        start = epoch.batch_ends[batch]
        total, loss = _block_gradient(program, context, epoch, number, batch)
        if total <= 0.0:
            continue
        loss_sum = _begin_step(program, context, epoch, batch, n_rows, total, loss, loss_sum)
        n_seen += n_rows
        invoke(program.update, context, 0, epoch.n_parameters, NO_KEY)
        _end_step(program, context, epoch, total)
    return loss_sum / max(n_seen, 1)


@loop(PROGRAM, types.int64, EPOCH, WORDS, types.int64, _LOSSES, _PROGRESS)
def train_epochs(
    program: Program,
    context: int,
    epoch: Epoch,
    words: np.ndarray,
    number: int,
    losses: Floats,
    progress: Floats,
) -> int:
    """Pass over the rows as often as there is room for losses.

    A loss that is not finite, or too many in a row without progress, end it earlier.

    Parameters
    ----------
    words : ndarray of uint32
        Of the generator that the rows are shuffled by; empty where they keep their order.
    number : int
        Of the first epoch.
    losses : ndarray
        Get the mean loss of each epoch.
    progress : ndarray
        The numbers of a `Progress`.

    Returns
    -------
    int
        How many epochs there were.
    """
    for i in range(losses.size):
        if words.size > 0:
            shuffle(words, epoch.order)
        losses[i] = _train_epoch(program, context, epoch, number + i)
        is_fruitless = note_loss(progress, losses[i])
        if is_fruitless or not np.isfinite(losses[i]):
            return i + 1
    return losses.size


@loop(PROGRAM, types.int64, EPOCH, types.int64, types.int64)
def block_gradient(program: Program, context: int, epoch: Epoch, number: int, batch: int) -> None:
    """Gradient of a block of a batch's rows; its sums go into the record of the block."""
    epoch.sums[0], epoch.sums[1] = _block_gradient(program, context, epoch, number, batch)


@loop(PROGRAM, types.int64, EPOCH, *[types.int64] * 2, *[types.float64] * 3)
def begin_step(
    program: Program,
    context: int,
    epoch: Epoch,
    batch: int,
    n_rows: int,
    total: float,
    loss: float,
    loss_sum: float,
) -> float:
    """Set what the update after a batch reads; returns the sum of the rows' losses with it."""
    return _begin_step(program, context, epoch, batch, n_rows, total, loss, loss_sum)


@loop(PROGRAM, types.int64, EPOCH, types.float64)
def end_step(program: Program, context: int, epoch: Epoch, total: float) -> None:
    """What follows the update."""
    _end_step(program, context, epoch, total)


@loop(PROGRAM, types.int64, _ROWS, _STEP, types.int64, types.float64, types.float64)
def loss_and_gradient(
    program: Program,
    context: int,
    rows: Integers,
    step: Floats,
    n_rows: int,
    l1: float,
    l2: float,
) -> float:
    """Loss and gradient over all rows, in chunks that fit the workspace."""
    invoke(program.clear_gradient, context, 0, 0, NO_KEY)
    total_sum = 0.0
    loss_sum = 0.0
    for start in range(0, n_rows, rows.size):
        size = min(rows.size, n_rows - start)
        for i in range(size):
            rows[i] = start + i
        total, loss = _batch_gradient(program, context, size, NO_KEY)
        if total > 0.0:
            total_sum += total
            loss_sum += loss
            invoke(program.add_gradient, context, 0, size, NO_KEY)
    step[SCALE] = 1.0 / total_sum
    invoke(program.finish_gradient, context, 0, 0, NO_KEY)
    return (loss_sum + _penalty(program, context, l1, l2)) / total_sum


@loop(PROGRAM, types.int64, _ROWS, types.int64, types.int64)
def predict(program: Program, context: int, rows: Integers, first: int, stop: int) -> None:
    """Predict some rows, in chunks that fit the workspace."""
    last = program.forward.size - 1
    for start in range(first, stop, rows.size):
        size = min(rows.size, stop - start)
        for i in range(size):
            rows[i] = start + i
        _forward(program, context, size, NO_KEY)
        invoke(program.link, context, last, size, NO_KEY)
        invoke(program.store, context, last, size, np.uint64(start))


@loop(types.int64, types.int64, types.int64, types.int64)
def run_unit(address: int, context: int, position: int, n_rows: int) -> float:
    """Call a single unit from Python."""
    return invoke(address, context, position, n_rows, NO_KEY)

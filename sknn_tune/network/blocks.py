"""Epochs of large networks, which several threads share.

The rows of a batch are divided into blocks. Each has its own room and its own gradient, and the
gradients are added in the order of the blocks. The number of blocks depends on the sizes of the
network and of the batch, never on the number of threads: so the result is the same for all.

Smaller networks gain nothing; batch normalisation needs all rows of a batch at once; and the
gradient of a sparse first layer is cheaper than the addition of several.
"""

from dataclasses import dataclass

import numpy as np

from sknn_tune.common.team import Team
from sknn_tune.common.threads import single_blas_thread
from sknn_tune.network.arrays import allocate
from sknn_tune.network.blueprint import Blueprint
from sknn_tune.network.context import Context, Workspace
from sknn_tune.network.passes import (
    EPOCH,
    Epoch,
    begin_step,
    block_gradient,
    end_step,
    run_unit,
)
from sknn_tune.network.plan import KIND, N_COLUMNS, NORM, SPARSE
from sknn_tune.network.records import Packed, Record

#: Multiplications and rows of a batch from which on it is divided: that takes some hundredths
#: longer on one thread, as each block's products bring the weights into BLAS's order again.
_LARGE = 1 << 24
_FEWEST_ROWS = 256
_BLOCK_ROWS = 256  #: where there are several times as many
_MOST_BLOCKS = 8
#: Parameters that a thread updates at a time.
_PART = 1 << 17


def n_blocks(blueprint: Blueprint, batch_size: int) -> int:
    """Into how many blocks the rows of a batch are divided; 1 where that would gain nothing."""
    if batch_size < _FEWEST_ROWS or batch_size * blueprint.n_weights < _LARGE:
        return 1
    kinds = blueprint.plan.operations.reshape(-1, N_COLUMNS)[:, KIND]
    if np.isin(kinds, (NORM, SPARSE)).any():
        return 1
    return min(max(2, batch_size // _BLOCK_ROWS), _MOST_BLOCKS)


@dataclass
class DividedEpoch:
    """Passes over the rows in which the rows of each batch are divided.

    Parameters
    ----------
    program : Packed
        Of the training.
    context : Context
        Of the training; its workspace is that of the first block.
    epoch : Epoch
        Likewise.
    kind : Record
        The type of the context.
    blueprint : Blueprint
        Of the network.
    """

    program: Packed
    context: Context
    epoch: Epoch
    kind: Record
    blueprint: Blueprint

    def __post_init__(self):
        self._sums = np.empty((self.epoch.n_blocks, 2))
        rooms = [self.context.workspace, *self._more_room()]
        self._gradients = [room.gradient for room in rooms]
        contexts = [self.context._replace(workspace=room) for room in rooms]
        self._contexts = [Packed(context, self.kind) for context in contexts]
        self._epochs = [
            Packed(self.epoch._replace(rows=room.rows, sums=sums, block=block), EPOCH)
            for block, (room, sums) in enumerate(zip(rooms, self._sums, strict=True))
        ]
        first = self.program, self._contexts[0], self._epochs[0]
        self._handles = [packed.handle for packed in first]
        starts = range(0, self.epoch.n_parameters, _PART)
        self._parts = [slice(start, start + _PART) for start in starts]

    def _more_room(self) -> list[Workspace]:
        first = self.context.workspace
        n_targets = self.context.data.targets.shape[1]
        most_rows = -(-first.capacity // self.epoch.n_blocks)
        return [
            allocate(self.blueprint, first.theta, first.statistics, most_rows, n_targets)
            for _ in range(1, self.epoch.n_blocks)
        ]

    def run(self, number: int) -> float:
        """Pass once over the rows and return the mean loss; batches without weight are skipped."""
        loss_sum, n_seen, start = 0.0, 0, 0
        with Team(min(single_blas_thread.share, self.epoch.n_blocks)) as team:
            for batch, end in enumerate(self.epoch.batch_ends.tolist()):
                total, loss = self._add_gradients(team, number, batch)
                if total > 0.0:
                    n_seen += end - start
                    loss_sum = begin_step(*self._handles, batch, end - start, total, loss, loss_sum)
                    self._update(team)
                    end_step(*self._handles, total)
                start = end
        return loss_sum / max(n_seen, 1)

    def _add_gradients(self, team, number, batch):
        """Sums over the rows of a batch: weight, loss, and the gradient in the first room."""
        handle = self.program.handle

        def differentiate(_, block):
            context, epoch = self._contexts[block].handle, self._epochs[block].handle
            block_gradient(handle, context, epoch, number, batch)
            if not self._sums[block, 0] > 0.0:  # rows without weight, which were left out
                self._gradients[block][:] = 0

        def add(_, part):
            first, *others = self._gradients
            for other in others:
                np.add(first[part], other[part], out=first[part])

        team.share(range(self.epoch.n_blocks), differentiate)
        team.share(self._parts, add)
        total, loss = 0.0, 0.0
        for block_total, block_loss in self._sums.tolist():
            total, loss = total + block_total, loss + block_loss
        return total, loss

    def _update(self, team):
        unit, context = self.program.record.update, self._contexts[0].handle

        def update(_, part):
            n = min(part.stop, self.epoch.n_parameters) - part.start
            run_unit(unit, context, part.start, n)

        team.share(self._parts, update)

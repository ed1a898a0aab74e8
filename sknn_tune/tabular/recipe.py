"""How members learn: the size of batches, the number of epochs, the rates, and when to stop.

Noisy tables are learned in a few epochs, clean ones need many, and a network is at its best only
once its rate has come down. So the rate comes down several times: after a few epochs, and after
cycles twice as long each time (Loshchilov and Hutter 2017, arXiv:1608.03983). A member stops at the
end of a cycle in which the falling rate was of no use.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sknn_tune.network.schedules import Schedule

#: Bounds of the batch size, and how many batches an epoch should have between them.
SMALLEST_BATCH, LARGEST_BATCH, BATCHES_AN_EPOCH = 16, 256, 80
#: Steps that a member makes if nothing stops it.
N_STEPS = 1000
#: Of few rows, clean tables gain from more: as many epochs, or as many rows seen in all of them.
MOST_EPOCHS, ROWS_SEEN = 150, 128_000
#: More rows can tell more, so that they deserve more epochs: one for so many rows, up to a number.
ROWS_OF_AN_EPOCH, EPOCHS_OF_A_LARGE_TABLE = 125, 40
#: Of more rows than this, fewer epochs are enough, in inverse proportion to the square root.
MANY_ROWS, FEWEST_EPOCHS = 50_000, 4
#: Cycles of the rate, each twice as long as the one before; share of all epochs in which it rises.
N_CYCLES, RISE = 4, 0.01


@dataclass(frozen=True)
class Cycles(Schedule):
    """Half cosines from 1 to 0, each twice as long as the one before, after a short rise."""

    def factor(self, epochs_done: np.ndarray, horizon: float) -> np.ndarray:
        ends = cycle_ends(horizon)
        cycle = np.searchsorted(ends, epochs_done, side="right") - 1
        cycle = np.minimum(cycle, len(ends) - 2)
        start, end = ends[cycle], ends[cycle + 1]
        falls = 0.5 * (1.0 + np.cos(np.pi * (epochs_done - start) / (end - start)))
        return falls * np.minimum(1.0, epochs_done / (RISE * horizon))


def cycle_ends(horizon: float) -> np.ndarray:
    """Where cycles begin and end, from 0 to the horizon: after whole epochs, where losses are seen.

    Of few epochs there are fewer than ``N_CYCLES`` cycles.
    """
    lengths = 2.0 ** np.arange(N_CYCLES + 1) - 1.0
    return np.unique(np.round(lengths / lengths[-1] * horizon))


def was_fruitless(epoch: int, best_epoch: int, horizon: int) -> bool:
    """Whether an epoch ends a cycle and the best so far is not in its second half."""
    cycles = pairwise(cycle_ends(horizon).tolist())
    return any(epoch == end and 2 * best_epoch <= start + end for start, end in cycles)


def batch_size_for(n_rows: int) -> int:
    """Batch size, a power of two, for a member that learns from a number of rows."""
    exponent = round(float(np.log2(max(n_rows, 32) / BATCHES_AN_EPOCH)))
    return int(np.clip(2**exponent, SMALLEST_BATCH, LARGEST_BATCH))


def epochs_for(n_rows: int, batch_size: int) -> int:
    """Epochs of a member that learns from a number of rows."""
    steps_an_epoch = -(-n_rows // batch_size)
    of_few_rows = min(MOST_EPOCHS, ROWS_SEEN // n_rows)
    of_many_rows = min(EPOCHS_OF_A_LARGE_TABLE, n_rows // ROWS_OF_AN_EPOCH)
    of_many_rows = round(of_many_rows * min(1.0, (MANY_ROWS / n_rows) ** 0.5))
    enough = -(-N_STEPS // steps_an_epoch)
    return max(FEWEST_EPOCHS, of_few_rows, of_many_rows, enough)

"""How large the batches of a table are and how many epochs its members make."""

import numpy as np

#: Bounds of the batch size, and how many batches an epoch should have between them.
SMALLEST_BATCH, LARGEST_BATCH, BATCHES_AN_EPOCH = 16, 256, 20
#: Steps that a member makes if nothing stops it, and the fewest epochs of a large table.
N_STEPS, FEWEST_EPOCHS = 1000, 20
#: Of few rows, clean tables gain from more: as many epochs, or as many rows seen in all of them.
MOST_EPOCHS, ROWS_SEEN = 150, 128_000
#: Of more rows than this, fewer epochs are enough, in inverse proportion to the square root.
MANY_ROWS, FEWEST_EPOCHS_OF_ALL = 50_000, 4
#: Share of its epochs that a member makes without a better loss on unseen rows.
PATIENCE = 0.3


def batch_size_for(n_rows: int) -> int:
    """Batch size, a power of two, for a member that learns from a number of rows."""
    exponent = round(float(np.log2(max(n_rows, 32) / BATCHES_AN_EPOCH)))
    return int(np.clip(2**exponent, SMALLEST_BATCH, LARGEST_BATCH))


def epochs_for(n_rows: int, batch_size: int) -> int:
    """Epochs of a member that learns from a number of rows."""
    steps_an_epoch = -(-n_rows // batch_size)
    fewest = FEWEST_EPOCHS * min(1.0, (MANY_ROWS / n_rows) ** 0.5)
    of_few_rows = min(MOST_EPOCHS, ROWS_SEEN // n_rows)
    enough = -(-N_STEPS // steps_an_epoch)
    return max(FEWEST_EPOCHS_OF_ALL, round(fewest), of_few_rows, enough)


def patience_for(n_epochs: int) -> int:
    """Epochs without a better loss after which a member stops."""
    return max(5, int(np.ceil(PATIENCE * n_epochs)))

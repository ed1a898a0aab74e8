"""The predictions of a trial as a blob: 32-bit floats, row by row."""

import numpy as np
from numpy.typing import NDArray

from sknn_tune.search.storage.rows import DamagedRow, pack_blob, unpack_blob

NAME = "predictions"
_DTYPE = np.dtype("<f4")
# No more numbers are believed for a row.
_MOST_OUTPUTS = 10_000


def key_of(number: int) -> int:
    """Return the trial number of the table `blobs`, where 0 is the search itself."""
    return number + 1


def pack_predictions(predictions: NDArray[np.float32]) -> tuple[int, bytes]:
    """Return size and content of the blob that holds predictions, (n_rows, n_outputs)."""
    return pack_blob(predictions.astype(_DTYPE).tobytes())


def unpack_predictions(size: int, content: bytes, n_rows: int) -> NDArray[np.float32]:
    """Return stored predictions, (n_rows, n_outputs).

    Raises
    ------
    DamagedRow
        If they are not finite numbers, as many for each row.
    """
    width = n_rows * _DTYPE.itemsize
    unpacked = unpack_blob(size, content, width * _MOST_OUTPUTS)
    if not unpacked or len(unpacked) % width:
        raise DamagedRow(f"{len(unpacked)} bytes for {n_rows} rows")
    numbers = np.frombuffer(unpacked, dtype=_DTYPE).astype(np.float32).reshape(n_rows, -1)
    if not np.isfinite(numbers).all():
        raise DamagedRow("they are not finite")
    return numbers

"""The splits of a search as blobs: rows as 64-bit integers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sknn_tune.search.storage.rows import DamagedRow, pack_blob, unpack_blob

Split = tuple[NDArray[np.intp], NDArray[np.intp]]
_DTYPE = np.dtype("<i8")
_PARTS = ("train", "test")


def as_rows(splits: list, n_rows: int) -> list[Split]:
    """Return splits as arrays of non-negative rows, whatever form they were given in.

    Raises
    ------
    ValueError
        If they name rows that the data do not have.
    """
    try:
        return [(_as_rows(train, n_rows), _as_rows(test, n_rows)) for train, test in splits]
    except IndexError as error:
        raise ValueError(
            f"cv gives splits that do not fit the {n_rows} rows of X: {error}."
        ) from error


def _as_rows(given: Any, n_rows: int) -> NDArray[np.intp]:
    rows = np.asarray(given)
    # An empty list is an array of floats.
    return np.arange(n_rows)[rows if rows.size else rows.astype(np.intp)]


def pack_splits(splits: list[Split]) -> list[tuple[str, int, bytes]]:
    """Return name, size and content of the blobs that hold the splits."""
    return [
        (name, *pack_blob(rows.astype(_DTYPE).tobytes()))
        for name, rows in zip(
            blob_names(len(splits)), [rows for split in splits for rows in split], strict=True
        )
    ]


def blob_names(n_splits: int) -> list[str]:
    """Return the names of the blobs that hold so many splits."""
    return [f"split{i}_{part}" for i in range(n_splits) for part in _PARTS]


def unpack_splits(blobs: dict[str, tuple], drawn: list[Split], n_rows: int) -> list[Split]:
    """Return the stored splits.

    Parameters
    ----------
    blobs : dict of str to (int, bytes)
        Size and content of each blob by its name.
    drawn : list of (ndarray, ndarray)
        Splits that the same splitter has just drawn. Where none of them repeats a row, or has
        one in both parts, the stored ones may not either.
    n_rows : int
        Number of rows of the data.

    Raises
    ------
    DamagedRow
        If they are not splits that the splitter can have drawn.
    """
    names = blob_names(len(drawn))
    if blobs.keys() != set(names):
        raise DamagedRow(f"they are not {len(drawn)}")
    longest = max([n_rows, *(len(rows) for split in drawn for rows in split)])
    rows = [_unpack_rows(blobs[name], longest, n_rows) for name in names]
    splits = list(zip(rows[::2], rows[1::2], strict=True))
    if any(map(_repeats_rows, splits)) and not any(map(_repeats_rows, drawn)):
        raise DamagedRow("a row is twice in the same one")
    return splits


def _unpack_rows(blob: tuple, longest: int, n_rows: int) -> NDArray[np.intp]:
    size, content = blob
    unpacked = unpack_blob(size, content, longest * _DTYPE.itemsize)
    if len(unpacked) % _DTYPE.itemsize:
        raise DamagedRow("they end within a number")
    rows = np.frombuffer(unpacked, dtype=_DTYPE).astype(np.intp)
    if len(rows) and not 0 <= rows.min() <= rows.max() < n_rows:
        raise DamagedRow(f"they hold rows outside of 0 to {n_rows - 1}")
    return rows


def _repeats_rows(split: Split) -> bool:
    every = np.concatenate(split)
    return len(np.unique(every)) < len(every)

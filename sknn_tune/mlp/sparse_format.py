"""Checks of the arrays of sparse matrices.

Neither compiled code nor scipy's conversions check an index, so damaged arrays would lead to
reads out of bounds.
"""

from typing import Any

import numpy as np
import scipy.sparse


def check_format(X: Any, name: str) -> None:
    """Refuse a sparse matrix with an index that is out of range.

    Parameters
    ----------
    X : object
        What is not a sparse matrix, or of a format that is made of Python objects, passes.
    name : str
        Of the parameter, for errors.
    """
    if not scipy.sparse.issparse(X) or X.ndim != 2:
        return
    if X.format in ("csr", "csc", "bsr"):
        _check_compressed(X, name)
    elif X.format == "coo":
        for part, size in zip((X.row, X.col), X.shape, strict=True):
            _check_indices(part, X.nnz, size, name)


def _check_compressed(X, name):
    n_rows, n_columns = X.shape if X.format != "csc" else X.shape[::-1]
    if X.format == "bsr":
        n_rows, n_columns = n_rows // X.blocksize[0], n_columns // X.blocksize[1]
    indptr = X.indptr
    if len(indptr) != n_rows + 1 or indptr[0] != 0 or (indptr[1:] < indptr[:-1]).any():
        raise ValueError(
            f"The sparse {name} is damaged: its indptr must start with 0 and not decrease, with "
            "an element for each row and one more."
        )
    if indptr[-1] > len(X.data):
        raise ValueError(f"The sparse {name} is damaged: its indptr ends beyond its data.")
    _check_indices(X.indices, int(indptr[-1]), n_columns, name)


def _check_indices(indices, n_used, size, name):
    used = indices[:n_used]
    if len(used) < n_used or (n_used and (used.min() < 0 or used.max() >= size)):
        raise ValueError(
            f"The sparse {name} is damaged: its indices must be from 0 to {size - 1}, got "
            f"{np.min(used, initial=0)} to {np.max(used, initial=0)}."
        )

"""Types of the arguments that users pass, for annotations."""

from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike


class SparseMatrix(Protocol):
    """A sparse matrix or array of scipy's, in any format."""

    @property
    def nnz(self) -> Any: ...

    def tocsr(self) -> Any: ...


#: Rows and columns of numbers: an array, a data frame, a list of lists or a sparse matrix.
MatrixLike: TypeAlias = ArrayLike | SparseMatrix
#: What ``random_state`` may be.
RandomState: TypeAlias = int | np.random.RandomState | None

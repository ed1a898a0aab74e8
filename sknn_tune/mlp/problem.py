"""What a network is fitted to."""

import zlib
from typing import NamedTuple

import numpy as np
import scipy.sparse

from sknn_tune.mlp.configuration import LossOption
from sknn_tune.mlp.samples import Samples, Targets
from sknn_tune.mlp.validation import Score


class Problem(NamedTuple):
    """Data, loss and validation score of a fit."""

    samples: Samples  #: to learn from
    own_validation: Samples | None  #: a validation set that the user passes
    targets: Targets
    loss: LossOption
    score: Score  #: of the validation set

    def fingerprint(self) -> int:
        """A checksum of the data, the same in every process.

        It guards against mistakes, not against malice.
        """
        sets = (
            [self.samples] if self.own_validation is None else [self.samples, self.own_validation]
        )
        checksum = 0
        for array in (array for samples in sets for part in samples[:3] for array in _arrays(part)):
            checksum = zlib.crc32(f"{array.dtype.str}{array.shape}".encode(), checksum)
            checksum = zlib.crc32(np.ascontiguousarray(array).data, checksum)
        return checksum


def _arrays(part):
    return (part.data, part.indices, part.indptr) if scipy.sparse.issparse(part) else (part,)

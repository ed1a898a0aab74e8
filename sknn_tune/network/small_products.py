"""Products of matrices that are faster in blocks of rows.

For processors with AVX-512, OpenBLAS multiplies matrices of up to a million multiplications where
they lie; larger ones it copies into another order first, which costs more than it gains up to
sizes that a layer often has. So the rows of a batch are multiplied in blocks below that size:
12 to 19 % faster than in one piece, if a block has at least 16 rows
(`tests/benchmarks/small_products.py`). The products with a transposed matrix gain nothing.

Only in float32: where the width is no multiple of 16 the last digits differ, and in float64 they
are scikit-learn's.
"""

import numpy as np

from sknn_tune.common.threads import blas_libraries

FEWEST_ROWS = 16  #: of a block
_LIMIT = 1_000_000
_ARCHITECTURES = {"SkylakeX", "Cooperlake", "SapphireRapids"}


def product_limit(dtype: np.dtype) -> int:
    """Multiplications of a block; 0 where products are not divided."""
    architectures = {getattr(library, "architecture", None) for library in blas_libraries()}
    return _LIMIT if dtype == np.float32 and architectures <= _ARCHITECTURES else 0

"""``sknn-tune compile``: build the machine code of a machine, an image or a CI cache ahead."""

import time
from collections.abc import Sequence

from sknn_tune.network.precompilation import compile_everything


def compile_kernels(dtypes: Sequence[str]) -> str:
    """Compile every kernel for some dtypes; returns a sentence about it."""
    started = time.perf_counter()
    n_kernels = compile_everything(dtypes)
    seconds = time.perf_counter() - started
    return f"{n_kernels} kernels for {' and '.join(dtypes)} are compiled ({seconds:.0f} s)."

"""``sknn-tune compile``: build the machine code of a machine, an image or a CI cache ahead."""

import time
from collections.abc import Sequence
from contextlib import redirect_stderr

from joblib import Parallel, delayed

from sknn_tune.network.precompilation import LoopKernel, UnitKernel, all_kernels


def compile_kernels(dtypes: Sequence[str]) -> str:
    """Compile every kernel for some dtypes, on all cores; returns a sentence about it."""
    started = time.perf_counter()
    kernels = all_kernels(dtypes)
    # Processes, as threads would wait for the compiler's lock; neighbours share code.
    Parallel(n_jobs=-1, backend="loky", batch_size=8)(delayed(_compile)(part) for part in kernels)
    seconds = time.perf_counter() - started
    return f"{len(kernels)} kernels for {' and '.join(dtypes)} are compiled ({seconds:.0f} s)."


def _compile(kernel: LoopKernel | UnitKernel) -> None:
    with redirect_stderr(None):  # a worker does not announce what the command is for
        kernel.compile()

"""Compile ahead what fits would compile when they first need it."""

from collections.abc import Sequence

import sknn_tune.network.program  # noqa: F401  (defines every unit)
from sknn_tune.network import passes
from sknn_tune.network.context import Context
from sknn_tune.network.records import record_type
from sknn_tune.network.units import UNITS, Loop

#: The dtypes that networks can have.
DTYPES = ("float64", "float32")


def compile_everything(dtypes: Sequence[str] = DTYPES) -> int:
    """Compile every kernel, or load its machine code where it is on disk already.

    Parameters
    ----------
    dtypes : sequence of str, default=("float64", "float32")
        Of the networks that will be fitted.

    Returns
    -------
    int
        How many kernels there are.
    """
    loops = [part for part in vars(passes).values() if isinstance(part, Loop)]
    for loop in loops:
        loop.compile()
    for dtype in dtypes:
        for unit in UNITS:
            unit.address(record_type(Context, dtype))
    return len(loops) + len(dtypes) * len(UNITS)

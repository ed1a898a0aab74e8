"""Compile ahead what fits would compile when they first need it."""

from collections.abc import Sequence
from typing import NamedTuple

import sknn_tune.network.program  # noqa: F401  (defines every unit)
from sknn_tune.network import passes
from sknn_tune.network.context import Context
from sknn_tune.network.records import record_type
from sknn_tune.network.units import UNITS, Loop


class LoopKernel(NamedTuple):
    """A loop, which is the same for all dtypes."""

    name: str

    def compile(self) -> None:
        """Compile it, or load the machine code where it is on disk already."""
        getattr(passes, self.name).compile()


class UnitKernel(NamedTuple):
    """A unit for a dtype."""

    number: int
    dtype: str

    def compile(self) -> None:
        """Compile it, or load the machine code where it is on disk already."""
        UNITS[self.number].address(record_type(Context, self.dtype))


def all_kernels(dtypes: Sequence[str]) -> list[LoopKernel | UnitKernel]:
    """Every kernel of networks of some dtypes; those that share code are neighbours."""
    loops = [LoopKernel(name) for name, part in vars(passes).items() if isinstance(part, Loop)]
    return loops + [UnitKernel(i, dtype) for dtype in dtypes for i in range(len(UNITS))]

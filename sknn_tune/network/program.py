"""From the plan of a network to its program: the addresses of the units that it needs.

Asking for an address compiles the unit where it has not been compiled before.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sknn_tune.network import activations, batches, losses, penalties, updates
from sknn_tune.network.blueprint import Blueprint
from sknn_tune.network.context import Context
from sknn_tune.network.operations import OPERATIONS
from sknn_tune.network.passes import PROGRAM, Program
from sknn_tune.network.plan import ACTIVATION, BIAS, KIND, N_COLUMNS, SPARSE
from sknn_tune.network.records import Packed, Record


class Needs(NamedTuple):
    """What decides, besides the operations of a network, which units a pass runs."""

    gathers_sparse_rows: bool
    loss: int | None = None
    penalises_squares: bool = False
    penalises_absolutes: bool = False
    optimizer: int | None = None
    clips: bool = False

    @classmethod
    def of(cls, context: Context) -> "Needs":
        """What a pass over a context needs; the context need not have all parts."""
        objective, optimization = context.objective, context.optimization
        return cls(
            gathers_sparse_rows=context.data.indptr.size > 0,
            loss=objective and objective.loss,
            penalises_squares=objective is not None and objective.l2 > 0,
            penalises_absolutes=objective is not None and objective.l1 > 0,
            optimizer=optimization and optimization.optimizer,
            clips=optimization is not None and optimization.clip_norm > 0,
        )


# A search fits the same network many times, and a fit of a small one takes a millisecond.
@lru_cache(maxsize=256)
def training_program(blueprint: Blueprint, kind: Record, needs: Needs) -> Packed:
    """The units of an epoch, for records of a type."""
    assert needs.optimizer is not None
    program = _gradient_program(blueprint, kind, needs)._replace(
        clip=penalties.clip.address(kind) if needs.clips else 0,
        update=updates.UPDATE_UNITS[needs.optimizer].address(kind),
        proximal=_proximal(needs, kind),
    )
    return Packed(program, PROGRAM)


@lru_cache(maxsize=256)
def full_gradient_program(blueprint: Blueprint, kind: Record, needs: Needs) -> Packed:
    """The units of the gradient of all rows."""
    program = _gradient_program(blueprint, kind, needs)._replace(
        clear_gradient=batches.clear_gradient.address(kind),
        add_gradient=batches.add_gradient.address(kind),
        finish_gradient=batches.finish_gradient.address(kind),
    )
    return Packed(program, PROGRAM)


@lru_cache(maxsize=256)
def prediction_program(blueprint: Blueprint, kind: Record, needs: Needs, link: int) -> Packed:
    """The units of a prediction."""
    operations = blueprint.plan.operations.reshape(-1, N_COLUMNS)
    program = Program(
        load_input=_load_input(operations, kind, needs),
        forward=_addresses([OPERATIONS[row[KIND]].predict for row in operations], kind),
        activate=_addresses(_after_bias(operations, activations.FORWARD_UNITS), kind),
        link=losses.LINK_UNITS[link].address(kind),
        store=batches.store_output.address(kind),
    )
    return Packed(program, PROGRAM)


def _gradient_program(blueprint, kind, needs):
    operations = blueprint.plan.operations.reshape(-1, N_COLUMNS)
    return Program(
        load_targets=batches.load_targets.address(kind),
        load_input=_load_input(operations, kind, needs),
        forward=_addresses([OPERATIONS[row[KIND]].forward for row in operations], kind),
        activate=_addresses(_after_bias(operations, activations.FORWARD_UNITS), kind),
        derive=_addresses(_after_bias(operations, activations.BACKWARD_UNITS), kind),
        backward=_addresses([OPERATIONS[row[KIND]].backward for row in operations], kind),
        loss=losses.LOSS_UNITS[needs.loss].address(kind),
        squares=penalties.squares.address(kind) if needs.penalises_squares else 0,
        absolutes=penalties.absolutes.address(kind) if needs.penalises_absolutes else 0,
    )


def _proximal(needs, kind):
    if not needs.penalises_absolutes:
        return 0
    return penalties.PROXIMAL_UNITS[needs.optimizer].address(kind)


def _load_input(operations, kind, needs):
    """A sparse first layer reads the rows where they are."""
    if operations[0, KIND] == SPARSE:
        return 0
    load = batches.load_sparse if needs.gathers_sparse_rows else batches.load_dense
    return load.address(kind)


def _after_bias(operations, units):
    return [units[row[ACTIVATION]] if row[BIAS] >= 0 else None for row in operations]


def _addresses(units, kind):
    return np.array([0 if unit is None else unit.address(kind) for unit in units], dtype=np.int64)

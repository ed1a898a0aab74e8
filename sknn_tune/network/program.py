"""From the plan of a network to its program: the addresses of the units that it needs.

Asking for an address compiles the unit where it has not been compiled before.
"""

import numpy as np

from sknn_tune.network import activations, batches, losses, penalties, updates
from sknn_tune.network.context import Context
from sknn_tune.network.operations import OPERATIONS
from sknn_tune.network.passes import Program
from sknn_tune.network.plan import ACTIVATION, BIAS, KIND, N_COLUMNS, SPARSE
from sknn_tune.network.records import Record
from sknn_tune.network.units import UNITS, Unit


def training_program(context: Context, kind: Record) -> Program:
    """The units of an epoch.

    Parameters
    ----------
    context : Context
        What the units will work on, all of it but ``result``.
    kind : Record
        Its type.
    """
    objective, optimization = context.objective, context.optimization
    code = optimization.optimizer
    return _gradient_program(context, kind)._replace(
        clip=penalties.clip.address(kind) if optimization.clip_norm > 0 else 0,
        update=updates.UPDATE_UNITS[code].address(kind),
        proximal=penalties.PROXIMAL_UNITS[code].address(kind) if objective.l1 > 0 else 0,
    )


def full_gradient_program(context: Context, kind: Record) -> Program:
    """The units of the gradient of all rows; the context needs no ``optimization``."""
    return _gradient_program(context, kind)._replace(
        clear_gradient=batches.clear_gradient.address(kind),
        add_gradient=batches.add_gradient.address(kind),
        finish_gradient=batches.finish_gradient.address(kind),
    )


def prediction_program(context: Context, kind: Record, link: int) -> Program:
    """The units of a prediction; the context needs the plan, a workspace and the data."""
    operations = context.plan.operations.reshape(-1, N_COLUMNS)
    return Program(
        load_input=_load_input(context, kind),
        forward=_addresses([OPERATIONS[row[KIND]].predict for row in operations], kind),
        activate=_addresses(_after_bias(operations, activations.FORWARD_UNITS), kind),
        link=losses.LINK_UNITS[link].address(kind),
        store=batches.store_output.address(kind),
    )


def _gradient_program(context, kind):
    operations = context.plan.operations.reshape(-1, N_COLUMNS)
    return Program(
        load_targets=batches.load_targets.address(kind),
        load_input=_load_input(context, kind),
        forward=_addresses([OPERATIONS[row[KIND]].forward for row in operations], kind),
        activate=_addresses(_after_bias(operations, activations.FORWARD_UNITS), kind),
        derive=_addresses(_after_bias(operations, activations.BACKWARD_UNITS), kind),
        backward=_addresses([OPERATIONS[row[KIND]].backward for row in operations], kind),
        loss=losses.LOSS_UNITS[context.objective.loss].address(kind),
        squares=penalties.squares.address(kind) if context.objective.l2 > 0 else 0,
        absolutes=penalties.absolutes.address(kind) if context.objective.l1 > 0 else 0,
    )


def _load_input(context, kind):
    """A sparse first layer reads the rows where they are."""
    if context.plan.operations[KIND] == SPARSE:
        return 0
    load = batches.load_sparse if context.data.indptr.size else batches.load_dense
    return load.address(kind)


def _after_bias(operations, units):
    return [units[row[ACTIVATION]] if row[BIAS] >= 0 else None for row in operations]


def _addresses(units, kind):
    return np.array([0 if unit is None else unit.address(kind) for unit in units], dtype=np.int64)


def all_units() -> list[Unit]:
    """Every unit that a program can have."""
    return UNITS

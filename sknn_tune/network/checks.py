"""Checks of what compiled code does not check itself: shapes, dtypes, memory layout, indices.

A kernel neither looks at an array's dtype nor checks an index. A model may have been read from a
damaged file, or one of its attributes replaced, so whatever a kernel gets passes through here.
The checks look at sizes and not at elements, unless an element is an index.
"""

from collections.abc import Sequence

import numpy as np

from sknn_tune.common.numeric import is_integer, is_real
from sknn_tune.network.activations import ACTIVATIONS
from sknn_tune.network.blueprint import Architecture, Blueprint
from sknn_tune.network.context import Data, Objective, Workspace
from sknn_tune.network.embeddings import Identity, Lookup, OneHot, PiecewiseLinear, embedded_width
from sknn_tune.network.optimizers import N_COUNTERS
from sknn_tune.network.plan import KIND, SPARSE, WIDTH


def check_architecture(architecture: object, sizes: Sequence[int], n_parameters: int) -> None:
    """Refuse an architecture or sizes that describe no network of so many parameters."""
    if not (isinstance(architecture, Architecture) and isinstance(sizes, tuple)):
        raise ValueError("A network needs an Architecture and a tuple of the sizes of its layers.")
    if not isinstance(architecture.embeddings, tuple):
        raise ValueError(f"The embeddings must be a tuple, got {architecture.embeddings!r}.")
    n_hidden = len(sizes) - 2
    widths = sizes
    if architecture.embeddings:
        _check_embeddings(architecture.embeddings, sizes[0], n_parameters)
        widths = (embedded_width(architecture.embeddings), *sizes[1:])
    if n_hidden < 0 or not all(is_integer(width) and 0 < width <= n_parameters for width in widths):
        raise ValueError(f"The layers of a network of {n_parameters} parameters cannot be {sizes}.")
    activations, dropout = architecture.activations, architecture.dropout
    is_sound = (
        isinstance(activations, tuple)
        and len(activations) == max(n_hidden, 1)
        and all(map(_is_activation, activations))
        and isinstance(dropout, tuple)
        and len(dropout) == n_hidden
        and all(is_real(rate) and 0 <= rate < 1 for rate in (*dropout, architecture.input_dropout))
        and all(type(flag) is bool for flag in architecture[3:7])
    )
    if not is_sound:
        raise ValueError(f"{n_hidden} hidden layers cannot be made of {architecture}.")


def _is_activation(row):
    return (
        isinstance(row, tuple)
        and len(row) == 2
        and isinstance(row[0], str)
        and row[0] in ACTIVATIONS
        and is_real(row[1])
    )


def _check_embeddings(embeddings, n_columns, n_parameters):
    for embedding in embeddings if isinstance(embeddings, tuple) else [embeddings]:
        is_sound = isinstance(embedding, Identity | Lookup | OneHot | PiecewiseLinear)
        if is_sound:
            numbers = [part for part in embedding if not isinstance(part, tuple)]
            is_sound = (
                all(is_integer(number) for number in numbers)
                and 0 <= embedding.column < n_columns
                and all(0 < number <= n_parameters for number in numbers[1:])
            )
        if is_sound and isinstance(embedding, PiecewiseLinear):
            edges = np.asarray(embedding.edges)
            is_increasing = len(edges) > 1 and bool((np.diff(edges) > 0).all())
            is_sound = edges.dtype.kind == "f" and is_increasing
        if not is_sound:
            raise ValueError(f"A table of {n_columns} columns cannot be embedded by {embedding}.")


def check_numbers(blueprint: Blueprint, theta: np.ndarray, statistics: np.ndarray) -> None:
    """Refuse parameters and running moments that are not those of a blueprint."""
    check_array("theta", theta, blueprint.dtype, (blueprint.n_parameters,))
    check_array("statistics", statistics, blueprint.dtype, (blueprint.n_statistics,))


def check_input(blueprint: Blueprint, data: Data) -> int:
    """Refuse rows that the first operation of a blueprint does not read; return their number."""
    n_features = blueprint.plan.slots[0, WIDTH]
    if data.dense.shape[1] != n_features or data.dense.dtype != blueprint.dtype:
        raise ValueError(
            f"X must have {n_features} columns and dtype {blueprint.dtype}, got "
            f"{data.dense.shape[1]} and {data.dense.dtype}."
        )
    is_sparse = data.indptr.size > 0
    if blueprint.plan.operations[KIND] == SPARSE and not is_sparse:
        raise ValueError("X must be sparse for a blueprint of sparse input, got a dense matrix.")
    return data.indptr.size - 1 if is_sparse else data.dense.shape[0]


def check_problem(
    blueprint: Blueprint, workspace: Workspace, data: Data, objective: Objective
) -> None:
    """Refuse what does not fit together of all that training works on."""
    check_numbers(blueprint, workspace.theta, workspace.statistics)
    n_rows, n_outputs = check_input(blueprint, data), int(blueprint.plan.slots[-1, WIDTH])
    dtype, targets = blueprint.dtype, data.targets
    if targets.shape not in ((n_rows, n_outputs), (n_rows, 1)) or targets.dtype != dtype:
        raise ValueError(
            f"targets must have shape {(n_rows, n_outputs)} and dtype {dtype}, got "
            f"{targets.shape} and {targets.dtype}."
        )
    if data.weights.shape != (n_rows,) or data.weights.dtype != dtype:
        raise ValueError(
            f"weights must have shape {(n_rows,)} and dtype {dtype}, got {data.weights.shape} "
            f"and {data.weights.dtype}."
        )
    check_array("loss_params", objective.loss_params, dtype, (n_outputs,))


def check_moments(
    moments: np.ndarray, counters: np.ndarray, n_moments: int, theta: np.ndarray
) -> None:
    """Refuse an optimizer's arrays that are not those of its kind and of the parameters."""
    check_array("moments", moments, theta.dtype, (n_moments, theta.size))
    check_array("counters", counters, np.dtype(np.float64), (N_COUNTERS,))


def check_order(order: np.ndarray, n_rows: int) -> None:
    """Refuse indices of rows that are out of range."""
    check_array("order", order, np.dtype(np.int64), (np.size(order),))
    if order.size == 0:
        raise ValueError("order must have at least one row.")
    if order.view(np.uint64).max() >= n_rows:  # so are negative ones
        raise ValueError(
            f"order must hold indices of {n_rows} rows, got {order.min()} to {order.max()}."
        )


def check_array(name: str, array: object, dtype: np.dtype, shape: tuple[int, ...]) -> None:
    """Refuse what is not an array of a dtype and a shape that kernels can write to."""
    if (
        type(array) is not np.ndarray
        or array.dtype != dtype
        or array.shape != shape
        or not array.flags.carray
    ):
        got = (
            f"shape {array.shape} and dtype {array.dtype}"
            if isinstance(array, np.ndarray)
            else type(array).__name__
        )
        raise ValueError(
            f"{name} must be a writeable, C-contiguous array of shape {shape} and dtype {dtype}, "
            f"got {got}."
        )

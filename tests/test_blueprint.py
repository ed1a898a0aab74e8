"""The plan of a network: where parameters and slots lie."""

from itertools import pairwise

import numpy as np
import pytest
from labels import label
from numpy.testing import assert_array_equal

from sknn_tune.network.blueprint import Architecture, Blueprint
from sknn_tune.network.plan import (
    ADDS,
    DENSE,
    DROPOUT,
    INPUT,
    KIND,
    N_COLUMNS,
    NORM,
    OFFSET,
    OUTPUT,
    SKIP,
    SPARSE,
    WIDTH,
)


def build(sizes=(5, 4, 3, 2), **options):
    n_hidden = len(sizes) - 2
    options = {
        "activations": (("identity", 0.0),) * max(n_hidden, 1),
        "dropout": (0.0,) * n_hidden,
    } | options
    return Blueprint(list(sizes), Architecture(**options), np.float64)


def table(blueprint):
    return blueprint.plan.operations.reshape(-1, N_COLUMNS)


def kinds(**options):
    return table(build(**options))[:, KIND].tolist()


EVERYTHING = {
    "input_norm": True,
    "hidden_norm": True,
    "residual": True,
    "dropout": (0.1, 0.1),
    "input_dropout": 0.1,
}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [DENSE, DENSE, DENSE]),
        ({"sparse_input": True}, [SPARSE, DENSE, DENSE]),
        ({"hidden_norm": True}, [DENSE, NORM, DENSE, NORM, DENSE]),
        ({"input_norm": True, "sparse_input": True}, [NORM, DENSE, DENSE, DENSE]),
        ({"dropout": (0.0, 0.5)}, [DENSE, DENSE, DROPOUT, DENSE]),
        ({"residual": True}, [DENSE, SKIP, DENSE, SKIP, DENSE]),
        (EVERYTHING, [NORM, DROPOUT, *[DENSE, NORM, DROPOUT, SKIP] * 2, DENSE]),
    ],
    ids=label,
)
def test_operations(options, expected):
    assert kinds(**options) == expected


@pytest.mark.parametrize("options", [{}, EVERYTHING], ids=["plain", "everything"])
@pytest.mark.parametrize("sizes", [(5, 2), (5, 4, 2), (5, 4, 4, 4, 1), (3, 3, 3, 3)])
def test_parameters_lie_side_by_side(sizes, options):
    n_hidden = len(sizes) - 2
    blueprint = build(sizes, **{**options, "dropout": (0.0,) * n_hidden})
    norms = [part for norm in blueprint.norms for part in norm]
    parts = [*blueprint.weights, *blueprint.projections, *blueprint.biases, *norms]
    covered = np.concatenate([np.arange(place.start, place.stop) for place, _ in parts])
    assert_array_equal(np.sort(covered), np.arange(blueprint.n_parameters))
    assert all(place.stop - place.start == np.prod(shape) for place, shape in parts)
    matrices = [*blueprint.weights, *blueprint.projections]
    assert max(place.stop for place, _ in matrices) == blueprint.n_weights
    assert [shape for _, shape in blueprint.weights] == list(pairwise(sizes))


def test_projections_stand_where_widths_differ():
    shapes = [shape for _, shape in build((5, 5, 3, 3, 2), residual=True).projections]
    assert shapes == [(5, 3)]


@pytest.mark.parametrize("sparse", [False, True])
def test_slots_do_not_overlap(sparse):
    blueprint = build(sparse_input=sparse, hidden_norm=True)
    slots = blueprint.plan.slots
    order = np.argsort(slots[:, OFFSET], kind="stable")
    ends = slots[order, OFFSET] + slots[order, WIDTH]
    assert_array_equal(slots[order, OFFSET][1:], ends[:-1])
    assert order[-1] == 0  # the input, which has no gradient
    assert blueprint.row_size - blueprint.gradient_row_size == (0 if sparse else 5)
    assert blueprint.widest == slots[1:, WIDTH].max()


def test_every_slot_is_written_before_it_is_read():
    written = {0}
    for row in table(build(**EVERYTHING)):
        assert row[INPUT] in written
        written.add(row[OUTPUT])


def test_first_reader_of_a_skips_source_adds_its_gradient():
    rows = table(build((4, 4, 4, 2), residual=True))
    assert_array_equal(rows[:, ADDS], [1, 0, 1, 0, 0])


def test_statistics_of_every_norm():
    assert build(input_norm=True, hidden_norm=True).n_statistics == (2 * 5 + 1) + (2 * 4 + 1) + (
        2 * 3 + 1
    )

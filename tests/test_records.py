"""The words of records, read at the address that kernels get."""

import ctypes
import pickle
from typing import NamedTuple

import numba
import numpy as np
import pytest
from numba.core.serialize import dumps

from sknn_tune.network.records import ABSENT, Integers, Packed, Table, Vector, record_type


class Shared(NamedTuple):
    numbers: Vector

    def __eq__(self, other):
        return self is other

    def __hash__(self):
        return id(self)


class Inner(NamedTuple):
    table: Table
    is_set: bool


class Outer(NamedTuple):
    count: int
    share: float
    shared: Shared
    inner: Inner = ABSENT
    rows: Integers = ABSENT


KIND = record_type(Outer, "float32")
pytestmark = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is packed")


def words(record):
    packed = Packed(record, KIND)
    return list((ctypes.c_int64 * KIND.size).from_address(packed.handle))


def test_words():
    numbers, table = np.zeros(3, np.float32), np.zeros((2, 5), np.int64)
    rows = np.arange(4)
    rows.flags.writeable = False
    expected = [
        7, np.float64(0.5).view(np.int64), numbers.ctypes.data, 3,
        table.ctypes.data, 2, 5, 1, rows.ctypes.data, 4,
    ]  # fmt: skip
    assert words(Outer(7, 0.5, Shared(numbers), Inner(table, True), rows)) == expected


def test_absent_and_empty():
    empty = Inner(np.zeros((0, 5), np.int64), False)
    numbers = Shared(np.zeros(2, np.float32))
    assert words(Outer(0, 0.0, numbers))[4:] == [0] * 6
    assert words(Outer(0, 0.0, numbers, empty))[4:] == [0, 0, 5, 0, 0, 0]
    assert words(Outer(0, 0.0, ABSENT)) == [0] * KIND.size


def test_shared_records_are_told_apart():
    first, second = (Shared(np.zeros(2, np.float32)) for _ in range(2))
    for shared in (first, second, first):
        assert words(Outer(0, 0.0, shared))[2] == shared.numbers.ctypes.data


@pytest.mark.parametrize(
    "numbers", [np.zeros(3), np.zeros((3, 1), np.float32), np.zeros(6, np.float32)[::2]]
)
def test_other_arrays_are_refused(numbers):
    with pytest.raises(TypeError, match="numbers must be a C-contiguous"):
        words(Outer(0, 0.0, Shared(numbers)))


def test_types_are_stored_with_compiled_code():
    assert pickle.loads(dumps(KIND)) == KIND

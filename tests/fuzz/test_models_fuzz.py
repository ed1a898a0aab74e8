"""No sequence of operations, and no model from elsewhere, crashes the interpreter or is silent.

With ``NUMBA_BOUNDSCHECK=1``, as in ``make test-bounds``, what compiled code reads or writes out of
bounds is a finding too.
"""

import pytest
from fuzz.isolation import outcomes

CASES = ["sequences", "tampering", "tables", "caches"]
FEW, MANY = 60, 500


def assert_nothing_is_found(cases, first, count):
    found = [outcome for outcome in outcomes(cases, first, count) if outcome["finding"]]
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize("cases", CASES)
def test_few_cases(cases):
    assert_nothing_is_found(cases, 0, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(FEW, FEW + 4 * MANY, MANY))
@pytest.mark.parametrize("cases", CASES)
def test_many_cases(cases, first):
    assert_nothing_is_found(cases, first, MANY)


def test_crashes_and_errors_are_found():
    """The isolation itself: each case of a range is reported, whatever the one before did."""
    found = {outcome["seed"]: outcome["finding"] for outcome in outcomes("faulty", 0, 5)}
    assert found.pop(1).startswith("crash -11: ")
    assert "RuntimeError: planted" in found.pop(3)
    assert found == {0: None, 2: None, 4: None}

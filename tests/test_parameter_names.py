"""Short names of nested parameters."""

import pytest

from sknn_tune.common.parameter_names import short_names


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([], []),
        (["C", "gamma"], ["C", "gamma"]),
        (["svc__C", "svc__gamma"], ["C", "gamma"]),
        (["pca__n", "svc__C"], ["n", "C"]),
        (["a__svc__C", "b__svc__C"], ["a__svc__C", "b__svc__C"]),
        (["alpha", "net__alpha", "net__solver"], ["alpha", "net__alpha", "solver"]),
    ],
)
def test_names_are_as_short_as_they_can_be(names, shown):
    assert short_names(names) == shown


def test_short_names_are_distinct():
    names = ["a__b__c", "b__c", "c", "x__c", "x__b__c", "c__c"]
    assert len(set(short_names(names))) == len(names)

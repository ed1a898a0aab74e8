"""A seeded stream holds scikit-learn's numbers."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.utils import check_random_state

from sknn_tune.common.random_stream import random_stream


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**32 - 1, np.int64(7), np.uint8(7), True])
def test_seeds(seed):
    ours, theirs = random_stream(seed), check_random_state(seed)
    np.testing.assert_array_equal(ours.randint(2**31, size=2000), theirs.randint(2**31, size=2000))
    np.testing.assert_array_equal(ours.normal(size=3), theirs.normal(size=3))
    ours.shuffle(order := np.arange(99))
    theirs.shuffle(other := np.arange(99))
    np.testing.assert_array_equal(order, other)


def test_streams_are_separate():
    first, second = random_stream(0), random_stream(0)
    first.normal(size=700)
    assert second.normal() == np.random.RandomState(0).normal()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_copies_continue(copied):
    stream = random_stream(3)
    stream.normal(size=5)
    assert copied(stream).normal() == stream.normal()


def test_streams_pass():
    stream = np.random.RandomState(0)
    assert random_stream(stream) is stream
    assert random_stream(None) is check_random_state(None)


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "0"])
def test_bad_seeds(seed):
    with pytest.raises(Exception) as ours:  # noqa: PT011 - whatever scikit-learn's is
        random_stream(seed)
    with pytest.raises(ours.type, match=str(ours.value).split("(")[0][:20]):
        check_random_state(seed)

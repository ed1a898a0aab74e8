"""Shuffles are numpy's, and leave its generator as its own would."""

import copy

import numba
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sknn_tune import MLPClassifier
from sknn_tune.common.random_stream import random_stream
from sknn_tune.network import shuffling
from sknn_tune.network.shuffling import shuffler


def _states(stream):
    name, words, *rest = stream.get_state()
    return [name, words.tolist(), *rest]


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 31, 32, 33, 150, 623, 624, 625, 5000])
def test_order_and_state_are_those_of_numpy(n):
    ours, theirs = random_stream(n), np.random.RandomState(n)
    shuffle = shuffler(ours)
    order, expected = np.arange(n), np.arange(n)
    for _ in range(4):
        shuffle(order)
        theirs.shuffle(expected)
        assert_array_equal(order, expected)
        assert _states(ours) == _states(theirs)


def test_numbers_between_shuffles_are_those_of_numpy():
    ours, theirs = np.random.RandomState(0), np.random.RandomState(0)
    shuffle, order, expected = shuffler(ours), np.arange(700), np.arange(700)
    for seed in (None, 5):
        if seed is not None:
            ours.seed(seed)
            theirs.seed(seed)
        assert ours.normal() == theirs.normal()
        shuffle(order)
        theirs.shuffle(expected)
        assert_array_equal(order, expected)
        assert ours.normal() == theirs.normal()
        assert ours.randint(9, size=3).tolist() == theirs.randint(9, size=3).tolist()


def test_copies_continue():
    stream, order = np.random.RandomState(0), np.arange(20)
    shuffler(stream)(order)
    copied = copy.deepcopy(stream)
    one, other = order.copy(), order.copy()
    shuffler(stream)(one)
    shuffler(copied)(other)
    assert_array_equal(one, other)
    assert (one != order).any()


def test_stream_lives_as_long_as_what_shuffles():
    shuffles = [shuffler(np.random.RandomState(seed)) for seed in range(50)]
    for seed, shuffle in enumerate(shuffles):
        order, expected = np.arange(40), np.arange(40)
        shuffle(order)
        np.random.RandomState(seed).shuffle(expected)
        assert_array_equal(order, expected)


def test_other_generators_shuffle_by_themselves():
    ours, theirs = (np.random.RandomState(np.random.PCG64(0)) for _ in range(2))
    order, expected = np.arange(30), np.arange(30)
    shuffler(ours)(order)
    theirs.shuffle(expected)
    assert_array_equal(order, expected)


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="numpy shuffles there")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_generator_that_is_not_understood_shuffles_by_itself(monkeypatch):
    def leave(words, order):
        """A shuffle that does nothing, as one of another layout might."""

    shuffling._is_understood.cache_clear()
    assert shuffling._is_understood()
    X, y = np.random.RandomState(0).normal(size=(60, 3)), np.arange(60) % 2
    model = MLPClassifier((4,), batch_size=7, max_iter=3, random_state=0, tol=0.0)
    fitted = model.fit(X, y).coefs_[0].copy()
    monkeypatch.setattr(shuffling, "_shuffle", leave)
    shuffling._is_understood.cache_clear()
    assert not shuffling._is_understood()
    assert_array_equal(model.fit(X, y).coefs_[0], fitted)
    shuffling._is_understood.cache_clear()

"""Shuffles are numpy's, and leave its generator as its own would."""

import copy

import numba
import numpy as np
import pytest
from networks import callable_from_python
from numpy.testing import assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from sknn_tune import MLPClassifier
from sknn_tune.common.random_stream import random_stream
from sknn_tune.network import shuffling
from sknn_tune.network.shuffling import generator_of

pytestmark = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="numpy shuffles there")
_shuffle = callable_from_python(
    """
def call(words, order):
    shuffle(words, order)
""",
    shuffle=shuffling.shuffle,
)


def shuffler(stream):
    """What shuffles as the method of a stream."""
    generator = generator_of(stream)
    return lambda order: _shuffle(generator.words, order)


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


def test_streams_that_only_numpy_draws_from():
    assert generator_of(np.random.RandomState(np.random.PCG64(0))) is None


def test_stream_of_all_threads_is_left_to_numpy():
    """Fits in threads, without a seed, would wait for each other; forked children for ever."""
    assert generator_of(random_stream(None)) is None
    assert generator_of(random_stream(0)) is not None


def _fitted(random_state):
    X, y = np.random.RandomState(0).normal(size=(60, 3)), np.arange(60) % 2
    model = MLPClassifier((4,), batch_size=7, max_iter=30, random_state=random_state)
    with pytest.warns(ConvergenceWarning):
        return model.fit(X, y)


def test_fits_are_the_same_where_numpy_shuffles(monkeypatch):
    expected, stream = np.random.RandomState(0), np.random.RandomState(0)
    first = _fitted(stream)
    monkeypatch.setattr(shuffling, "_is_understood", lambda: False)
    second = _fitted(expected)
    assert first.loss_curve_ == second.loss_curve_
    assert_array_equal(first.coefs_[0], second.coefs_[0])
    assert _states(stream) == _states(expected)


def test_fits_shuffle_by_any_generator():
    streams = [np.random.RandomState(np.random.PCG64(0)) for _ in range(2)]
    first, second = map(_fitted, streams)
    assert first.loss_curve_ == second.loss_curve_


def test_words_that_lie_elsewhere_are_not_understood(monkeypatch):
    words = shuffling._words
    shuffling._is_understood.cache_clear()
    assert shuffling._is_understood()
    shuffling._is_understood.cache_clear()
    monkeypatch.setattr(shuffling, "_words", lambda generator: words(generator)[::-1])
    assert not shuffling._is_understood()
    shuffling._is_understood.cache_clear()

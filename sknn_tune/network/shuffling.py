"""Shuffling as ``RandomState.shuffle`` does it, the same order and the same state, faster.

numpy calls its generator by address for each number and moves each element by ``memcpy``. Here
both are in one loop, without a branch where a number is drawn again, which no processor predicts.
The loop works on the words of numpy's generator where they lie; `_is_understood` checks once that
they mean what they do here, and else numpy's own method is called.
"""

from collections.abc import Callable
from ctypes import c_char_p, c_uint32, c_void_p, py_object, pythonapi
from functools import cache
from typing import Any

import numba
import numpy as np
from numba import types

from sknn_tune.network.jit import inlined
from sknn_tune.network.units import loop

_config: Any = numba.config  # its attributes are made from the environment
#: The Mersenne Twister (Matsumoto and Nishimura 1998): words, and how far apart they are mixed.
_N, _M = 624, 397
#: numpy keeps the place of the next word behind the words.
_PLACE = _N

_pointer_of = pythonapi.PyCapsule_GetPointer
_pointer_of.restype, _pointer_of.argtypes = c_void_p, [py_object, c_char_p]


def shuffler(stream: np.random.RandomState) -> Callable[[np.ndarray], None]:
    """What shuffles a vector of int64 in place, as ``stream.shuffle`` does.

    Parameters
    ----------
    stream : RandomState
        Where the numbers are drawn from.

    Returns
    -------
    shuffle : callable
        It leaves the stream in the state that its own method would leave.
    """
    generator = stream._bit_generator  # type: ignore[attr-defined]
    if type(generator) is not np.random.MT19937 or not _is_understood():
        return stream.shuffle
    words = _words(generator)

    def shuffle(order: np.ndarray) -> None:
        with generator.lock:
            _shuffle(words, order)

    return shuffle


def _words(generator: Any) -> np.ndarray:
    """The words of a generator, and their place, as an array over numpy's own memory."""
    interface = _pointer_of(generator.capsule, b"BitGenerator")
    state: Any = c_void_p.from_address(interface).value  # the first field
    words: Any = (c_uint32 * (_N + 1)).from_address(state)
    return np.frombuffer(words, np.uint32)


@cache
def _is_understood() -> bool:
    """Whether a shuffle here leaves what numpy's leaves, the words of the generator included."""
    if _config.DISABLE_JIT:  # numpy's scalars warn where they overflow
        return False
    ours, theirs = np.random.RandomState(0), np.random.RandomState(0)
    order, expected = np.arange(_N), np.arange(_N)
    _shuffle(_words(ours._bit_generator), order)  # type: ignore[attr-defined]
    theirs.shuffle(expected)
    return np.array_equal(order, expected) and ours.randint(1 << 30) == theirs.randint(1 << 30)


@inlined
def _twist(words, i, following, distant):
    mixed = (words[i] & np.uint32(0x80000000)) | (words[following] & np.uint32(0x7FFFFFFF))
    odd = np.uint32(0) - (mixed & np.uint32(1))
    words[i] = words[distant] ^ (mixed >> np.uint32(1)) ^ (odd & np.uint32(0x9908B0DF))


@inlined
def _temper(word):
    word ^= word >> np.uint32(11)
    word ^= (word << np.uint32(7)) & np.uint32(0x9D2C5680)
    word ^= (word << np.uint32(15)) & np.uint32(0xEFC60000)
    return word ^ (word >> np.uint32(18))


@loop(types.Array(types.uint32, 1, "C"), types.Array(types.int64, 1, "C"))
def _shuffle(words: np.ndarray, order: np.ndarray) -> None:
    """Exchange each element, from the last on, with a random one of those up to it."""
    last: Any = order.size - 1
    mask = np.uint32(last)
    for shift in (1, 2, 4, 8, 16):
        mask |= mask >> np.uint32(shift)
    place: Any = np.int64(words[_PLACE])
    while last > 0:
        if place == _N:
            for i in range(_N - _M):
                _twist(words, i, i + 1, i + _M)
            for i in range(_N - _M, _N - 1):
                _twist(words, i, i + 1, i + _M - _N)
            _twist(words, _N - 1, 0, _M - 1)
            place = 0
        number = np.int64(_temper(words[place]) & mask)
        place += 1
        # A number that is too large leaves the elements where they are, and another is drawn.
        is_taken = number <= last
        other = number if is_taken else last
        order[last], order[other] = order[other], order[last]
        last -= np.int64(is_taken)
        if last <= np.int64(mask >> np.uint32(1)):
            mask >>= np.uint32(1)
    words[_PLACE] = np.uint32(place)

"""Shuffling as ``RandomState.shuffle`` does it, the same order and the same state, faster.

numpy calls its generator by address for each number and moves each element by ``memcpy``. Here
both are in one loop, without a branch where a number is drawn again, which no processor predicts.
The loop works on the words of numpy's generator where they lie.
"""

import os
import weakref
from contextlib import AbstractContextManager, nullcontext
from ctypes import c_char_p, c_uint32, c_void_p, py_object, pythonapi
from functools import cache
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import types

from sknn_tune.network.jit import inlined, kernel

_config: Any = numba.config  # its attributes are made from the environment
#: The Mersenne Twister (Matsumoto and Nishimura 1998): words, and how far apart they are mixed.
_N, _M = 624, 397
#: numpy keeps the place of the next word behind the words.
_PLACE = _N
_STATE: Any = c_uint32 * (_N + 1)

#: Type of the words of a generator and their place.
WORDS = types.Array(types.uint32, 1, "C")

_pointer_of = pythonapi.PyCapsule_GetPointer
_pointer_of.restype, _pointer_of.argtypes = c_void_p, [py_object, c_char_p]


class Generator(NamedTuple):
    """The generator of a stream as compiled code sees it."""

    words: np.ndarray  #: over numpy's own memory; empty where nothing is drawn
    lock: AbstractContextManager  #: to be held meanwhile
    owner: Any = None  #: of the memory


#: Of what needs no random numbers.
NO_GENERATOR = Generator(np.empty(0, np.uint32), nullcontext())
#: Of generators that compiled code draws from.
_locks: weakref.WeakSet = weakref.WeakSet()


def _release_locks() -> None:
    """Release what other threads held: a forked child does not have them."""
    for lock in _locks:
        lock._at_fork_reinit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_release_locks)


def generator_of(stream: np.random.RandomState) -> Generator | None:
    """The generator of a stream; None where only numpy may draw from it.

    That of ``np.random`` is for all threads, none of which may keep it for as long as an epoch.
    """
    generator = stream._bit_generator  # type: ignore[attr-defined]
    shared = np.random.get_bit_generator()  # type: ignore[attr-defined]
    if generator is shared:
        return None
    # Without compilation numpy's scalars would warn where they overflow.
    if _config.DISABLE_JIT or type(generator) is not np.random.MT19937 or not _is_understood():
        return None
    _locks.add(generator.lock)
    return Generator(_words(generator), generator.lock, generator)


def _words(generator: Any) -> np.ndarray:
    interface = _pointer_of(generator.capsule, b"BitGenerator")
    state: Any = c_void_p.from_address(interface).value  # the first field
    return np.frombuffer(_STATE.from_address(state), np.uint32)


@cache
def _is_understood() -> bool:
    """Whether the words and their place lie where they are looked for."""
    stream: Any = np.random.RandomState(0)
    stream.randint(9)
    _, words, place, *_ = stream.get_state()
    return np.array_equal(_words(stream._bit_generator), [*words, place])


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


@kernel
def shuffle(words: np.ndarray, order: np.ndarray) -> None:
    """Exchange each element, from the last on, with a random one of those up to it.

    Parameters
    ----------
    words : ndarray of uint32
        Of a `Generator`.
    order : ndarray of int64
        What is shuffled.
    """
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

"""Random streams from seeds, as scikit-learn makes them, in a twentieth of the time.

``RandomState(seed)`` first fills its 624 words from a hash of random numbers of the operating
system, which takes 90 us, and then overwrites them with those of the seed.
"""

from typing import Any

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from sklearn.utils import check_random_state

from sknn_tune.common.numeric import is_integer
from sknn_tune.common.typing import RandomState


def random_stream(random_state: RandomState) -> np.random.RandomState:
    """The stream of `sklearn.utils.check_random_state`: of a seed, always the same numbers.

    Parameters
    ----------
    random_state : int, RandomState instance or None
        A seed makes a new stream, None returns that of ``np.random``, a stream itself.

    Returns
    -------
    stream : RandomState
    """
    if not is_integer(random_state):
        return check_random_state(random_state)
    stream = np.random.RandomState(_GENERATOR(_TO_BE_SEEDED))
    stream.seed(random_state)
    return stream


class _Ones(ISeedSequence):
    """Ones instead of random words."""

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> Any:
        return [1] * n_words  # faster to read, one by one, than an array


_TO_BE_SEEDED = _Ones()
_GENERATOR: Any = np.random.MT19937  # numpy's stubs know none but its own sequences of seeds

"""The time of a fit, shared among its members."""

from collections.abc import Callable
from time import monotonic

import numpy as np

#: More epochs than any member makes.
_ANY = int(np.iinfo(np.int32).max)


class TimeLimit:
    """Lets each member make as many epochs as its share of the time allows.

    Parameters
    ----------
    seconds : float or None
        Time for all members; None for no limit.
    n_members, n_jobs : int
        How many there are, and how many are trained at a time.
    is_over : callable
        Whether all must end now.
    """

    def __init__(
        self,
        seconds: float | None,
        n_members: int,
        n_jobs: int,
        is_over: Callable[[], bool],
    ) -> None:
        self._end = None if seconds is None else monotonic() + seconds
        self._n_members, self._n_jobs, self._is_over = n_members, n_jobs, is_over

    def clock(self, member: int) -> Callable[[int], int]:
        """A clock for one member: from the epochs done to how many there may be in all."""
        start = monotonic()
        n_rounds = -(-(self._n_members - member) // self._n_jobs)
        share = None if self._end is None else max(0.0, self._end - start) / n_rounds

        def epochs_allowed(n_done: int) -> int:
            if self._is_over():
                return n_done
            if share is None:
                return _ANY
            return max(n_done, int(n_done * share / max(monotonic() - start, 1e-9)))

        return epochs_allowed

"""The time that is left."""

import time
from typing import NamedTuple


class Clock(NamedTuple):
    """A deadline."""

    end: float  #: in the seconds of time.monotonic

    @classmethod
    def of(cls, seconds: float) -> "Clock":
        """Return a clock that starts now."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds left, at least 0."""
        return max(self.end - time.monotonic(), 0.0)

    @property
    def late(self) -> float:
        """Seconds since the end, negative before it."""
        return time.monotonic() - self.end

    def share(self, part: float) -> "Clock":
        """Return a clock of a part of the time that is left."""
        return Clock.of(part * self.left)

"""Control-C during a training that a later fit may resume."""

from sknn_tune.common.interrupts import HeldInterrupts
from sknn_tune.mlp.watching import Watcher


class InterruptsBetweenEpochs(Watcher):
    """Holds Control-C back until an epoch is complete, so that the training can be resumed.

    A second one is raised at once, in the middle of an epoch; training then cannot be resumed.

    Parameters
    ----------
    held_back : bool
        Whether to hold anything back.
    """

    def __init__(self, held_back: bool) -> None:
        self._held_back = held_back
        self._interrupts = HeldInterrupts(most=1)

    @property
    def was_mid_epoch(self) -> bool:
        """Whether training was interrupted in the middle of an epoch."""
        return self._interrupts.let_through

    def __enter__(self) -> "InterruptsBetweenEpochs":
        if self._held_back:
            self._interrupts.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._interrupts.__exit__(*exception)

    def begin_step(self) -> None:
        """Deliver what was held back."""
        self._interrupts.deliver()

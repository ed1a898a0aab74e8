"""Progress of the loss, which the compiled loop over epochs notes itself.

So it knows when training may have to stop, and makes all epochs until then.
"""

from typing import Self

import numpy as np

from sknn_tune.network.jit import inlined

# What the array of a `Progress` holds.
_LOWEST, _TOLERANCE, _N_FRUITLESS, _PATIENCE = range(4)


class Progress:
    """The lowest loss, and how many epochs in a row have not lowered it.

    Parameters
    ----------
    lowest : float
        The lowest loss so far; infinite before the first.
    n_fruitless : int
        Epochs in a row whose loss was not lower by the tolerance.
    tolerance : float
    patience : float
        How many fruitless epochs in a row are allowed.

    Attributes
    ----------
    numbers : ndarray
        What `note_loss` reads and advances.
    """

    def __init__(self, lowest: float, n_fruitless: int, tolerance: float, patience: float) -> None:
        numbers = (lowest, tolerance, n_fruitless, patience)
        self.numbers = np.array(numbers, dtype=np.float64)

    @classmethod
    def endless(cls) -> Self:
        """Of a training that no loss ends."""
        return cls(np.inf, 0, 0.0, np.inf)

    @property
    def lowest(self) -> float:
        """The lowest loss so far."""
        return float(self.numbers[_LOWEST])

    @property
    def n_fruitless(self) -> int:
        """Epochs in a row whose loss was not lower by the tolerance."""
        return int(self.numbers[_N_FRUITLESS])


def note(progress: np.ndarray, loss: float) -> bool:
    """Note the loss of an epoch; returns whether too many in a row were fruitless."""
    has_progressed = loss <= progress[_LOWEST] - progress[_TOLERANCE]
    progress[_N_FRUITLESS] = 0.0 if has_progressed else progress[_N_FRUITLESS] + 1.0
    if loss < progress[_LOWEST]:
        progress[_LOWEST] = loss
    return progress[_N_FRUITLESS] > progress[_PATIENCE]


#: The same for compiled loops.
note_loss = inlined(note)

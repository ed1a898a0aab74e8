"""Rows of a spreadsheet as they are read, refused before they fill the memory."""

from typing import Any

from sknn_tune.command_line.errors import BadInput


class SheetRows:
    """The rows of a sheet, without what is empty at its edges.

    Parameters
    ----------
    max_cells : int
        More, padded to the longest row, are refused.
    """

    def __init__(self, max_cells: int) -> None:
        self._max_cells = max_cells
        self._rows: list[list[Any]] = []
        self._n_empty = self._longest = 0

    def add(self, runs: list[tuple[Any, int]], times: int = 1) -> None:
        """Add a row that stands there so many times.

        Parameters
        ----------
        runs : list of (value, int)
            Values of neighbouring cells, None where one is empty, each with the number of its
            cells.
        times : int, default=1

        Raises
        ------
        BadInput
            If there are too many cells. They were not made then.
        """
        while runs and runs[-1][0] is None:
            runs.pop()
        if not runs:
            self._n_empty += times
            return
        self._longest = max(self._longest, sum(n_cells for _, n_cells in runs))
        check_cells(self._longest * (len(self._rows) + self._n_empty + times), self._max_cells)
        self._rows += [[]] * self._n_empty
        self._rows += [[value for value, n_cells in runs for _ in range(n_cells)]] * times
        self._n_empty = 0

    def rectangle(self) -> list[list[Any]]:
        """Return all rows, as long as the longest."""
        return [row + [None] * (self._longest - len(row)) for row in self._rows]


def check_cells(n_cells: int, max_cells: int) -> None:
    """Refuse more cells than a table may have."""
    if n_cells > max_cells:
        raise BadInput(f"more than {max_cells:,} cells; take a sample of the rows.")

"""Ranges among the numbers of a column: "2100 - 2850" counts as the middle of it."""

import re
from collections.abc import Sequence

from sknn_tune.command_line.cells.number_format import are_clear, known_cells, parse_either

#: What stands for the unit of such cells.
RANGES = "numbers, and ranges by their middle"
_NUMBER = r"\d[\d.,'\u2019]*"
_RANGE = re.compile(rf"({_NUMBER})\s?(?:-|\u2013|\u2014|to)\s?({_NUMBER})")
_SAMPLE = 1_000
_FEWEST = 2
# Of the cells: that must be numbers or ranges, and numbers. Ranges only are names of groups.
_SHARE, _NUMBER_SHARE = 0.9, 0.5
# Times the lower end, that the upper one may be. Codes with a dash seldom are that close.
_WIDEST = 2.0


def are_numbers_and_ranges(cells: Sequence[str]) -> bool:
    """Whether cells are numbers of which some are ranges.

    Parameters
    ----------
    cells : sequence of str
        Of one column, missing ones included.

    Examples
    --------
    >>> from sknn_tune.command_line.cells.ranges import are_numbers_and_ranges
    >>> are_numbers_and_ranges(["800", "2100 - 2850", "2900", "900-1100", "1521"])
    True
    >>> are_numbers_and_ranges(["18-29", "30-44", "45-60"])
    False
    """
    sample = known_cells(cells, _SAMPLE)
    ranges = [cell for cell in sample if _ends(cell) is not None]
    if len(ranges) < _FEWEST:
        return False
    numbers = [cell for cell in sample if parse_either(cell) is not None]
    is_enough = len(numbers) + len(ranges) >= _SHARE * len(sample)
    if not is_enough or len(numbers) < _NUMBER_SHARE * len(sample):
        return False
    lowest = min(end for cell in ranges for end in _ends(cell) or ())
    is_among = lowest >= min(parse_either(cell) or 0.0 for cell in numbers)
    return is_among and are_clear([*numbers, *_ends_as_written(ranges)])


def without_range(cell: str) -> str:
    """Return a range as the number in its middle; other cells stay as they are.

    Parameters
    ----------
    cell : str

    Examples
    --------
    >>> from sknn_tune.command_line.cells.ranges import without_range
    >>> [without_range(cell) for cell in ("2100 - 2850", "900-1,100", "7", "3-1")]
    ['2475', '1000', '7', '3-1']
    """
    ends = _ends(cell)
    return cell if ends is None else f"{sum(ends) / 2:.15g}"


def _ends_as_written(ranges: Sequence[str]) -> list[str]:
    return [end for cell in ranges if (found := _RANGE.fullmatch(cell)) for end in found.groups()]


def _ends(cell: str) -> tuple[float, float] | None:
    """The ends of a range, the lower first; None for other text."""
    found = _RANGE.fullmatch(cell)
    if found is None:
        return None
    low, high = parse_either(found[1]), parse_either(found[2])
    if low is None or high is None or not low < high <= _WIDEST * low:
        return None
    return low, high

"""Ranges among the numbers of a column: "2100 - 2850" counts as the middle of it."""

import itertools
import re
from collections.abc import Sequence

from sknn_tune.command_line.number_format import is_missing_number, parse_either

#: What stands for the unit of such cells.
RANGES = "numbers, and ranges by their middle"
_NUMBER = r"\d[\d.,'\u2019]*"
_RANGE = re.compile(rf"({_NUMBER})\s?(?:-|\u2013|\u2014|to)\s?({_NUMBER})")
_SAMPLE = 1_000
_FEWEST = 2
# Of the cells: that must be numbers or ranges, and numbers. Ranges only are names of groups.
_SHARE, _NUMBER_SHARE = 0.9, 0.5


def are_numbers_and_ranges(cells: Sequence[str]) -> bool:
    """Whether cells are numbers of which some are ranges.

    Parameters
    ----------
    cells : sequence of str
        Of one column, missing ones included.

    Examples
    --------
    >>> from sknn_tune.command_line.ranges import are_numbers_and_ranges
    >>> are_numbers_and_ranges(["1056", "2100 - 2850", "2600", "900-1100", "1521"])
    True
    >>> are_numbers_and_ranges(["18-29", "30-44", "45-60"])
    False
    """
    known = (cell for cell in dict.fromkeys(cells) if not is_missing_number(cell))
    sample = list(itertools.islice(known, _SAMPLE))
    n_ranges = sum(_ends(cell) is not None for cell in sample)
    if n_ranges < _FEWEST:
        return False
    n_numbers = sum(parse_either(cell) is not None for cell in sample)
    is_enough = n_numbers + n_ranges >= _SHARE * len(sample)
    return is_enough and n_numbers >= _NUMBER_SHARE * len(sample)


def without_range(cell: str) -> str:
    """Return a range as the number in its middle; other cells stay as they are.

    Parameters
    ----------
    cell : str

    Examples
    --------
    >>> from sknn_tune.command_line.ranges import without_range
    >>> [without_range(cell) for cell in ("2100 - 2850", "900-1,100", "7", "3-1")]
    ['2475', '1000', '7', '3-1']
    """
    ends = _ends(cell)
    return cell if ends is None else f"{sum(ends) / 2:.15g}"


def _ends(cell: str) -> tuple[float, float] | None:
    """The ends of a range, the lower first; None for other text."""
    found = _RANGE.fullmatch(cell)
    if found is None:
        return None
    low, high = parse_either(found[1]), parse_either(found[2])
    return (low, high) if low is not None and high is not None and low < high else None

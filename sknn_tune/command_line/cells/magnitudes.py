"""Numbers with a word for thousands or millions behind them: "5.3k", "€110.5M", "45 Lakh"."""

import re
from collections.abc import Sequence

from sknn_tune.command_line.cells.number_format import is_bound, known_cells, parse_either

#: What stands for the unit of such cells.
MAGNITUDE = "thousands and millions"
_SCALES = (
    dict.fromkeys(("k", "tsd", "thousand", "thousands"), 1e3)
    | dict.fromkeys(("lac", "lacs", "lakh", "lakhs"), 1e5)
    | dict.fromkeys(("m", "mn", "mio", "mln", "million", "millions"), 1e6)
    | dict.fromkeys(("cr", "crore", "crores"), 1e7)
    | dict.fromkeys(("b", "bn", "mrd", "billion", "billions"), 1e9)
)
_PARTS = re.compile(r"(.*?\d[\d.,'\u2019]*)\s?([a-zA-Z]{1,9})\.?(\+?)")
_SIGNS = "+-\u2212\u2013~\u2248(. "  #: before a number that need not be money
_SAMPLE, _LONGEST = 500, 40
# Of the cells, that must be numbers; of words beside them there are few, which mean the same.
_NUMBER_SHARE, _MANY_NUMBERS, _MOST_WORDS = 0.9, 0.5, 2
_FEWEST = 2


def are_magnitudes(cells: Sequence[str]) -> bool:
    """Whether cells are numbers of which some have such a word.

    A single letter could be a unit, such as metres: it counts beside another one, or behind a
    currency.

    Parameters
    ----------
    cells : sequence of str
        Of one column, missing ones included.

    Examples
    --------
    >>> from sknn_tune.command_line.cells.magnitudes import are_magnitudes
    >>> are_magnitudes(["890", "5.3k", "1.2M"]), are_magnitudes(["5 m", "7 m", "12 m"])
    (True, False)
    """
    sample = known_cells(cells, _SAMPLE)
    with_word = [cell for cell in sample if _parts(cell) is not None]
    others = [cell for cell in sample if _parts(cell) is None and not _is_plain(cell)]
    if len(with_word) < _FEWEST:
        return False
    n_numbers = len(sample) - len(others)
    if n_numbers < _NUMBER_SHARE * len(sample):
        means_missing = len(others) <= _MOST_WORDS and n_numbers >= _MANY_NUMBERS * len(sample)
        if not means_missing:
            return False
    words = {_word(cell) for cell in with_word}
    is_money = any(not cell.lstrip(_SIGNS)[0].isdigit() for cell in with_word)
    return len(words) > 1 or is_money or words == {"k"} or len(min(words)) > 1


def without_magnitude(cell: str) -> str:
    """Return a cell as a number only; other cells stay as they are.

    Parameters
    ----------
    cell : str

    Examples
    --------
    >>> from sknn_tune.command_line.cells.magnitudes import without_magnitude
    >>> [without_magnitude(cell) for cell in ("5.3k", "1,5 Mio", "€110.5M", "890", "free")]
    ['5300', '1500000', '110500000', '890', 'free']
    """
    parts = _parts(cell)
    return cell if parts is None else f"{parts[0] * parts[1]:.15g}"


def _word(cell: str) -> str:
    found = _PARTS.fullmatch(cell)
    return "" if found is None else found[2].casefold()


def _parts(cell: str) -> tuple[float, float] | None:
    """The number of a cell, and what its word multiplies it by."""
    found = _PARTS.fullmatch(cell) if len(cell) <= _LONGEST else None
    scale = None if found is None else _SCALES.get(found[2].casefold())
    if found is None or scale is None or is_bound(found[1]):
        return None
    number = parse_either(found[1])
    return None if number is None else (number, scale)


def _is_plain(cell: str) -> bool:
    return parse_either(cell) is not None

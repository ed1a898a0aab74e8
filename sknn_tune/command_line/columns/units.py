"""Units behind the numbers of a column, and numbers that say how long something took."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sknn_tune.command_line.cells.dates import guess_date_format
from sknn_tune.command_line.cells.magnitudes import (
    MAGNITUDE,
    are_magnitudes,
    without_magnitude,
)
from sknn_tune.command_line.cells.measures import MEASURES, find_measure, in_one_unit
from sknn_tune.command_line.cells.number_format import known_cells, parse_either
from sknn_tune.command_line.cells.ranges import RANGES, are_numbers_and_ranges, without_range

if TYPE_CHECKING:
    from sknn_tune.command_line.files.table import Table

#: What stands for the unit of cells such as "27:45:10" or "3h 20min".
DURATION = "hours, minutes and seconds"
#: What stands for a form of numbers; others are units.
FORMS = MEASURES | {DURATION, MAGNITUDE, RANGES}
_SAMPLE, _LONGEST = 500, 40
# Of the cells, for a column to be one of numbers; of them, that must have the unit.
_NUMBER_SHARE, _UNIT_SHARE = 0.9, 0.5
# A number, which a sign or a currency may precede, and what follows it.
_PARTS = re.compile(r"([^\w\s]{0,2}\s?\d[\d.,'\u2019\s]*(?:[eE][+-]?\d+)?)(.*)", re.DOTALL)
_ORDINAL = re.compile("st|[nr]d|th")
# Letters of a word that may have an ending, as in "year" and "years", and of the ending.
_WORD_LETTERS, _ENDING_LETTERS = 3, 2
_MOST_UNITS = 6
_BARE = re.compile(r"[-+]?[\d.,]+")
_CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,6}):([0-5]\d(?:[.,]\d+)?)")
_SPOKEN = re.compile(
    r"p?(?:(\d+) ?d(?:ays?)? ?)?t?(?:(\d+) ?h(?:(?:ou)?rs?)? ?)?"
    r"(?:(\d+) ?m(?:in(?:ute)?s?)? ?)?(?:(\d+(?:\.\d*)?) ?(?:s|secs?|seconds?))?"
)


def find_units(
    table: "Table", words: Collection[str] = ()
) -> tuple[dict[str, str], dict[str, str]]:
    """Find out which columns hold numbers with a unit.

    Parameters
    ----------
    table : Table
    words : collection of str, default=()
        Columns that hold words, however they are written.

    Returns
    -------
    units : dict of str to str
        Name of a column → what follows its numbers.
    notes : dict of str to str
        Name of a column → what to say about it.
    """
    found = {
        name: _find_unit(name, cells) for name, cells in table.cells.items() if name not in words
    }
    units = {name: unit for name, (unit, _) in found.items() if unit}
    return units, {name: note for name, (_, note) in found.items() if note}


def _find_unit(name: str, cells: Sequence[str]) -> tuple[str, str]:
    """The unit of a column and what to say about it, each "" for none."""
    cells = list(dict.fromkeys(cells))  # all that counts below, and often far fewer
    measure = find_measure(cells)
    if measure is not None:
        return measure, f"The numbers of {name!r}, of several units, are read as {measure}."
    if are_magnitudes(cells):
        return MAGNITUDE, f"Words such as k and M behind numbers of {name!r} multiply them."
    if are_numbers_and_ranges(cells):
        return RANGES, f"Ranges among the numbers of {name!r} count as the numbers in their middle."
    sample = _sample(cells)
    found = _count_units(sample)
    if len(found) == 1:
        return min(found), f"The numbers of {name!r} are read without {min(found)!r}."
    if _are_durations(sample):
        return DURATION, f"The times of {name!r} are read as seconds."
    if len(found) < 2 or any(map(_has_digit, found)):
        return "", ""
    listed = " and ".join(map(repr, sorted(found)[:2]))
    return "", (
        f"The numbers of {name!r} are in different units, such as {listed}, and count as "
        "words; written in one unit, they count as numbers."
    )


def without_units(cells: Sequence[str], unit: str) -> list[str]:
    """Return cells as numbers only; those of another unit stay as they are.

    Parameters
    ----------
    cells : sequence of str
    unit : str
        As `find_units` gives it; "" changes nothing.

    Examples
    --------
    >>> from sknn_tune.command_line.columns.units import DURATION, without_units
    >>> without_units(["27,7 m²", "31 m2", "5 ft"], "m²")
    ['27,7', '31', '5 ft']
    >>> without_units(["1:00:05", "2:30"], DURATION)
    ['3605', '150']
    """
    if unit == "":
        return list(cells)
    rewrite = _rewriter(unit)
    rewritten = {cell: rewrite(cell) for cell in dict.fromkeys(cells)}
    return [rewritten[cell] for cell in cells]


def _rewriter(unit: str) -> Callable[[str], str]:
    """What turns cells of a unit into numbers."""
    if unit in MEASURES:
        return partial(in_one_unit, measure=unit)
    rewriters = {
        DURATION: _without_duration,
        MAGNITUDE: without_magnitude,
        RANGES: without_range,
    }
    return rewriters.get(unit) or _UnitRemover(_key(unit))


class _UnitRemover:
    """Returns a cell without a unit.

    Parameters
    ----------
    key : str
        Of the unit.
    """

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, cell: str) -> str:
        number, unit = _parts(cell)
        return number if unit and _are_equal(_key(unit), self._key) else cell


def _without_duration(cell: str) -> str:
    seconds = _seconds(cell)
    return cell if seconds is None else f"{seconds:.12g}"


def _sample(cells: Sequence[str]) -> list[str]:
    """Return some different cells that say something; none where most are plain numbers."""
    sample = known_cells(cells, _SAMPLE)
    n_worded = sum(_is_worded(cell) for cell in sample)
    return sample if n_worded > _UNIT_SHARE * len(sample) else []


def _is_worded(cell: str) -> bool:
    """Whether a cell has more than a number, and has one near its start."""
    return not _BARE.fullmatch(cell) and any(map(str.isdecimal, cell[:4]))


def _count_units(sample: list[str]) -> Counter[str]:
    """Units of the numbers of a column, as first written; none where it has other cells."""
    pairs = [_parts(cell) for cell in sample]
    n_numbers = sum(number != "" for number, _ in pairs)
    units = _merged(Counter(unit for _, unit in pairs if unit))
    if n_numbers < _NUMBER_SHARE * len(sample) or units.total() <= _UNIT_SHARE * n_numbers:
        return Counter()
    is_few = len(units) <= _MOST_UNITS
    return units if is_few and guess_date_format(sample) is None else Counter()


def _merged(units: Counter[str]) -> Counter[str]:
    """Units that are written in several ways have the first of them."""
    merged: Counter[str] = Counter()
    keys: dict[str, str] = {}
    for unit, count in units.items():
        key = _key(unit)
        first = next((known for known in keys if _are_equal(known, key)), key)
        merged[keys.setdefault(first, unit)] += count
        if len(merged) > _MOST_UNITS:
            break
    return merged


def _parts(cell: str) -> tuple[str, str]:
    """The number of a cell and what follows it: "" and "" where there is none."""
    found = _PARTS.fullmatch(cell) if len(cell) <= _LONGEST else None
    if parse_either(cell) is not None:
        return cell, ""
    if found is None or parse_either(found[1].strip()) is None:
        return "", ""
    if found[1].rstrip().endswith(".") and found[2].strip():  # a numbered word: "1. Male"
        return "", ""
    return found[1].strip(), found[2].strip()


def _key(unit: str) -> str:
    """The same for all ways in which a unit is written: "m²" and "M2"."""
    word = "".join(unicodedata.normalize("NFKC", unit).casefold().split())
    return "th" if _ORDINAL.fullmatch(word) else word


def _are_equal(one: str, other: str) -> bool:
    """Whether two keys are equal but for the ending of a word."""
    short, long = sorted((one, other), key=len)
    if short == long:
        return True
    is_word = short.isalpha() and long.isalpha() and len(short) >= _WORD_LETTERS
    return is_word and long.startswith(short) and len(long) - len(short) <= _ENDING_LETTERS


def _has_digit(unit: str) -> bool:
    return any(map(str.isdigit, unit))


def _are_durations(sample: list[str]) -> bool:
    """Whether cells are durations and no times of day."""
    n_durations = sum(_seconds(cell) is not None for cell in sample)
    if not sample or n_durations < _NUMBER_SHARE * len(sample):
        return False
    return guess_date_format(sample) is None


def _seconds(cell: str) -> float | None:
    """How long a cell says that something took, None for other text."""
    clock = _CLOCK.fullmatch(cell)
    if clock is not None:
        return _in_seconds(None, *clock.groups())
    if len(cell) > _LONGEST or not _has_digit(cell):
        return None
    spoken = _SPOKEN.fullmatch(" ".join(cell.casefold().split()))
    return None if spoken is None else _in_seconds(*spoken.groups())


def _in_seconds(*parts: str | None) -> float:
    """Days, hours, minutes and seconds in seconds."""
    lengths = (86_400, 3_600, 60, 1)
    numbers = [float((part or "0").replace(",", ".")) for part in parts]
    return float(sum(n * length for n, length in zip(numbers, lengths, strict=True)))

"""Dates in common formats: the format of a column, and its cells as time stamps."""

import itertools
import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sknn_tune.command_line.cells.number_format import MISSING, known_cells

if TYPE_CHECKING:
    import pandas as pd

# Where day and month cannot be distinguished, the first format that fits is taken.
_DAY_FIRST = ("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y", "%d-%m-%y")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%m-%d-%y")
_NAMED_MONTHS = ("%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%Y, %B", "%Y %B", "%B, %Y", "%b, %Y", "%Y %b")
_NAMED = ("%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y")
_WEEK = "%G-W%V"
_DATES = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y-%m", "%Y/%m"),
    *_NAMED_MONTHS,
    *(f"{_WEEK}-%u", _WEEK, "%Y-%j"),
    *_DAY_FIRST,
    *_MONTH_FIRST,
    *_NAMED,
)
_CLOCKS = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%H.%M", "%H.%M.%S")
_ZONED = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z")
_FORMATS = (
    *_DATES,
    *(f"{date}{gap}{clock}" for date in _DATES for gap in (" ", "T") for clock in _CLOCKS),
    *_ZONED,
    *(clock for clock in _CLOCKS if clock != "%H.%M"),  # a number
)
# Dates of digits only are numbers too: they count as dates where all of so many are of these years.
_COMPACT, _COMPACT_CELL, _FEWEST_COMPACT = "%Y%m%d", re.compile(r"(19|20)\d{6}"), 20
# As some programs write them: to the billionth of a second.
_FINE = re.compile(r"(?<=[:.]\d\d\.\d{6})\d{1,3}(?=\D|$)")
_SAMPLE, _FIRST = 300, 5
# A date or a time of day needs this many characters: "9:30".
_SHORTEST, _LONGEST = 4, 40


def guess_date_format(cells: Sequence[str], day_first: bool = False) -> str | None:
    """Return the format that nine in ten cells have.

    Parameters
    ----------
    cells : sequence of str
        Of one column, missing ones included.
    day_first : bool, default=False
        What 1/2/2020 means where no cell tells; with points the day is always first.

    Returns
    -------
    date_format : str or None
        As of `datetime.strptime`; None if the cells are no dates.

    Examples
    --------
    >>> from sknn_tune.command_line.cells.dates import guess_date_format
    >>> guess_date_format(["24.12.2020", "1.1.2021"]), guess_date_format(["12 trees", "5 cats"])
    ('%d.%m.%Y', None)
    """
    sample = _sample(cells)
    if not sample:
        return None
    if are_compact_dates(sample):
        return _COMPACT
    likely = [f for f in _FORMATS if sum(_fits(cell, f) for cell in sample[:_FIRST]) * 2 > _FIRST]
    if len(sample) < _FIRST:
        likely = [f for f in _FORMATS if _fits(sample[0], f)]
    shares = {f: sum(_fits(cell, f) for cell in sample) / len(sample) for f in likely}
    best = max(shares.values(), default=0.0)
    if best < 0.9:
        return None
    equal = [f for f in likely if shares[f] == best]
    month_first = [f for f in equal if f.startswith("%m/")]
    return month_first[0] if month_first and not day_first else equal[0]


def are_compact_dates(cells: Sequence[str]) -> bool:
    """Whether a column of whole numbers is one of dates, such as 20201224.

    Parameters
    ----------
    cells : sequence of str
        Missing ones included.
    """
    for cell in itertools.islice(cells, _FIRST):  # at once for most columns of numbers
        if len(cell) != len("20201224") and cell.casefold() not in MISSING:
            return False
    sample = _sample(cells)
    return len(sample) >= _FEWEST_COMPACT and all(
        _COMPACT_CELL.fullmatch(cell) and _fits(cell, _COMPACT) for cell in sample
    )


def is_day_month_ambiguous(cells: Sequence[str], date_format: str) -> bool:
    """Whether all dates of a column could have day and month exchanged."""
    if not date_format.startswith(("%d/%m", "%d-%m", "%m/%d", "%m-%d")):
        return False
    other = f"%{date_format[4]}{date_format[2]}%{date_format[1]}{date_format[5:]}"
    return all(_fits(cell, other) for cell in _sample(cells))


def parse_dates(cells: Sequence[str], date_format: str) -> "pd.Series":
    """Return time stamps, NaT for cells that are no dates of that format.

    Parameters
    ----------
    cells : sequence of str
    date_format : str

    Returns
    -------
    dates : Series of datetime64[s]
    """
    import pandas as pd

    zoned = date_format.endswith("%z")
    completed = [_completed(cell, date_format) for cell in cells]
    dates = pd.to_datetime(
        pd.Series(completed, dtype=object),
        format=_completed_format(date_format),
        errors="coerce",
        utc=zoned,
    )
    if zoned:
        dates = dates.dt.tz_localize(None)
    return dates.astype("datetime64[s]")


def _sample(cells: Sequence[str]) -> list[str]:
    """Return some different cells that could be dates; none where others are too many."""
    sample = known_cells(cells, _SAMPLE)
    dated = [c for c in sample if _SHORTEST <= len(c) <= _LONGEST and c.isascii() and _digits(c)]
    return sample if dated and len(dated) >= 0.9 * len(sample) else []


def _digits(cell: str) -> bool:
    return sum(map(str.isdigit, cell)) >= 2


def _completed(cell: str, date_format: str) -> str:
    """A cell as strptime takes it: a week has a day, and a second a million parts."""
    if date_format == _WEEK:
        return f"{cell}-1"
    return _FINE.sub("", cell) if "%f" in date_format else cell


def _completed_format(date_format: str) -> str:
    return f"{_WEEK}-%u" if date_format == _WEEK else date_format


def _fits(cell: str, date_format: str) -> bool:
    try:
        datetime.strptime(_completed(cell, date_format), _completed_format(date_format))
    except ValueError:
        return False
    return True

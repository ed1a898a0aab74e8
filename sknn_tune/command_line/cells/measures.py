"""Lengths, weights and other measures that a column has in several units: "800 m", "5 km"."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from sknn_tune.command_line.cells.number_format import are_clear, known_cells, parse_either


class _Measure(NamedTuple):
    """What a column measures."""

    name: str  #: stands for its units; says in what the numbers are read
    scales: dict[str, float]  #: unit, in small letters → how many of the first one it is


#: A thousand metres, for runners.
_RUNNERS_THOUSAND, _METRE, _MILLIMETRE = "k", "m", "mm"
_MEASURES = (
    _Measure(
        "lengths in metres",
        {_MILLIMETRE: 1e-3, "cm": 1e-2, "dm": 0.1, _METRE: 1.0, "km": 1e3, _RUNNERS_THOUSAND: 1e3},
    ),
    _Measure("weights in grams", {"mg": 1e-3, "g": 1.0, "kg": 1e3}),
    _Measure("volumes in litres", {"ml": 1e-3, "cl": 1e-2, "dl": 0.1, "l": 1.0, "hl": 100.0}),
    _Measure("memory in megabytes", {"kb": 1e-3, "mb": 1.0, "gb": 1e3, "tb": 1e6}),
)
_NAMES = {measure.name: measure for measure in _MEASURES}
#: What `find_measure` may return.
MEASURES = frozenset(_NAMES)
_PARTS = re.compile(r"([-+\u2212]?\d[\d.,'\u2019]*)\s?([a-zA-Z]{1,2})")
_SAMPLE, _LONGEST = 500, 40
# Of the cells, that must have such a unit.
_SHARE = 0.9
# What athletes run: the least before m, or else the most, and the most before k.
_LEAST_METRES, _MOST_METRES, _MOST_THOUSANDS = 50.0, 1000.0, 50.0


def find_measure(cells: Sequence[str]) -> str | None:
    """Return what the cells of a column measure, in several units.

    "m" and "k" could be millions and thousands. They are lengths if they are what athletes run, as
    "800 m" and "5 k" are.

    Parameters
    ----------
    cells : sequence of str
        Of one column, missing ones included.

    Returns
    -------
    measure : str or None
        For `in_one_unit`; None where the cells have one unit, or others.

    Examples
    --------
    >>> from sknn_tune.command_line.cells.measures import find_measure
    >>> find_measure(["800 m", "5 km"]), find_measure(["1.2m", "300k"]), find_measure(["5 g"])
    ('lengths in metres', None, None)
    """
    sample = known_cells(cells, _SAMPLE)
    found = [_PARTS.fullmatch(cell) for cell in sample if len(cell) <= _LONGEST]
    parts = [match for match in found if match is not None]
    if len(parts) < _SHARE * len(sample):
        return None
    for measure in _MEASURES:
        of_measure = [match for match in parts if match[2].casefold() in measure.scales]
        units = {match[2].casefold() for match in of_measure}
        if len(units) > 1 and len(of_measure) >= _SHARE * len(sample):
            is_length = _RUNNERS_THOUSAND not in units or _are_run(of_measure)
            is_clear = is_length and are_clear(match[1] for match in of_measure)
            return measure.name if is_clear else None
    return None


def in_one_unit(cell: str, measure: str) -> str:
    """Return a cell as a number only; cells of another unit stay as they are.

    Parameters
    ----------
    cell : str
    measure : str
        Of `MEASURES`.

    Examples
    --------
    >>> from sknn_tune.command_line.cells.measures import in_one_unit
    >>> [in_one_unit(cell, "lengths in metres") for cell in ("800 m", "1,5 km", "5 k", "5 ft")]
    ['800', '1500', '5000', '5 ft']
    """
    found = _PARTS.fullmatch(cell) if len(cell) <= _LONGEST else None
    if found is None:
        return cell
    number, scale = parse_either(found[1]), _NAMES[measure].scales.get(found[2].casefold())
    return cell if number is None or scale is None else f"{number * scale:.15g}"


def _are_run(parts: Sequence[re.Match]) -> bool:
    """Whether m and k mean metres and kilometres, and not millions and thousands."""
    if any(match[2] in (_MILLIMETRE, match[2].upper()) for match in parts):  # 1.2M
        return False
    metres, thousands = (
        [parse_either(match[1]) or 0.0 for match in parts if match[2] == unit]
        for unit in (_METRE, _RUNNERS_THOUSAND)
    )
    is_far = min(metres, default=0.0) >= _LEAST_METRES or max(metres, default=0.0) >= _MOST_METRES
    has_other = any(match[2] not in (_METRE, _RUNNERS_THOUSAND) for match in parts)
    return max(thousands) <= _MOST_THOUSANDS and (is_far or has_other)

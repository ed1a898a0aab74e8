"""Numbers in common formats: the decimal sign of a column, and the value of a cell."""

import itertools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

# Cells that mean a missing value in a column of numbers.
MISSING = frozenset(
    {"", "?", "-", "--", ".", "..", "...", "na", "n/a", "nan", "null", "none", "#n/a", "missing"}
    | {"nil", "n.a.", "unknown", "undefined", "<na>", "nat", "#value!", "#div/0!", "#ref!"}
    | {"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"}
)
# Beyond it a number is no measurement, and its square would leave the range of float64 sums.
LARGEST = 1e30
_LONGEST = 60
_CODES = (
    "usd eur gbp chf jpy cad aud nzd sek nok dkk isk pln czk huf ron bgn try ils rub uah cny rmb "
    "inr pkr bdt lkr idr myr thb vnd php sgd hkd twd krw ngn kes egp mad aed sar brl mxn ars "
    "clp cop pen"
)
_WORDS = r"(?:us|au|a|ca|c|nz|hk|nt|s|r|mx)\$|rp|rs|kr|zł|kč|ft"
_CURRENCY = re.compile(rf"(?:{'|'.join(_CODES.split())}|{_WORDS})\.?", re.IGNORECASE)
_CURRENCY_BEHIND = re.compile(rf"(.*\d)\s?(?:{'|'.join(_CODES.split())})", re.IGNORECASE)
# What says that a number is the least or the most: "3+", ">20", "<= 5".
_BOUND = re.compile(r"(?:[<>]=?|[≤≥≈~])\s?(?=[-.\d])|(?<=\d)\s?\+$")
_CHARACTERS = str.maketrans(
    {"\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2013": "-", "\ufe63": "-", "\uff0d": "-"}
    | dict.fromkeys("\u00a0\u202f\u2007\u2009\u2008\u205f\u3000", " ")
    | dict.fromkeys("\u2019\u02bc\u00b4`", "'")
)
_PLAIN = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?")
_GROUPED = {
    mark: re.compile(rf"\d{{1,3}}(?:{re.escape(mark)}\d{{2,3}})*{re.escape(mark)}\d{{3}}")
    for mark in (",", ".", " ", "'")
}
# One mark and three digits after it: a thousand or a thousandth.
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_DECIMAL = re.compile(r"\d*[.,]\d*(?:[eE][+-]?\d{1,4})?")
# Different numbers such as "1,413", of which one in ten would end in 0, which is not written.
_ENOUGH_GROUPS = 30
_MOST_LOOKED_AT = 5_000
# What most cells are: they need none of the work below.
_SIMPLE = re.compile(r"-?(\d{1,15})(?:\.(\d{0,15}))?")


class Evidence(NamedTuple):
    """How many different cells of a column show which sign is the decimal one."""

    comma: int = 0
    point: int = 0
    either_comma: int = 0  #: "1,413": a thousand or a thousandth
    either_point: int = 0
    hundreds: int = 0  #: whole numbers below a thousand
    thousands: int = 0  #: larger ones, without a sign

    @property
    def decimal(self) -> str | None:
        """The decimal sign; None where the cells do not tell."""
        if self.comma == self.point:
            return self._of_groups()
        return "," if self.comma > self.point else "."

    def _of_groups(self) -> str | None:
        """The decimal sign where all thousands have the other one, and smaller numbers none."""
        groups, others = sorted((self.either_comma, self.either_point), reverse=True)
        is_grouped = groups >= _ENOUGH_GROUPS and not (others or self.thousands or self.comma)
        if not is_grouped or not self.hundreds:
            return None
        return "." if self.either_comma else ","


def is_bound(cell: str) -> bool:
    """Whether a cell spells a number that something is less or more than."""
    return _BOUND.search(cell) is not None and parse_number(cell) is not None


def is_missing_number(cell: str) -> bool:
    """Whether a cell of a column of numbers says that nothing is known."""
    return cell.casefold() in MISSING


def known_cells(cells: Iterable[str], most: int) -> list[str]:
    """Return some different cells that are not missing, as many as are looked at.

    Parameters
    ----------
    cells : iterable of str
    most : int

    Examples
    --------
    >>> from sknn_tune.command_line.cells.number_format import known_cells
    >>> known_cells(["7", "?", "7", "8", "9"], most=2)
    ['7', '8']
    """
    known = (cell for cell in dict.fromkeys(cells) if not is_missing_number(cell))
    return list(itertools.islice(known, most))


def parse_number(cell: str, decimal: str = ".") -> float | None:
    """Return the number that a cell spells.

    Parameters
    ----------
    cell : str
        Signs of currency and percent, thousands set apart by blanks, apostrophes or the sign that
        is not the decimal one, and accountants' parentheses are understood. A bound such as "3+"
        is the number in it.
    decimal : {".", ","}, default="."

    Returns
    -------
    number : float or None
        nan for a missing, infinite or absurdly large one, None for other text.

    Examples
    --------
    >>> from sknn_tune.command_line.cells.number_format import parse_number
    >>> [parse_number(cell) for cell in ("1e3", "$1,234.50", "12 %", "(7)", "?", "12 May")]
    [1000.0, 1234.5, 12.0, -7.0, nan, None]
    >>> parse_number("1.234,5 €", decimal=",")
    1234.5
    """
    if decimal == "." and _SIMPLE.fullmatch(cell):
        return float(cell)
    if is_missing_number(cell):
        return math.nan
    negative, bare = _undecorated(cell)
    grouping = "." if decimal == "," else ","
    if decimal == "," and bare.count(".") == 1 and "," not in bare:
        decimal = "," if _GROUPED["."].fullmatch(bare) else "."  # a lone 0.5 is half
        grouping = "." if decimal == "," else ","
    whole, mark, rest = bare.partition(decimal)
    for sign in (grouping, " ", "'"):
        if sign in whole:
            if not _GROUPED[sign].fullmatch(whole):
                return None
            whole = whole.replace(sign, "")
            break
    bare = f"{whole}.{rest}" if mark else whole
    if not _PLAIN.fullmatch(bare):
        return None
    number = float(bare)
    if number > LARGEST:
        return math.nan
    return -number if negative else number


def parse_either(cell: str) -> float | None:
    """Return the number that a cell spells with either decimal sign, the point first.

    Parameters
    ----------
    cell : str
    """
    numbers = (parse_number(cell, decimal) for decimal in ".,")
    return next((number for number in numbers if number is not None), None)


def parse_numbers(cells: Sequence[str], decimal: str = ".") -> tuple[np.ndarray, float]:
    """Return the numbers of a column, and which share of the known cells spells them.

    Parameters
    ----------
    cells : sequence of str
    decimal : {".", ","}, default="."

    Returns
    -------
    numbers : ndarray of float64 of shape (n_rows,)
        nan where a cell is missing or spells no number.
    share : float
        How many of the cells that are not missing spell numbers; 0 where all are missing.
    """
    distinct = set(cells)
    spelled = {cell: parse_number(cell, decimal) for cell in distinct}
    numbers = np.array([spelled[cell] for cell in cells], dtype=float)
    missing = {cell for cell in distinct if is_missing_number(cell)}
    n_known = len(cells) - (sum(cell in missing for cell in cells) if missing else 0)
    return numbers, float(np.isfinite(numbers).sum() / max(n_known, 1))


def find_evidence(cells: Iterable[str]) -> Evidence:
    """Count what the cells of a column say about the decimal sign.

    Parameters
    ----------
    cells : iterable of str

    Returns
    -------
    evidence : Evidence

    Examples
    --------
    >>> from sknn_tune.command_line.cells.number_format import find_evidence
    >>> find_evidence(["3,14", "1,413"])
    Evidence(comma=1, point=0, either_comma=1, either_point=0, hundreds=0, thousands=0)
    """
    distinct = list(dict.fromkeys(cells))[:_MOST_LOOKED_AT]
    counts = Counter(_what_it_shows(cell) for cell in distinct if "," in cell or "." in cell)
    whole = [len(cell) for cell in distinct if cell.isdecimal() and cell[0] != "0"]
    large = sum(length > len("999") for length in whole)
    of_either = counts["1,413"], counts["1.413"]
    return Evidence(counts[","], counts["."], *of_either, len(whole) - large, large)


def are_clear(numbers: Iterable[str]) -> bool:
    """Whether `parse_either` reads numbers as the others among them are written.

    Parameters
    ----------
    numbers : iterable of str

    Examples
    --------
    >>> from sknn_tune.command_line.cells.number_format import are_clear
    >>> are_clear(["800", "1,5"]), are_clear(["1,250", "2.5"]), are_clear(["1.250", "2,5"])
    (True, True, False)
    """
    found = find_evidence(numbers)
    if found.comma:
        return not (found.point or found.either_comma or found.either_point)
    return not found.either_point or found.point > 0


def _what_it_shows(cell: str) -> str | None:
    """Which sign is the decimal one in a number: a comma, a point, either, or None."""
    simple = _SIMPLE.fullmatch(cell)
    if simple is not None:
        whole, rest = simple.groups()
        return "1.413" if len(rest) == 3 and len(whole) < 4 and whole[0] != "0" else "."
    bare = _undecorated(cell)[1].replace(" ", "").replace("'", "")
    comma, point = bare.count(","), bare.count(".")
    if comma and point:
        later, earlier = (",", ".") if bare.rfind(",") > bare.rfind(".") else (".", ",")
        whole, _, rest = bare.rpartition(later)
        fits = _GROUPED[earlier].fullmatch(whole) and (rest == "" or rest.isdigit())
        return later if fits else None
    if comma > 1 or point > 1:
        group, other = (",", ".") if comma else (".", ",")
        return other if _GROUPED[group].fullmatch(bare) else None
    if comma + point == 0 or not _DECIMAL.fullmatch(bare) or len(bare) < 2:
        return None
    if _AMBIGUOUS.fullmatch(bare):
        return "1,413" if comma else "1.413"
    return "," if comma else "."


def _undecorated(cell: str) -> tuple[bool, str]:
    """Whether a number is negative, and its digits without signs, currency and percent."""
    if len(cell) > _LONGEST:
        return False, ""
    text = _BOUND.sub("", cell.translate(_CHARACTERS).strip(), count=1)
    negative = text.startswith("(") and text.endswith(")")
    if negative:
        text = text[1:-1].strip()
    signed = text[:1] in ("-", "+")
    negative ^= text[:1] == "-"
    text = _without_unit(text[1:].lstrip() if signed else text)
    if not signed and text[:1] in ("-", "+"):  # "$-5"
        return negative ^ (text[0] == "-"), text[1:].lstrip()
    if not signed and text[-1:] == "-":  # as accounting systems write it
        return not negative, text[:-1].rstrip()
    return negative, text


def _without_unit(text: str) -> str:
    if text and _is_unit(text[0]):
        text = text[1:].lstrip()
    else:
        text = text[_end(_CURRENCY.match(text)) :].lstrip()
    if text and (_is_unit(text[-1]) or text[-1] == "%"):
        return text[:-1].rstrip()
    behind = _CURRENCY_BEHIND.fullmatch(text)
    return text if behind is None else behind[1]


def _end(found: re.Match | None) -> int:
    return 0 if found is None else found.end()


def _is_unit(character: str) -> bool:
    return unicodedata.category(character) == "Sc"

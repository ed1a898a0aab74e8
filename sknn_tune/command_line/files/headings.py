"""Rows of a file that are no data: a title above the names, second names below, totals at the end.

Spreadsheets and programs for surveys write them. Each kind is recognised by what it looks like
beside the other rows, left out and reported.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile
from statistics import median_low

from sknn_tune.command_line.cells.number_format import is_missing_number, parse_either
from sknn_tune.command_line.files.delimited import Rows

_SAMPLE, _MOST_TITLES, _MOST_FOOTERS = 200, 20, 10
# A table with fewer columns may have rows of one cell.
_FEWEST_COLUMNS = 3
# Numbers that a column needs for a word above them to be no value, and such columns.
_FEWEST_NUMBERS, _FEWEST_WORDS = 3, 2
# What programs write below the names: the kinds of the columns, or that they hold answers.
_TYPE_WORDS = (
    "string str text char varchar object cat category categorical nominal ordinal discrete int "
    "integer long double float real num number numeric continuous bool boolean logical date "
    "datetime timestamp time"
)
_TYPES = frozenset(_TYPE_WORDS.split())
_ANSWERS = frozenset({"response", "open-ended response"})
_SURVEY_ID = '{"importid"'
_TOTAL_WORDS = (
    "total totals sum average mean subtotal gesamt summe mittelwert suma promedio totale media "
    "moyenne totaal totalt итого всего среднее 合计 总计 合計 平均"
)
_TOTALS = frozenset({"grand total", "total general", "total général", *_TOTAL_WORDS.split()})
# Of its numbers, that must be sums or means of those above, and how far off they may be.
_TOTAL_SHARE, _ROUNDING = 0.5, 1e-3
_REMARK = re.compile(
    r"[*†©]|\(c\)|(source|notes?|remarks?|quelle|hinweis|anmerkung|fuente|nota|fonte)s?\b.*[:;.\s]",
    re.IGNORECASE,
)


def without_headings(rows: Rows, keep_rows: bool = False) -> tuple[Rows, list[str]]:
    """Leave out rows of titles, of other names, of totals and of remarks.

    Parameters
    ----------
    rows : list of (int, list of str)
        Numbered rows.
    keep_rows : bool, default=False
        Whether to keep what could be rows of data: totals, remarks, and words above numbers.

    Returns
    -------
    rows : list of (int, list of str)
        The names first.
    notes : list of str
        What was left out.
    """
    notes = []
    rows, titles = _without_titles(rows)
    if titles:
        notes.append(f"Left out: {_count(titles)} above the names, such as {_shown(titles[0])}.")
    rows, others = _without_second_names(rows, keep_rows)
    if others:
        notes.append(
            f"Left out: {_count(others)} below the names that says more about the columns, "
            f"{_shown(others[0])}."
        )
    rows, ends = (rows, []) if keep_rows else _without_totals(rows)
    if ends:
        shown = f"{_count(ends)} of totals or remarks at the end, {_shown(ends[-1])}"
        notes.append(f"Left out: {shown}.")
    return rows, notes


def _without_totals(rows: Rows) -> tuple[Rows, Rows]:
    """Drop rows at the end that sum up the others, or have a remark only."""
    sample = [row for _, row in rows[1 : 1 + _SAMPLE]]
    if not sample or median_low(map(_n_filled, sample)) < _FEWEST_COLUMNS:
        return rows, []
    for n_kept in range(max(2, len(rows) - _MOST_FOOTERS), len(rows)):
        kept, ends = rows[:n_kept], rows[n_kept:]
        if all(_is_remark(row) or _is_total(row, kept) for _, row in ends):
            return kept, ends
    return rows, []


def _without_titles(rows: Rows) -> tuple[Rows, Rows]:
    """Drop rows before the names that have fewer cells than the others."""
    sample = [row for _, row in rows[1 : 1 + _SAMPLE]]
    if not sample:
        return rows, []
    filled = median_low(map(_n_filled, sample))
    length = Counter(map(len, sample)).most_common(1)[0][0]

    def is_title(numbered: tuple[int, list[str]]) -> bool:
        row = numbered[1]
        is_short = len(row) < length - 1 and _n_filled(row) <= filled / 2
        return _n_filled(row) <= 1 or is_short

    if filled < _FEWEST_COLUMNS:
        return rows, []
    titles = list(takewhile(is_title, rows[:_MOST_TITLES]))
    left = rows[len(titles) :]
    # Names that are nearly all blank look like a title, but then the next row is one of data.
    are_names = bool(left) and not any(map(_is_number, left[0][1]))
    return (left, titles) if are_names else (rows, [])


def _without_second_names(rows: Rows, only_sure: bool) -> tuple[Rows, Rows]:
    """Drop rows below the names that are none of data; they name columns that lack a name."""
    of_ids = [i for i, (_, row) in enumerate(rows[:3]) if _n_starting(row, _SURVEY_ID) > 1]
    n_others = max(of_ids, default=int(_has_second_names(rows, only_sure)))
    if n_others == 0:
        return rows, []
    number, names = rows[0]
    second = rows[1][1]
    if len(second) == len(names):
        names = [name.strip() or other.strip() for name, other in zip(names, second, strict=True)]
    return [(number, names), *rows[1 + n_others :]], rows[1 : 1 + n_others]


def _has_second_names(rows: Rows, only_sure: bool) -> bool:
    """Whether the second row has words where the others have numbers, or only usual ones."""
    if len(rows) <= _FEWEST_NUMBERS:
        return False
    names, first = ([cell.strip() for cell in row] for _, row in rows[:2])
    sample = [row for _, row in rows[2 : 2 + _SAMPLE] if len(row) == len(first)]
    columns = [[cell.strip() for cell in column] for column in zip(*sample, strict=True)]
    if not columns:
        return False
    answers = [cell.casefold() in _ANSWERS for cell in first]
    if sum(answers) > 1 and ("" in names or sum(answers) == _n_filled(first)):
        return True
    are_numbers = list(map(_are_numbers, columns))
    above = [word for word, is_number in zip(first, are_numbers, strict=True) if is_number]
    if any(map(_is_number, above)):
        return False
    words = [word for word in above if not is_missing_number(word)]
    kinds = {word.casefold() for word in first if word}
    if len(kinds) > 1 and kinds <= _TYPES:
        repeats = any(word in column for word, column in zip(first, columns, strict=True) if word)
        return bool(words) and not repeats
    # The same word twice is a value, such as "not tested".
    return not only_sure and len(words) >= _FEWEST_WORDS and len(set(words)) == len(words)


def _are_numbers(column: Sequence[str]) -> bool:
    known = [cell for cell in column if not is_missing_number(cell)]
    return len(known) >= _FEWEST_NUMBERS and all(map(_is_number, known))


def _is_number(cell: str) -> bool:
    number = parse_either(cell.strip())
    return number is not None and not math.isnan(number)


def _is_remark(row: Sequence[str]) -> bool:
    """Whether a row has one cell only, and no value in it."""
    first = row[0].strip()
    if _n_filled(row) != 1 or not first or _is_number(first):
        return False
    return len(row) == 1 or _REMARK.match(first) is not None


def _is_total(row: Sequence[str], kept: Rows) -> bool:
    """Whether a row starts with a word such as "Total" and has sums or means of those above."""
    place = next((i for i, cell in enumerate(row) if cell.strip()), 0)
    above = [other for _, other in kept[1:] if len(other) == len(row)]
    word = _word(row[place])
    if word not in _TOTALS or any(_word(other[place]) == word for other in above):
        return False
    numbered = [i for i, cell in enumerate(row) if _is_number(cell)]
    n_alike = sum(_sums_up(row[i], [other[i] for other in above]) for i in numbered)
    return n_alike > 0 and n_alike >= _TOTAL_SHARE * len(numbered)


def _word(cell: str) -> str:
    return " ".join(cell.split()).rstrip(":").casefold()


def _sums_up(cell: str, column: Sequence[str]) -> bool:
    """Whether a cell is the sum or the mean of numbers that differ."""
    numbers = [parse_either(other.strip()) or 0.0 for other in column if _is_number(other)]
    if len(set(numbers)) < 2:
        return False
    number, total = parse_either(cell.strip()) or 0.0, math.fsum(numbers)
    wanted = (total, total / len(numbers))
    return any(math.isclose(number, value, rel_tol=_ROUNDING) for value in wanted)


def _n_filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _n_starting(row: Sequence[str], start: str) -> int:
    return sum(cell.strip().casefold().startswith(start) for cell in row)


def _count(rows: Rows) -> str:
    return "a row" if len(rows) == 1 else f"{len(rows)} rows"


def _shown(numbered: tuple[int, list[str]]) -> str:
    cells = [cell.strip() for cell in numbered[1] if cell.strip()]
    return repr(", ".join(cells)[:60])

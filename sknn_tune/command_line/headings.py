"""Rows of a file that are no data: a title above the names, second names below, totals at the end.

Spreadsheets and programs for surveys write them. Each kind is recognised by what it looks like
beside the other rows, left out and reported.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import takewhile
from statistics import median_low

from sknn_tune.command_line.number_format import is_missing_number, parse_either

Rows = list[tuple[int, list[str]]]

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


def without_headings(rows: Rows) -> tuple[Rows, list[str]]:
    """Leave out rows that are no data.

    Parameters
    ----------
    rows : list of (int, list of str)
        Numbered rows.

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
    rows, others = _without_second_names(rows)
    if others:
        notes.append(
            f"Left out: {_count(others)} below the names that says more about the columns, "
            f"{_shown(others[0])}."
        )
    rows, ends = _without_totals(rows)
    if ends:
        notes.append(
            f"Left out: {_count(ends)} of totals or remarks at the end, {_shown(ends[-1])}."
        )
    return rows, notes


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
    return (rows[len(titles) :], titles) if len(titles) < len(rows) else (rows, [])


def _without_second_names(rows: Rows) -> tuple[Rows, Rows]:
    """Drop rows below the names that are none of data; they name columns that lack a name."""
    of_ids = [i for i, (_, row) in enumerate(rows[:3]) if _n_starting(row, _SURVEY_ID) > 1]
    n_others = max(of_ids, default=int(_has_second_names(rows)))
    if n_others == 0:
        return rows, []
    number, names = rows[0]
    second = rows[1][1]
    if len(second) == len(names):
        names = [name.strip() or other.strip() for name, other in zip(names, second, strict=True)]
    return [(number, names), *rows[1 + n_others :]], rows[1 : 1 + n_others]


def _has_second_names(rows: Rows) -> bool:
    """Whether the second row has words where the others have numbers, or only usual ones."""
    if len(rows) <= _FEWEST_NUMBERS:
        return False
    first = [cell.strip() for cell in rows[1][1]]
    words = {cell.casefold() for cell in first if cell}
    if len(words) > 1 and words <= _TYPES:
        return True
    if sum(cell.casefold() in _ANSWERS for cell in first) > 1:
        return True
    sample = [row for _, row in rows[2 : 2 + _SAMPLE] if len(row) == len(first)]
    n_words = 0
    for word, *column in zip(first, *sample, strict=True):
        known = [cell.strip() for cell in column if not is_missing_number(cell.strip())]
        if len(known) < _FEWEST_NUMBERS or any(parse_either(cell) is None for cell in known):
            continue
        if parse_either(word) is not None and not is_missing_number(word):
            return False
        n_words += not is_missing_number(word)
    return n_words >= _FEWEST_WORDS


def _without_totals(rows: Rows) -> tuple[Rows, Rows]:
    """Drop rows at the end that sum up the others, or have a remark only."""
    sample = [row for _, row in rows[1 : 1 + _SAMPLE]]
    if not sample or median_low(map(_n_filled, sample)) < _FEWEST_COLUMNS:
        return rows, []
    n_kept = len(rows)
    while n_kept > max(2, len(rows) - _MOST_FOOTERS):
        row = rows[n_kept - 1][1]
        is_remark = _n_filled(row) == 1 and bool(row[0].strip()) and parse_either(row[0]) is None
        if not (is_remark or _is_total(row, rows[1 : n_kept - 1])):
            break
        n_kept -= 1
    return rows[:n_kept], rows[n_kept:]


def _is_total(row: Sequence[str], before: Rows) -> bool:
    """Whether a row starts with a word such as "Total", which no other row does."""
    place = next((i for i, cell in enumerate(row) if cell.strip()), 0)
    word = _word(row[place])
    return word in _TOTALS and all(
        _word(other[place]) != word for _, other in before if len(other) > place
    )


def _word(cell: str) -> str:
    return " ".join(cell.split()).rstrip(":").casefold()


def _n_filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _n_starting(row: Sequence[str], start: str) -> int:
    return sum(cell.strip().casefold().startswith(start) for cell in row)


def _count(rows: Rows) -> str:
    return "a row" if len(rows) == 1 else f"{len(rows)} rows"


def _shown(numbered: tuple[int, list[str]]) -> str:
    cells = [cell.strip() for cell in numbered[1] if cell.strip()]
    return repr(", ".join(cells)[:60])

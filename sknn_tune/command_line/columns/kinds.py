"""The kind of each column: numbers, categories, dates, text, or none."""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sknn_tune.command_line.cells.dates import (
    are_compact_dates,
    guess_date_format,
    is_day_month_ambiguous,
)
from sknn_tune.command_line.cells.number_format import (
    Evidence,
    find_evidence,
    is_bound,
    is_missing_number,
    parse_number,
    parse_numbers,
)
from sknn_tune.command_line.cells.words import is_missing_word, normal_word
from sknn_tune.command_line.errors import BadInput

if TYPE_CHECKING:
    from sknn_tune.command_line.files.table import Table

KINDS = ("number", "category", "date", "text")
# A few cells that are no numbers do not make a column of numbers one of words.
NUMBER_SHARE = 0.9
# Different words of a category, and of one whose words are short and come up often; a column with
# more is encoded by what the words consist of.
MAX_CATEGORIES, MOST_CATEGORIES, ROWS_PER_CATEGORY = 40, 1_000, 10
# Up to so many different whole numbers, each often enough, a target of numbers means classes. More
# than a few must be about equally frequent: measures are rare at their ends.
MANY_CLASSES, FEW_CLASSES, ROWS_PER_CLASS, RAREST_SHARE = 20, 10, 10, 0.25
# A column of numbers with up to so many different words, which then mean that none is known.
_MANY_NUMBERS, _MOST_WORDS = 0.5, 2
# Times as many as there are rows: numbers of rows, some of which were left out.
_MOST_ROWS = 1.25
# Signs in front of a number that say on which side of it something is.
_LESS, _MORE = "<\u2264", ">\u2265"
# Text that is different in every row and shorter than this many words is a name or an id.
_WORDS_OF_TEXT = 4
_KEY_NAME = re.compile(r"(?i)(^|[_\s.-])(id|key|uuid|guid|index|row|rownum|nr|no)$|^unnamed: ?\d+$")
_KEY_CAMEL = re.compile(r"[a-z]I[dD]$")
_CODE = re.compile(r"\d+")
# What most columns differ in.
_FIRST_CELLS = 50


class Column(NamedTuple):
    """A column that the model reads."""

    name: str
    kind: str  #: one of `KINDS`
    decimal: str = "."  #: of its numbers
    date_format: str = ""
    words: tuple[str, ...] = ()  #: of a category, as `normal_word` gives them
    unit: str = ""  #: behind its numbers, as `find_units` gives it


@dataclass(frozen=True)
class Overrides:
    """What the user says that columns are: names of columns by kind."""

    number: frozenset[str] = frozenset()
    category: frozenset[str] = frozenset()
    date: frozenset[str] = frozenset()
    text: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()

    def kinds(self) -> dict[str, str]:
        """Return the kind of each column that is named, or "ignore".

        Raises
        ------
        BadInput
            If two options name a column.
        """
        kinds: dict[str, str] = {}
        for field in fields(self):
            for name in sorted(getattr(self, field.name)):
                if name in kinds:
                    raise BadInput(f"two options name the column {name!r}.")
                kinds[name] = field.name
        return kinds


def choose_columns(
    table: "Table",
    target: str,
    overrides: Overrides | None = None,
    decimals: Mapping[str, str] | None = None,
) -> tuple[list[Column], list[str]]:
    """Decide which columns the model reads, and how.

    Parameters
    ----------
    table : Table
    target : str
        The column to predict.
    overrides : Overrides or None, default=None
        What the user says about columns.
    decimals : mapping of str to str or None, default=None
        The decimal sign of each column; None finds out.

    Returns
    -------
    columns : list of Column
    notes : list of str
        What was left out, and why; what looks odd.
    """
    said = (overrides or Overrides()).kinds()
    for name in said:
        if name not in table.cells:
            raise BadInput(f"there is no column {name!r}, which an option names.")
    if decimals is None:
        decimals, _ = find_decimals(table)
    notes: list[str] = []
    columns: list[Column] = []
    column: Column | None
    ignored = {name for name, kind in said.items() if kind == "ignore"}
    firsts = _find_firsts(table.cells, ignored)
    kept = {firsts[target]: target}
    for name, cells in table.cells.items():
        if name == target or name in ignored:
            continue
        if name in said:
            column, note = _forced(name, said[name], cells, decimals[name])
        else:
            column, note = _kind(name, cells, decimals[name])
            if column is not None and (first := kept.get(firsts[name])) is not None:
                column, note = None, f"Left out: {name!r}, the same as {first!r} in all rows."
        if column is not None:
            kept.setdefault(firsts[name], name)
            columns.append(column)
        if note:
            notes.append(note)
    return columns, notes


def _find_firsts(cells: Mapping[str, list[str]], ignored: Container[str]) -> dict[str, str]:
    """Each column → the first with the same cells, itself where there is none."""
    alike: dict[tuple[str, ...], list[str]] = {}
    firsts = {name: name for name in cells}
    for name, column in cells.items():
        if name in ignored or len(set(column)) <= 1:
            continue
        others = alike.setdefault(tuple(column[:_FIRST_CELLS]), [])
        firsts[name] = next((other for other in others if cells[other] == column), name)
        if firsts[name] == name:
            others.append(name)
    return firsts


def find_decimals(table: "Table") -> tuple[dict[str, str], dict[str, str]]:
    """Return the decimal sign of each column, and a note about each that does not tell.

    A column that does not tell follows the others, then the file's separator.
    """
    if table.decimal is not None:
        return dict.fromkeys(table.cells, table.decimal), {}
    evidence = {name: find_evidence(cells) for name, cells in table.cells.items()}
    votes = [found.decimal for found in evidence.values() if found.decimal]
    of_file = max(",.", key=votes.count) if votes else None
    decimals, notes = {}, {}
    for name, found in evidence.items():
        decimals[name] = found.decimal or table.default_decimal or of_file or _guess(found)
        if not found.decimal and (found.either_comma or found.either_point):
            mark = "," if found.either_comma else "."
            if mark == "," or decimals[name] == ",":
                read = "1.413" if decimals[name] == mark else "1413"
                notes[name] = (
                    f"In {name!r}, numbers such as 1{mark}413 are read as {read}; --decimal says "
                    "which sign is the decimal one."
                )
    return decimals, notes


def guess_task(cells: Sequence[str], decimal: str = ".") -> str:
    """Return whether a target asks for classes or for numbers.

    Words are classes. Numbers are classes where they are few different whole numbers, each often
    enough.

    Parameters
    ----------
    cells : sequence of str
        The target, nothing missing.
    decimal : {".", ","}, default="."

    Returns
    -------
    task : {"classification", "regression"}

    Examples
    --------
    >>> from sknn_tune.command_line.columns.kinds import guess_task
    >>> guess_task(["0", "1"] * 50), guess_task([f"{i / 7}" for i in range(100)])
    ('classification', 'regression')
    """
    numbers, share = parse_numbers(cells, decimal)
    if share < NUMBER_SHARE:
        return "classification"
    numbers = numbers[np.isfinite(numbers)]
    counts = np.unique(numbers, return_counts=True)[1]
    n_distinct, n_rows = len(counts), len(numbers)
    if n_distinct <= 2:
        return "classification"
    is_few = n_distinct <= min(MANY_CLASSES, n_rows / ROWS_PER_CLASS)
    is_even = n_distinct <= FEW_CLASSES or counts.min() * n_distinct >= RAREST_SHARE * n_rows
    whole = np.array_equal(numbers, np.rint(numbers))
    return "classification" if whole and is_few and is_even else "regression"


def looks_like_codes(cells: Iterable[str]) -> bool:
    """Whether digits are a name, such as a zip code, as a zero in front shows."""
    known = {cell for cell in cells if not is_missing_number(cell)}
    if not any(len(cell) > 1 and cell[0] == "0" for cell in known):
        return False
    return all(map(_CODE.fullmatch, known)) and len({len(cell) for cell in known}) == 1


def _guess(found: Evidence) -> str:
    """The decimal sign where nothing tells: a lone comma is it, as in "1,413"."""
    return "," if found.either_comma > found.either_point else "."


def _kind(name: str, cells: list[str], decimal: str) -> tuple[Column | None, str]:
    """What a column holds (None: left out), and what to say about it."""
    known = [cell for cell in cells if not is_missing_word(cell)]
    n_distinct = len(set(map(normal_word, known)))
    if not known:
        return None, f"Left out: {name!r}, which is empty."
    if n_distinct <= 1 and len(known) == len(cells):
        return None, f"Left out: {name!r}, the same in all rows."
    numbers, share = parse_numbers(cells, decimal)
    is_number = share >= NUMBER_SHARE or _has_few_words(known, numbers, share)
    is_code = looks_like_codes(cells) or _are_sides_of_numbers(known, decimal)
    if is_number and not is_code and not are_compact_dates(cells):
        return _number(name, cells, numbers, decimal)
    date_format = guess_date_format(cells, day_first=decimal == ",")
    if date_format is not None:
        return _date(name, cells, date_format)
    if n_distinct <= MAX_CATEGORIES:
        if n_distinct == len(known) and n_distinct > MAX_CATEGORIES // 2:
            return None, f"{_different(name, known)}."
        return _category(name, cells), ""
    n_words = sum(len(cell.split()) for cell in known) / len(known)
    is_frequent = n_distinct <= min(MOST_CATEGORIES, len(known) / ROWS_PER_CATEGORY)
    if is_frequent and n_words < _WORDS_OF_TEXT:
        return _category(name, cells), ""
    if n_distinct > 0.98 * len(known) and n_words < _WORDS_OF_TEXT:
        return None, f"{_different(name, known)} (--text keeps it as text)."
    return Column(name, "text"), ""


def _different(name: str, known: list[str]) -> str:
    return f"Left out: {name!r}, different in every row like a name or an id: {known[0][:40]!r}"


def _has_few_words(known: list[str], numbers: np.ndarray, share: float) -> bool:
    """Whether cells are different numbers, and else one word or two, such as "on request"."""
    n_numbers = len(np.unique(numbers[np.isfinite(numbers)]))
    n_words = len(set(map(normal_word, known))) - n_numbers
    return share >= _MANY_NUMBERS and n_numbers > MAX_CATEGORIES and n_words <= _MOST_WORDS


def _are_sides_of_numbers(known: list[str], decimal: str) -> bool:
    """Whether cells mean less and more than the same number, such as "<18" and ">=18"."""
    marked = {cell for cell in known if cell[0] in _LESS + _MORE or cell[-1] == "+"}
    bounds = filter(is_bound, marked)
    sides = {(parse_number(cell, decimal), cell[0] in _LESS) for cell in bounds}
    return len({number for number, _ in sides}) < len(sides)


def _number(
    name: str, cells: list[str], numbers: np.ndarray, decimal: str
) -> tuple[Column | None, str]:
    column = Column(name, "number", decimal)
    known = numbers[np.isfinite(numbers)]
    whole = len(known) == len(numbers) and np.array_equal(known, np.rint(known))
    steps = np.diff(known)
    named_key = bool(_KEY_NAME.search(name) or _KEY_CAMEL.search(name))
    if whole and len(known) > 1 and len(np.unique(known)) == len(known):
        if named_key or (np.all(steps > 0) and _are_numbers_of_rows(known)):
            return None, f"Left out: {name!r}, a number for each row (--numbers keeps it)."
        if np.all(steps > 0):
            return column, f"{name!r} rises from row to row, as a key does; --ignore leaves it out."
    if named_key:
        return column, f"{name!r} looks like a key; --ignore leaves it out, --categories splits it."
    bound = next(filter(is_bound, dict.fromkeys(cells)), None)
    if bound is not None:
        return column, f"In {name!r}, bounds such as {bound!r} count as the number in them."
    return column, ""


def _are_numbers_of_rows(rising: np.ndarray) -> bool:
    """Whether whole numbers count the rows of a file, some of which may have been left out."""
    n_most = _MOST_ROWS * len(rising)
    return bool(0 <= rising[0] <= 1 + n_most - len(rising) and rising[-1] <= n_most)


def _date(name: str, cells: list[str], date_format: str) -> tuple[Column, str]:
    note = ""
    if is_day_month_ambiguous(cells, date_format):
        first = "day" if date_format.startswith("%d") else "month"
        note = (
            f"In {name!r}, day and month cannot be distinguished; the {first} is taken to be first."
        )
    return Column(name, "date", date_format=date_format), note


def _category(name: str, cells: Sequence[str]) -> Column:
    words = {normal_word(cell) for cell in cells if not is_missing_word(cell)}
    return Column(name, "category", words=tuple(sorted(words)))


def _forced(name: str, kind: str, cells: list[str], decimal: str) -> tuple[Column, str]:
    """The column that the user says it is."""
    if kind == "number":
        if parse_numbers(cells, decimal)[1] == 0:
            raise BadInput(f"column {name!r} holds no numbers.")
        return Column(name, "number", decimal), ""
    if kind == "date":
        date_format = guess_date_format(cells, day_first=decimal == ",")
        if date_format is None:
            raise BadInput(f"column {name!r} holds no dates in one format.")
        return _date(name, cells, date_format)
    return (_category(name, cells) if kind == "category" else Column(name, "text")), ""

"""A table and a target become a learning problem, split into rows to learn from and a test."""

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sknn_tune.command_line.cells.dates import guess_date_format, parse_dates
from sknn_tune.command_line.cells.number_format import parse_numbers
from sknn_tune.command_line.cells.ranges import RANGES
from sknn_tune.command_line.columns.frame import make_frame
from sknn_tune.command_line.columns.kinds import (
    MANY_CLASSES,
    Column,
    Overrides,
    choose_columns,
    find_decimals,
)
from sknn_tune.command_line.columns.target import read_target
from sknn_tune.command_line.columns.tell_tales import find_tell_tales
from sknn_tune.command_line.columns.units import find_units, without_units
from sknn_tune.command_line.contest.splits import Design, Pairs, hold_out, make_pairs
from sknn_tune.command_line.errors import BadInput
from sknn_tune.command_line.files.table import Table

if TYPE_CHECKING:
    import pandas as pd

MIN_ROWS = 20
# Of the rows, that are copies: fewer are nothing to worry about, more lie in the nature of a table.
_COPIES, _MOST_COPIES = 0.02, 0.5


class Problem(NamedTuple):
    """What is to be learnt."""

    target: str
    task: str  #: "classification" or "regression"
    columns: list[Column]
    X: "pd.DataFrame"  #: rows to tune and to learn from
    y: np.ndarray  #: (n_rows,), str or float
    X_test: "pd.DataFrame"  #: rows that nothing but the last score sees
    y_test: np.ndarray
    pairs: Pairs  #: rows of X to fit on and to compare configurations on
    has_design: bool  #: whether groups or times decide on which side of a split a row is
    warnings: list[str]  #: what the user should hear at once
    notes: list[str]  #: what the user should be able to read


def make_problem(
    table: Table,
    target: str,
    task: str | None = None,
    seed: int = 0,
    *,
    overrides: Overrides | None = None,
    group: str | None = None,
    time: str | None = None,
) -> Problem:
    """Choose columns and task, and hold out the test rows.

    Parameters
    ----------
    table : Table
    target : str
        The column to predict.
    task : {"classification", "regression"} or None, default=None
        None guesses.
    seed : int, default=0
        Draws the test rows.
    overrides : Overrides or None, default=None
        What the user says about columns.
    group : str or None, default=None
        A column whose equal values stay on one side of each split; not learnt from.
    time : str or None, default=None
        A column of dates or numbers; the last rows are the test.

    Returns
    -------
    problem : Problem

    Raises
    ------
    BadInput
        If nothing can be learnt from the table.
    """
    for name in (target, group, time):
        if name is not None:
            _check_name(table, name)
    _check_number_of_rows(table)
    overrides = overrides or Overrides()
    if group is not None:
        overrides = replace(overrides, ignore=overrides.ignore | {group})
    units, about_units = find_units(table, {*overrides.kinds()} - overrides.number)
    is_few = len(set(table.cells[target])) <= MANY_CLASSES
    if units.get(target) == RANGES and is_few and task != "regression":  # names of classes
        del units[target], about_units[target]
    original, table = table, _without_units(table, units)
    decimals, about_numbers = find_decimals(table)
    found = read_target(table, target, decimals[target], task)
    if found.task == "classification" and about_units.pop(target, ""):
        table = table.replaced({target: original.cells[target]})  # classes keep their names
        found = read_target(table, target, decimals[target], found.task)
    notes = [*table.notes, *found.notes, *about_units.values()]
    table = table.take(found.rows)
    _check_number_of_rows(table)
    columns, about_columns = choose_columns(table, target, overrides, decimals)
    columns = [column._replace(unit=units.get(column.name, "")) for column in columns]
    if not columns:
        raise BadInput(f"beside {target!r} there is no column to learn from.")
    numbers = {target, *(column.name for column in columns if column.kind == "number")}
    notes += [note for name, note in about_numbers.items() if name in numbers]
    X, about_cells = make_frame(table, columns)
    if group is None and time is None:
        about_cells += _about_order(X)
    about_cells += _about_copies([table.cells[name] for name in (*X, target)])
    design = Design(
        None if group is None else np.array(table.cells[group]),
        None if time is None else _times(table.cells[time], time, decimals[time]),
    )
    rows, test_rows = hold_out(found.y, found.task, design, seed)
    X, X_test, y = X.iloc[rows], X.iloc[test_rows], found.y[rows]
    return Problem(
        target,
        found.task,
        columns,
        X.reset_index(drop=True),
        y,
        X_test.reset_index(drop=True),
        found.y[test_rows],
        make_pairs(y, found.task, design.take(rows), seed),
        group is not None or time is not None,
        found.warnings + find_tell_tales(X, y, target),
        [*notes, *about_columns, *about_cells],
    )


def _without_units(table: Table, units: dict[str, str]) -> Table:
    """The same rows, numbers with a unit as numbers only."""
    return table.replaced(
        {name: without_units(table.cells[name], unit) for name, unit in units.items()}
    )


def _about_order(X: "pd.DataFrame") -> list[str]:
    """A note where rows follow a date, so that later ones may have to be predicted."""
    for name, column in X.items():
        dates = column.dropna()
        if column.dtype.kind != "M" or dates.nunique() < MIN_ROWS:
            continue
        if dates.is_monotonic_increasing or dates.is_monotonic_decreasing:
            return [
                f"The rows are in the order of {name!r}. If later rows are to be predicted from "
                f"earlier ones, test that with --time {name!r}."
            ]
    return []


def _about_copies(columns: list[list[str]]) -> list[str]:
    """A note where many rows are copies, of which a model may have learnt what it is tested on."""
    n_rows = len(columns[0])
    n_copies = n_rows - len(set(map(hash, zip(*columns, strict=True))))
    if not _COPIES <= n_copies / n_rows <= _MOST_COPIES:
        return []
    return [
        f"{n_copies:,} of {n_rows:,} rows are the same as an earlier one. If they are copies, "
        "remove them: a model that has learnt from one of two is tested on what it knows."
    ]


def _check_name(table: Table, name: str) -> None:
    if name in table.cells:
        return
    lower = {known.casefold(): known for known in table.names}
    near = difflib.get_close_matches(name.casefold(), list(lower)[:1000], n=1)
    hint = f"; did you mean {lower[near[0]]!r}?" if near else "."
    raise BadInput(f"there is no column {name!r}; there are {_listed(table.names)}{hint}")


def _listed(names: list[str], most: int = 8) -> str:
    more = ", ..." if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more


def _check_number_of_rows(table: Table) -> None:
    if table.n_rows < MIN_ROWS:
        raise BadInput(
            f"too few rows have a target, {table.n_rows}; at least {MIN_ROWS} are needed."
        )


def _times(cells: list[str], name: str, decimal: str) -> np.ndarray:
    """What the rows are ordered by."""
    numbers, share = parse_numbers(cells, decimal)
    if share == 1 and np.isfinite(numbers).all():
        return numbers
    date_format = guess_date_format(cells, day_first=decimal == ",")
    dates = None if date_format is None else parse_dates(cells, date_format)
    if dates is None or dates.isna().any():
        raise BadInput(f"--time needs a column of dates or numbers without gaps; {name!r} is none.")
    return dates.to_numpy().astype("int64")

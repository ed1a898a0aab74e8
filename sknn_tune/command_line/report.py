"""The page about a fit: verdict and leaderboard first, the recipe last."""

import platform
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from sknn_tune.command_line.columns.kinds import Column
from sknn_tune.command_line.columns.units import FORMS
from sknn_tune.command_line.contest.baselines import DUMMY
from sknn_tune.command_line.contest.contest import Fitted
from sknn_tune.command_line.contest.leaderboard import NETWORKS, Entry, Leaderboard
from sknn_tune.command_line.contest.problem import Problem
from sknn_tune.command_line.folder import COLUMNS
from sknn_tune.command_line.options import FitOptions
from sknn_tune.common.wording import show_number
from sknn_tune.report.model_sections import make_model_sections
from sknn_tune.report.page import Block, Code, Paragraph, Section, Table, render_page, write_page
from sknn_tune.report.pictures import picture
from sknn_tune.report.search_sections import make_search_sections, make_training_section

_PACKAGES = ("sknn-tune", "numpy", "scipy", "scikit-learn", "numba", "pandas", "skrub")
_MOST_WORDS, _MOST_COLUMNS = 8, 500
# Times the range of the models that the dummy may widen it to.
_MOST_ROOM = 2.5
_MADE_OF = {
    "number": "scaled by its quartiles, clipped smoothly; half the members see bins as well",
    "category": "an indicator for each word; of many words, learnt numbers",
    "date": "year, seconds, and month, day and weekday on a circle",
    "text": "5 to 30 numbers that describe its words and parts of words",
}


def write_report(
    path: Path,
    file: str | Path,
    problem: Problem,
    found: Fitted,
    options: FitOptions,
    facts: dict[str, str],
) -> None:
    """Write the page.

    Parameters
    ----------
    path : Path
    file : path-like
        What was fitted.
    problem : Problem
    found : Fitted
    options : FitOptions
    facts : dict of str to str
        What a reader wants to know first.
    """
    verdict, warnings = found.leaderboard.verdict(found.best)
    opening: list[Block] = [Paragraph(verdict)]
    opening += [Paragraph(text, is_warning=True) for text in [*warnings, *problem.warnings]]
    opening += [_picture_leaderboard(found.leaderboard), _leaderboard_table(found.leaderboard)]
    opening.append(Table((), list(facts.items()), "What the model was trained on"))
    sections = [
        *make_model_sections(found.model, problem.X_test, problem.y_test),
        *_about_search(found),
        make_training_section(found.model),
        Section("Columns", _columns(problem)),
        Section("The recipe", _recipe(path.parent.name, file, problem, options)),
    ]
    title = f"Predicting {problem.target}, from {Path(file).name}"
    write_page(path, render_page(title, opening, sections))


def _about_search(found: Fitted) -> list[Section]:
    if found.search is None:
        return []
    score = found.leaderboard.metric
    name = score.name if score.larger_is_better else f"minus {score.name}"
    return make_search_sections(found.search, name)


def _picture_leaderboard(board: Leaderboard) -> Block:
    name = board.metric.name
    direction = "larger" if board.metric.larger_is_better else "smaller"
    listed = ", ".join(f"{entry.name} {show_number(entry.figure.value)}" for entry in board)
    return picture(
        draw_leaderboard,
        board,
        alt=f"{name} on the test rows: {listed}",
        caption=f"{name[0].upper()}{name[1:]} on the test rows with 95 % intervals; {direction} is "
        "better.",
    )


def draw_leaderboard(board: Leaderboard) -> Any:
    """Return a figure with a row for each model: its score and the interval."""
    from matplotlib.figure import Figure

    entries = list(board)[::-1]
    figure = Figure(figsize=(8.5, 0.9 + 0.38 * len(entries)), layout="constrained")
    ax = figure.subplots()
    ends = _ends_of_most(entries)
    for place, entry in enumerate(entries):
        value, low, high = entry.figure
        colour = "C0" if entry.name in NETWORKS else "0.45"
        if ends[0] <= value <= ends[1]:
            ax.plot([max(low, ends[0]), min(high, ends[1])], [place] * 2, color=colour, linewidth=2)
            ax.plot([value], [place], "o", color=colour)
            continue
        side, word = (0.99, "{} →") if value > ends[1] else (0.01, "← {}")
        ax.text(
            side,
            place,
            word.format(show_number(value)),
            color=colour,
            ha="right" if value > ends[1] else "left",
            va="center",
            transform=ax.get_yaxis_transform(),
        )
    ax.set_xlim(ends)
    ax.set_yticks(range(len(entries)), [entry.name for entry in entries])
    ax.set_xlabel(board.metric.name)
    ax.set_ylim(-0.6, len(entries) - 0.4)
    ax.grid(axis="x", alpha=0.3)
    return figure


def _ends_of_most(entries: Sequence[Entry]) -> tuple[float, float]:
    """The range that is drawn: without the dummy where that would leave the others no room."""
    values = np.array([entry.figure for entry in entries])
    of_models = np.array([entry.figure for entry in entries if entry.name != DUMMY])
    low, high = of_models.min(), of_models.max()
    if np.ptp(values) <= _MOST_ROOM * (high - low):
        low, high = values.min(), values.max()
    margin = 0.08 * (high - low) or 1.0
    return float(low - margin), float(high + margin)


def _leaderboard_table(board: Leaderboard) -> Table:
    header = ["model", board.metric.name, "95 % interval", "seconds", ""]
    rows = []
    for entry in board:
        value, low, high = entry.figure.shown()
        seconds = f"{entry.seconds:.1f}"
        rows.append([entry.name, value, f"{low} to {high}", seconds, entry.remark])
    return Table(header, rows, "Leaderboard")


def _columns(problem: Problem) -> list[Block]:
    """What was made of each column, and what was noticed."""
    header = ["column", "holds", "the network sees", "in detail"]
    rows = [
        [column.name, column.kind, _MADE_OF[column.kind], _detail(column)]
        for column in problem.columns[:_MOST_COLUMNS]
    ]
    if not any(row[-1] for row in rows):
        header, rows = header[:-1], [row[:-1] for row in rows]
    blocks: list[Block] = [Table(header, rows, "What was made of each column")]
    if len(problem.columns) > _MOST_COLUMNS:
        rest = len(problem.columns) - _MOST_COLUMNS
        blocks.append(Paragraph(f"And {rest} more; all are in {COLUMNS}."))
    return blocks + [Paragraph(note) for note in problem.notes[:_MOST_COLUMNS]]


def _detail(column: Column) -> str:
    if column.kind == "date":
        return column.date_format
    if column.unit:
        return column.unit if column.unit in FORMS else f"in {column.unit}"
    words: Sequence[str] = column.words[:_MOST_WORDS]
    more = ", ..." if len(column.words) > _MOST_WORDS else ""
    return ", ".join(word[:30] for word in words) + more


def _recipe(folder: str, file: str | Path, problem: Problem, options: FitOptions) -> list[Block]:
    """How the model was made, and how it is loaded."""
    versions = ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)
    rows = [
        ["Command", options.command],
        ["Date", time.strftime("%Y-%m-%d %H:%M")],
        ["Seed", str(options.seed)],
        ["Versions", f"Python {platform.python_version()}, {versions}"],
    ]
    code = f"""\
from sknn_tune.command_line.folder import load_model
from sknn_tune.command_line.columns.frame import make_frame
from sknn_tune.command_line.files.table import read_table

saved = load_model({str(options.out or folder)!r})
X, _ = make_frame(read_table({str(file)!r}), saved.columns)
saved.model.predict(X)
"""
    return [
        Table((), [row for row in rows if row[1]], "How the model was made"),
        Paragraph("The same fit again, and the model in Python:"),
        Code(code),
    ]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"

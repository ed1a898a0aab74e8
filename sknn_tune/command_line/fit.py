"""``sknn-tune fit``: from a file to a folder with a tuned model and its report."""

from pathlib import Path

from sknn_tune.command_line.contest.baselines import check_others
from sknn_tune.command_line.contest.contest import Fitted, around_seconds, find_model
from sknn_tune.command_line.contest.problem import Problem, make_problem
from sknn_tune.command_line.contest.scores import choose_metric
from sknn_tune.command_line.contest.tuning import budget_warnings_ignored
from sknn_tune.command_line.errors import about, explain
from sknn_tune.command_line.files.table import read_table
from sknn_tune.command_line.folder import (
    COLUMNS,
    MODEL,
    REPORT,
    SKOPS_MODEL,
    SUMMARY,
    SavedModel,
    save_model,
)
from sknn_tune.command_line.options import FitOptions
from sknn_tune.command_line.output import whole_folder
from sknn_tune.command_line.stages import Stages
from sknn_tune.command_line.summary import make_facts, write_summary
from sknn_tune.search.storage.usable import check_usable

_OWN_FILES = frozenset({MODEL, SKOPS_MODEL, COLUMNS, REPORT, SUMMARY})


def fit(
    file: str | Path,
    target: str,
    options: FitOptions | None = None,
    *,
    stages: Stages | None = None,
) -> Path:
    """Tune a network on a file and write the model, a report and a summary.

    Parameters
    ----------
    file : path-like
        A delimited text file, a Parquet file or a spreadsheet.
    target : str
        The column to predict.
    options : FitOptions or None, default=None
        None takes the defaults.
    stages : Stages or None, default=None
        Running; notified of what is being done, and knows since when. None says nothing.

    Returns
    -------
    folder : Path
        With the model, summary.txt and report.html.

    Raises
    ------
    BadInput
        If the file or the folder cannot be used. Nothing is left half-written.
    """
    options = options or FitOptions()
    stages = stages or Stages(0)
    folder = Path(options.out) if options.out is not None else default_folder(file)
    check_others(options.also)
    if options.storage is not None:
        with about(options.storage, ValueError, OSError):
            check_usable(options.storage)
    with budget_warnings_ignored():
        stages.start(f"Reading {Path(file).name}")
        problem = _read_problem(file, target, options)
        metric = choose_metric(options.metric, problem.task)
        with whole_folder(folder, own_names=_OWN_FILES) as draft:
            for warning in problem.warnings:
                stages.warn(warning)
            found = find_model(file, problem, metric, options, stages)
            _write(draft, file, problem, found, options, stages)
        late = found.clock.late - around_seconds(options.max_time)
        if late > 0.1 * options.max_time:
            stages.warn(f"{late:.0f} s more than --max-time: a step took longer than foreseen.")
    return folder


def default_folder(file: str | Path) -> Path:
    """Return the folder beside a file, named after it."""
    file = Path(file)
    return file.parent / f"{file.name.partition('.')[0]}_model"


def _read_problem(file: str | Path, target: str, options: FitOptions) -> Problem:
    with about(file, MemoryError):
        table = read_table(file, encoding=options.encoding)
        if options.decimal is not None:
            table = table._replace(decimal=options.decimal)
        return make_problem(
            table,
            target,
            options.task,
            options.seed,
            overrides=options.overrides,
            group=options.group,
            time=options.time,
        )


def _write(
    draft: Path,
    file: str | Path,
    problem: Problem,
    found: Fitted,
    options: FitOptions,
    stages: Stages,
) -> None:
    """Write the model first, then what is said about it; a report may fail, the model stays."""
    stages.start("Writing the model")
    saved = SavedModel(found.model, problem.columns, problem.target, problem.task)
    save_model(draft, saved)
    facts = make_facts(file, problem, found, options)
    stages.start("Drawing the report")
    try:
        # Here, as what draws takes a second to import.
        from sknn_tune.command_line.report import write_report

        write_report(draft / REPORT, file, problem, found, options, facts)
        lost = []
    except Exception as error:  # the model is worth more than its pictures
        lost = [f"The report could not be drawn: {type(error).__name__}: {explain(error)}"]
        stages.warn(lost[0])
        (draft / REPORT).unlink(missing_ok=True)
    write_summary(draft / SUMMARY, facts, problem, found, lost)

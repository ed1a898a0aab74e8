"""The results of a run as text."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sknn_tune.command_line.contest.contest import Fitted
from sknn_tune.command_line.contest.problem import Problem
from sknn_tune.command_line.contest.scores import METRICS, interval_of, predict_test
from sknn_tune.command_line.contest.splits import describe_splits
from sknn_tune.command_line.options import FitOptions

# Kinds of columns → how a count of them is worded.
_KIND_NAMES = {"number": "numeric", "category": "categorical", "date": "date", "text": "text"}
_MOST_LISTED = 12


def make_facts(
    file: str | Path, problem: Problem, found: Fitted, options: FitOptions
) -> dict[str, str]:
    """Return what a reader wants to know first: name → text."""
    n_rows = len(problem.y)
    facts = {
        "File": Path(file).name,
        "Target": f"{problem.target} ({problem.task})",
        "Columns": describe_columns(problem),
        "Rows": f"{n_rows:,} to learn from, {len(problem.y_test):,} held out as the test",
        "Tried": _describe_search(problem, found, options),
        "Model": found.best,
    }
    return facts | _test_scores(problem, found)


def describe_columns(problem: Problem) -> str:
    """Return how many columns of each kind the model reads.

    Parameters
    ----------
    problem : Problem
    """
    counts = Counter(column.kind for column in problem.columns)
    return ", ".join(count_of_kind(kind, counts[kind]) for kind in _KIND_NAMES if counts[kind])


def count_of_kind(kind: str, n: int) -> str:
    """Return how many columns of a kind there are as text, such as "2 dates".

    Parameters
    ----------
    kind : str
        Of `kinds.KINDS`.
    n : int
    """
    return f"{n} {_KIND_NAMES[kind]}" + "s" * (kind == "date" and n > 1)


def write_summary(
    path: Path, facts: dict[str, str], problem: Problem, found: Fitted, lost: Sequence[str]
) -> None:
    """Write the facts, the verdict, the leaderboard and the notes.

    Parameters
    ----------
    path : Path
    facts : dict of str to str
    problem : Problem
    found : Fitted
    lost : sequence of str
        What could not be done.
    """
    width = max(map(len, facts)) + 2
    verdict, warnings = found.leaderboard.verdict(found.best)
    lines = [f"{name + ':':{width}}{text}" for name, text in facts.items()]
    board = found.leaderboard
    lines += ["", verdict, *warnings, "", f"{board.metric.name} of the test rows:", *board.lines()]
    notes = [*problem.warnings, *problem.notes, *lost]
    lines += ["", *notes] if notes else []
    text = "\n".join(" ".join(line.splitlines()) for line in lines) + "\n"
    path.write_text(text, "utf-8")


def _describe_search(problem: Problem, found: Fitted, options: FitOptions) -> str:
    if found.search is None:
        return "no other configurations; a search needs more time (--max-time)"
    n_tried = len(found.search.cv_results_["params"])
    splits = describe_splits(problem.pairs)
    return f"{n_tried} of at most {options.n_iter} configurations, on {splits}"


def _test_scores(problem: Problem, found: Fitted) -> dict[str, str]:
    """All metrics of the task on the test rows, with intervals."""
    prediction = predict_test(found.model, problem.X_test, problem.y_test)
    return {
        f"Test {metric.name}": str(
            interval_of(metric, metric.loss(prediction.truth, prediction.values), problem.y_test)
        )
        for metric in METRICS.values()
        if metric.task == problem.task
    }

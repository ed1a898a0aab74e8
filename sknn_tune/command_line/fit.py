"""``sknn-tune fit``: from a CSV file to a folder with a tuned model and its report."""

from pathlib import Path

from sklearn.pipeline import Pipeline

from sknn_tune.command_line.errors import about
from sknn_tune.command_line.folder import REPORT, SUMMARY, finished_together, save_model
from sknn_tune.command_line.model import make_codes
from sknn_tune.command_line.problem import make_problem
from sknn_tune.command_line.scores import score_classifier, score_regressor
from sknn_tune.command_line.table import read_table
from sknn_tune.command_line.tuning import Clock, describe_splits, tune
from sknn_tune.report import search_report

# Kept free of the time given for what lies around: to start Python, to score and to write.
AROUND_SHARE, AROUND_SECONDS = 0.1, 6.0


def fit(
    file,
    target,
    *,
    task=None,
    n_iter=50,
    max_time=60.0,
    storage=None,
    out=None,
    seed=0,
    verbose=0,
):
    """Tune a network on a CSV file and write the model, a report and a summary.

    Parameters
    ----------
    file : path-like
        The CSV file.
    target : str
        The column to predict.
    task : {"classification", "regression"} or None, default=None
        None guesses from the target.
    n_iter : int, default=50
        Most configurations to try.
    max_time : float, default=60
        Seconds for everything, the first compilation included.
    storage : path-like or None, default=None
        A file that keeps every trial, so that a search that was ended goes on.
    out : path-like or None, default=None
        The folder to write; None names it after the file.
    seed : int, default=0
        Of the splits and of the search.
    verbose : int, default=0
        1 shows the progress of the search.

    Returns
    -------
    folder : Path
        With the model, report.html and summary.txt.

    Raises
    ------
    BadInput
        If the file or the folder cannot be used. Nothing is left half-written.
    """
    clock = Clock.of(max_time - min(AROUND_SHARE * max_time, AROUND_SECONDS))
    folder = Path(out) if out is not None else default_folder(file)
    with about(file):
        problem = make_problem(read_table(file), target, task, seed)
    with finished_together(folder) as draft:
        codes = make_codes(problem.columns)
        X = codes.fit_transform(problem.X)
        with about(storage or file, ValueError, OSError):
            search = tune(
                problem.columns,
                problem.task,
                X,
                problem.y,
                clock,
                n_iter=n_iter,
                seed=seed,
                storage=storage,
                verbose=verbose,
            )
        model = Pipeline([("codes", codes), *search.best_estimator_.steps])
        score = score_classifier if problem.task == "classification" else score_regressor
        scores = score(model, problem.X, problem.y, problem.X_test, problem.y_test)
        facts = _facts(file, problem, search, scores)
        save_model(draft, model, problem)
        (draft / SUMMARY).write_text(_summary(facts, problem.notes), "utf-8")
        search_report(
            search,
            draft / REPORT,
            X_test=codes.transform(problem.X_test),
            y_test=problem.y_test,
            title=f"{target} of {Path(file).name}",
            facts=facts,
            notes=problem.notes,
        )
    return folder


def default_folder(file):
    """The folder beside the file, named after it."""
    file = Path(file)
    return file.parent / f"{file.name.partition('.')[0]}_model"


def _facts(file, problem, search, scores):
    """What a reader wants to know first: name → text."""
    kinds = [column.kind for column in problem.columns]
    n_rows = len(problem.y)
    facts = {
        "File": Path(file).name,
        "Target": f"{problem.target} ({problem.task})",
        "Columns": f"{kinds.count('number')} of numbers, {kinds.count('category')} of categories",
        "Rows": f"{n_rows} to tune and to learn from, {len(problem.y_test)} held out as the test",
        "Scored on": describe_splits(search.cv, n_rows),
        "Tried": f"{len(search.cv_results_['params'])} of at most {search.n_iter} configurations",
    }
    return facts | {f"Test {score.name}": str(score) for score in scores}


def _summary(facts, notes):
    width = max(map(len, facts)) + 2
    lines = [f"{name + ':':{width}}{text}" for name, text in facts.items()]
    return "\n".join([*lines, *notes]) + "\n"

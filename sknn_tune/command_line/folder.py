"""The folder that a fit leaves and a prediction reads."""

import json
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import joblib

from sknn_tune.command_line.columns import Column
from sknn_tune.command_line.errors import BadInput

MODEL, SKOPS_MODEL, COLUMNS = "model.joblib", "model.skops", "columns.json"
REPORT, SUMMARY = "report.html", "summary.txt"


@contextmanager
def finished_together(folder):
    """Give a folder to write into; its files move to `folder` when all are written, or vanish.

    Parameters
    ----------
    folder : path-like
        Made where it is not there; files with the same names are replaced.

    Yields
    ------
    draft : Path
    """
    folder = Path(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".sknn-tune-", dir=folder.parent))
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error}.") from error
    try:
        yield draft
        folder.mkdir(exist_ok=True)
        for file in draft.iterdir():
            file.replace(folder / file.name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def save_model(folder, model, problem):
    """Write the pipeline and what its columns are.

    Parameters
    ----------
    folder : Path
    model : Pipeline
        From `columns.matrix` to predictions.
    problem : Problem
    """
    joblib.dump(model, folder / MODEL, compress=3)
    try:
        import skops.io
    except ImportError:
        pass
    else:
        skops.io.dump(model, folder / SKOPS_MODEL)
    columns = [column._asdict() for column in problem.columns]
    about = {"target": problem.target, "task": problem.task, "columns": columns}
    (folder / COLUMNS).write_text(json.dumps(about, indent=2, ensure_ascii=False), "utf-8")


def load_model(folder):
    """Read what `save_model` wrote.

    Returns
    -------
    model : Pipeline
    columns : list of Column
    target : str

    Raises
    ------
    BadInput
        If the folder is not one that `sknn-tune fit` left.
    """
    folder = Path(folder)
    for name in (MODEL, COLUMNS):
        if not (folder / name).is_file():
            raise BadInput(f"{folder} has no {name}; give a folder that `sknn-tune fit` left.")
    try:
        about = json.loads((folder / COLUMNS).read_text("utf-8"))
        columns = [Column(**column) for column in about["columns"]]
        return joblib.load(folder / MODEL), columns, about["target"]
    except Exception as error:
        raise BadInput(f"the model in {folder} cannot be loaded: {error}.") from error

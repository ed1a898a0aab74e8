"""The folder that a fit leaves and a prediction reads."""

import json
import zipfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import joblib

from sknn_tune.command_line.columns.kinds import KINDS, Column
from sknn_tune.command_line.errors import BadInput, explain
from sknn_tune.command_line.files.decoding import check_archive

MODEL, SKOPS_MODEL, COLUMNS = "model.joblib", "model.skops", "columns.json"
REPORT, SUMMARY = "report.html", "summary.txt"
_LONGEST_JSON, _LARGEST_MODEL = 1 << 27, 1 << 31
# Parts without public names are among their classes: scikit-learn 1.6 wraps lists of columns.
_MODULES_OF_PARTS = ("skrub._to_str", "sklearn.compose._column_transformer")


class SavedModel(NamedTuple):
    """What a folder holds."""

    model: Any  #: Pipeline from a frame of `columns` to predictions
    columns: list[Column]
    target: str
    task: str


def save_model(folder: Path, saved: SavedModel) -> None:
    """Write a model and what its columns are.

    Parameters
    ----------
    folder : Path
    saved : SavedModel
    """
    import skops.io

    skops.io.dump(saved.model, folder / SKOPS_MODEL, compression=zipfile.ZIP_DEFLATED)
    joblib.dump(saved.model, folder / MODEL, compress=3)
    columns = [column._asdict() for column in saved.columns]
    about = {"target": saved.target, "task": saved.task, "columns": columns}
    (folder / COLUMNS).write_text(json.dumps(about, indent=2, ensure_ascii=False), "utf-8")


def load_model(folder: str | Path, *, trust: bool = False) -> SavedModel:
    """Read what `save_model` wrote.

    Parameters
    ----------
    folder : path-like
    trust : bool, default=False
        Whether to load the pickle rather than the skops file. A pickle can run any code.

    Returns
    -------
    saved : SavedModel

    Raises
    ------
    BadInput
        If the folder is not one that `sknn-tune fit` left, or holds types that are not known.
    """
    folder = Path(folder)
    name = MODEL if trust else SKOPS_MODEL
    for needed in (name, COLUMNS):
        if not (folder / needed).is_file():
            raise BadInput(f"{folder} has no {needed}; give a folder that `sknn-tune fit` left.")
    try:
        about = _read_about(folder / COLUMNS)
        model = joblib.load(folder / MODEL) if trust else _load_skops(folder / SKOPS_MODEL)
        return SavedModel(model, *about)
    except BadInput:
        raise
    except Exception as error:  # whatever a damaged file makes a reader raise
        raise BadInput(f"the model in {folder} cannot be loaded: {explain(error)}.") from error


def trusted_types() -> list[str]:
    """Return the names of the types that a model may consist of, besides those of skops.

    They are the classes of the modules that hold the encoders, so that their parts, which have no
    public names, are among them. None runs what it is given.
    """
    import skrub
    from sklearn.utils import Bunch

    from sknn_tune import SKOPS_TRUSTED
    from sknn_tune.command_line.contest.text_encoder import TextEncoder

    encoders = (skrub.DatetimeEncoder, skrub.StringEncoder, skrub.SquashingScaler, TextEncoder)
    modules = [encoder.__module__ for encoder in encoders]
    names = [name for module in (*modules, *_MODULES_OF_PARTS) for name in _classes_of(module)]
    names += [f"{Bunch.__module__}.{Bunch.__qualname__}", "numpy.asarray", "numpy.dtype"]
    return [*SKOPS_TRUSTED, *names]


def _classes_of(module: str) -> list[str]:
    """Return the full names of the classes that a module defines."""
    return [
        f"{module}.{name}"
        for name, value in vars(import_module(module)).items()
        if isinstance(value, type) and value.__module__ == module
    ]


def _load_skops(path: Path) -> Any:
    """Load a model of known types; nothing else is run."""
    import skops.io

    check_archive(path, _LARGEST_MODEL)
    unknown = set(skops.io.get_untrusted_types(file=path)) - set(trusted_types())
    if unknown:
        listed = ", ".join(sorted(unknown)[:3])
        raise BadInput(
            f"{path} holds types that no model of sknn-tune has: {listed}. "
            "If you know where it comes from, --trust loads model.joblib, which can run any code."
        )
    return skops.io.load(path, trusted=trusted_types())


def _read_about(path: Path) -> tuple[list[Column], str, str]:
    """Columns, target and task, each of the type that it should be."""
    if path.stat().st_size > _LONGEST_JSON:
        raise ValueError(f"{path.name} is too large")
    about = json.loads(path.read_text("utf-8"))
    columns = [_checked_column(entry) for entry in about["columns"]]
    target, task = about["target"], about["task"]
    if not isinstance(target, str) or task not in ("classification", "regression"):
        raise ValueError(f"{path.name} names no target or task")
    return columns, target, task


def _checked_column(entry: dict[str, Any]) -> Column:
    column = Column(**{**entry, "words": tuple(_strings(entry.get("words", ())))})
    _strings((column.name, column.date_format, column.unit))
    if column.kind not in KINDS or column.decimal not in (".", ","):
        raise ValueError(f"{COLUMNS} describes a column of an unknown kind: {column.kind!r}")
    return column


def _strings(values: Sequence[Any]) -> Sequence[str]:
    if not all(isinstance(value, str) for value in values):
        raise ValueError(f"{COLUMNS} has {values!r} where text should be")
    return values

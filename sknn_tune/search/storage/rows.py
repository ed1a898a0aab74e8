"""How values are stored in a row, and the checks of a stored row: checksums, types, ranges.

Nothing is pickled. JSON is Python's, with NaN and Infinity; parameters are numbers, lists of
integers, or indices into the list of choices that the description of the search holds.
"""

import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import Any, TypeGuard

from sknn_tune.search.storage.trial_records import Fold, TrialRecord

# Of the JSON object of a trial; what a later version adds gets a higher one. Trials without
# `measures` are still written as of the first.
VERSIONS = (1, 2)
_LARGEST = 2**63 - 1
# Number of characters kept from the end of the traceback of a failed fit.
_LONGEST_ERROR = 10_000
_MORE_KEYS = {"train_scores", "measures"}
_FOLD_KEYS = {"fit_time", "score_time", "n_test_samples", "fit_error", "test_scores"}


class DamagedRow(ValueError):
    """A row is not one that a search has written.

    Attributes
    ----------
    reason : str
        Why not, as a phrase.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class StoredTrial:
    """A trial as it is stored: its parameters are not yet values of a space."""

    number: int
    configuration: int
    branch: int
    values: dict[str, Any]
    n_resources: int | None
    score: float
    folds: list[Fold]
    ended: str


# ------------------------------------------------------------ checksums and JSON
def checksum(*columns: object) -> str:
    """Return the digest of the columns of a row."""
    digest = hashlib.blake2b(digest_size=16)
    for column in columns:
        content = column if isinstance(column, bytes) else repr(column).encode()
        digest.update(b"%d:" % len(content) + content)
    return digest.hexdigest()


def check_row(*columns: object) -> None:
    """Raise unless the last column is the checksum of the others."""
    *others, stored = columns
    _require(stored == checksum(*others), "its checksum does not match")


def read_json(text: Any) -> Any:
    """Return what JSON text says."""
    _require(isinstance(text, str), "text is expected")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DamagedRow("it is not JSON") from error


# ------------------------------------------------------------ blobs
def pack_blob(content: bytes) -> tuple[int, bytes]:
    """Return the size of bytes, and the bytes compressed."""
    return len(content), zlib.compress(content, 1)


def unpack_blob(size: Any, content: Any, limit: int) -> bytes:
    """Return the bytes of a blob, no more than `limit` of them.

    However much a compressed blob claims to hold, no more than `limit` bytes are made of it.
    """
    if not (is_count(size) and isinstance(content, bytes)):
        raise DamagedRow("bytes are expected")
    _require(size <= limit, f"{size} bytes where at most {limit} are possible")
    decompressor = zlib.decompressobj()
    try:
        unpacked = decompressor.decompress(content, limit + 1)
    except zlib.error as error:
        raise DamagedRow(f"it cannot be decompressed: {error}") from error
    _require(decompressor.eof and len(unpacked) == size, f"it does not hold {size} bytes")
    return unpacked


# ------------------------------------------------------------ trials
def trial_to_json(trial: TrialRecord, branch: int, values: dict[str, Any]) -> str:
    """Return a trial, finished or not, as text."""
    return json.dumps(
        {
            "version": _version(trial.folds),
            "configuration": trial.configuration,
            "branch": branch,
            "values": values,
            "n_resources": trial.n_resources,
            "score": float(trial.score),
            "folds": [_plain_fold(fold) for fold in trial.folds],
        }
    )


def trial_from_json(
    number: Any, ended: Any, record: Any, branches: list[dict] | None, *, is_unended: bool = False
) -> StoredTrial:
    """Return a stored trial; raise `DamagedRow` unless it is one that a search can have written.

    Parameters
    ----------
    number, ended, record : object
        Columns of the row.
    branches : list of dict or None
        The description of the space; None where that is damaged.
    is_unended : bool, default=False
        Whether it has only been started, and so has no folds.
    """
    trial = read_json(record)
    _require(isinstance(trial, dict) and trial.get("version") in VERSIONS, "unknown version")
    keys = {"version", "configuration", "branch", "values", "n_resources", "score", "folds"}
    _require(trial.keys() == keys, f"its keys are {sorted(trial)}")
    n_resources = trial["n_resources"]
    _require(is_count(number) and is_count(trial["configuration"]), "a number is negative")
    _require(n_resources is None or is_count(n_resources), f"n_resources={n_resources!r}")
    _require(_is_number(trial["score"]), f"score={trial['score']!r}")
    _require(isinstance(ended, str), f"ended={ended!r}")
    _require(isinstance(trial["folds"], list), "it has no folds")
    _require(
        bool(trial["folds"]) != is_unended, "it has folds" if is_unended else "it has no folds"
    )
    for fold in trial["folds"]:
        _check_fold(fold)
    _require(trial["version"] == _version(trial["folds"]), "unknown version")
    _check_values(trial["branch"], trial["values"], branches)
    del trial["version"]
    return StoredTrial(number=number, ended=ended, **trial)


def _version(folds: list[Fold]) -> int:
    """The version of a trial's JSON object."""
    return VERSIONS[any("measures" in fold for fold in folds)]


def _plain_fold(fold: Fold) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "fit_time": float(fold["fit_time"]),
        "score_time": float(fold["score_time"]),
        "n_test_samples": None if fold["n_test_samples"] is None else int(fold["n_test_samples"]),
        "fit_error": None if fold["fit_error"] is None else fold["fit_error"][-_LONGEST_ERROR:],
        "test_scores": _plain_scores(fold["test_scores"]),
    }
    if "train_scores" in fold:
        plain["train_scores"] = _plain_scores(fold["train_scores"])
    if "measures" in fold:
        plain["measures"] = _plain_scores(fold["measures"])
    return plain


def _plain_scores(scores: float | dict[str, float]) -> float | dict[str, float]:
    if isinstance(scores, dict):
        return {name: float(value) for name, value in scores.items()}
    return float(scores)


# ------------------------------------------------------------ checks of values
def _check_fold(fold: Any) -> None:
    _require(
        isinstance(fold, dict) and _FOLD_KEYS <= fold.keys() <= _FOLD_KEYS | _MORE_KEYS,
        "a fold has other keys",
    )
    times = fold["fit_time"], fold["score_time"]
    _require(all(_is_number(t) and t >= 0 for t in times), f"times of {times}")
    n_samples, error = fold["n_test_samples"], fold["fit_error"]
    _require(n_samples is None or is_count(n_samples), f"n_test_samples={n_samples!r}")
    _require(error is None or isinstance(error, str), f"fit_error={error!r}")
    _require(isinstance(fold.get("measures", {}), dict), f"measures={fold.get('measures')!r}")
    for part in ("test_scores", "train_scores", "measures"):
        scores = fold.get(part, 0.0)
        numbers = scores.values() if isinstance(scores, dict) else [scores]
        _require(len(numbers) > 0 and all(map(_is_number, numbers)), f"{part}={scores!r}")


def _check_values(branch: Any, values: Any, branches: list[dict] | None) -> None:
    _require(is_count(branch) and isinstance(values, dict), f"branch={branch!r}")
    if branches is None:
        return
    _require(branch < len(branches), f"branch={branch!r}")
    _require(values.keys() == branches[branch].keys(), f"its parameters are {sorted(values)}")
    for name, value in values.items():
        choices = branches[branch][name]
        if isinstance(choices, list) and isinstance(value, int):
            _require(is_count(value) and value < len(choices), f"{name}={value!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, float) or (_is_int(value) and abs(value) <= _LARGEST)


def is_count(value: object) -> bool:
    return _is_int(value) and 0 <= value <= _LARGEST


def _is_int(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise DamagedRow(reason)

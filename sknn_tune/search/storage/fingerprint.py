"""What a stored search belongs to: estimator, data and settings as plain, comparable values.

A search that differs in any of them cannot resume it.
"""

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

import numpy as np
import scipy.sparse
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv

from sknn_tune.common.wording import as_text
from sknn_tune.search.engine.space import Space

# Parameters that change how an estimator works, not its results.
WITHOUT_EFFECT = {"n_jobs", "verbose"}
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def describe_search(
    *,
    space: Space,
    estimator: Any,
    data: dict[str, Any],
    cv: Any,
    splits: list,
    scoring: Any,
    metrics: list[str] | None,
    objective: Any,
    return_train_score: bool,
    resource: Any,
    random_state: Any,
    keep_predictions: bool = False,
    measures: Collection[str] = (),
) -> dict[str, Any]:
    """Return everything that the scores and the order of the trials depend on.

    Parameters
    ----------
    space : Space
    estimator : estimator object
    data : dict of str to object
        `X`, `y` and the parameters of `fit`.
    cv : int, cross-validation generator or iterable
        As given.
    splits : list of (train, test)
        What it gave.
    scoring : str, callable, list, tuple, dict or None
        As given.
    metrics : list of str or None
        Their names, empty for a single one; None where only the first trial tells.
    objective : str, list, tuple or None
        As given.
    return_train_score : bool
        As given.
    resource : Resource or None
        A dataclass.
    random_state : int, RandomState instance or None
        As given.
    keep_predictions : bool, default=False
        As given.
    measures : collection of str, default=()
        Names of the functions among the objectives.

    Returns
    -------
    description : dict
        Plain values, as JSON holds them.
    """
    searched = {name for branch in space.branches for name in branch}
    description = {
        "param_distributions": space.describe(),
        "estimator": describe_estimator(estimator, searched),
        "data": {name: describe_data(value) for name, value in data.items()},
        "cv": _describe_cv(cv, splits, data["y"], is_classifier(estimator)),
        "scoring": describe_estimator(scoring),
        "metrics": metrics,
        "objective": describe_estimator(objective),
        "return_train_score": bool(return_train_score),
        "resource": None if resource is None else asdict(resource),
        "random_state": describe_estimator(random_state),
    }
    # What is left alone leaves no trace, so that journals of earlier versions can be resumed.
    more = {"keep_predictions": keep_predictions, "measures": sorted(measures)}
    return description | {name: value for name, value in more.items() if value}


def describe_estimator(estimator: Any, searched: Collection[str] = ()) -> Any:
    """Return an estimator as plain values: its class, and its parameters likewise.

    Parameters
    ----------
    estimator : estimator object
    searched : collection of str, default=()
        Names of parameters that the search sets, which are left out with all below them.

    Returns
    -------
    description : dict
        Lists, dicts, strings, numbers, bools and None only.
    """
    return _describe(estimator, tuple(searched))


def describe_data(data: Any) -> dict[str, Any] | None:
    """Return type, shape, dtypes and a digest of the content of an array, table or list.

    Parameters
    ----------
    data : array-like, sparse matrix, DataFrame or None

    Returns
    -------
    description : dict or None
        None for None.
    """
    if data is None:
        return None
    # A file mapped into memory holds the same as an array.
    kind = np.ndarray if isinstance(data, np.ndarray) else type(data)
    description: dict[str, Any] = {"type": kind.__name__}
    if scipy.sparse.issparse(data):
        csr = data.tocsr()
        return description | {
            "shape": list(data.shape),
            "dtype": str(data.dtype),
            "content": _digest(csr.data, csr.indices, csr.indptr),
        }
    if hasattr(data, "columns") and hasattr(data, "dtypes"):
        columns = [np.asarray(data[name]) for name in data.columns]
        return description | {
            "shape": list(data.shape),
            "columns": [str(name) for name in data.columns],
            "dtypes": [str(dtype) for dtype in data.dtypes],
            "content": _digest(*columns),
        }
    array = _as_array(data)
    return description | {
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "content": _digest(array),
    }


def differences(stored: Any, now: Any, path: str = "") -> list[str]:
    """Return one sentence for each place where two descriptions differ.

    Parameters
    ----------
    stored, now : plain values
    path : str, default=""
        What the values are called.
    """
    if isinstance(stored, dict) and isinstance(now, dict):
        return [
            sentence
            for key in sorted(stored.keys() | now.keys())
            for sentence in differences(
                stored.get(key, "absent"), now.get(key, "absent"), f"{path}.{key}" if path else key
            )
        ]
    if _holds_parts(stored) and _holds_parts(now) and len(stored) == len(now):
        return [
            sentence
            for i, pair in enumerate(zip(stored, now, strict=True))
            for sentence in differences(*pair, f"{path}[{i}]")
        ]
    if stored == now:
        return []
    if path.endswith(".content") and isinstance(stored, str) and isinstance(now, str):
        return [f"{path} differs"]
    return [f"{path}: stored is {_short(stored)}, now it is {_short(now)}"]


def as_plain(value: Any) -> Any:
    """Return `value` as it comes back from JSON."""
    return json.loads(json.dumps(value))


def _describe_cv(cv: Any, splits: list, y: Any, is_classification: bool) -> Any:
    """The splitter as it prints; the rows themselves where they were given."""
    if hasattr(cv, "split") or not hasattr(cv, "__iter__"):
        return describe_estimator(check_cv(cv, y, classifier=is_classification))
    return [{"train": describe_data(train), "test": describe_data(test)} for train, test in splits]


def _describe(value: Any, searched: tuple[str, ...]) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list | tuple):
        return [_describe(item, searched) for item in value]
    if isinstance(value, set | frozenset):
        return {"set": sorted(map(repr, value))}
    if isinstance(value, np.ndarray):
        return describe_data(value)
    if hasattr(value, "get_params") and not isinstance(value, type):
        params = {
            name: _describe(inner, _below(searched, name))
            for name, inner in value.get_params(deep=False).items()
            if name not in searched and name not in WITHOUT_EFFECT
        }
        # Named parts, such as the steps of a pipeline, are parameters beside those of __init__.
        for parts in [inner for inner in params.values() if isinstance(inner, list)]:
            _leave_out_searched_parts(parts, searched)
        return {"class": _name(type(value)), "params": params}
    if isinstance(value, dict):
        return {str(key): _describe(inner, searched) for key, inner in value.items()}
    if hasattr(value, "__qualname__"):
        return _name(value)
    return _ADDRESS.sub("", as_text(value, repr))


def _leave_out_searched_parts(parts: list, searched: tuple[str, ...]) -> None:
    for part in parts:
        if isinstance(part, list) and part and part[0] in searched:
            part[1:] = ["searched"]
        elif isinstance(part, list) and len(part) > 1 and isinstance(part[1], dict):
            own = part[1].get("params", {})
            for name in _below(searched, part[0]):
                own.pop(name, None)


def _below(searched: tuple[str, ...], name: str) -> tuple[str, ...]:
    prefix = f"{name}__"
    return tuple(key.removeprefix(prefix) for key in searched if key.startswith(prefix))


def _name(thing: Any) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"


def _as_array(data: Any) -> np.ndarray:
    try:
        return np.asarray(data)
    except ValueError:  # rows of different lengths
        return np.array(list(map(repr, data)), dtype=object)


def _digest(*arrays: Any) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        array = np.asarray(array)
        digest.update(f"{array.dtype}{array.shape}".encode())
        if array.dtype.hasobject:
            digest.update("\x1f".join(map(repr, array.ravel().tolist())).encode())
        else:
            digest.update(np.ascontiguousarray(array).view(np.uint8).data if array.size else b"")
    return digest.hexdigest()


def _holds_parts(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict | list) for item in value)


def _short(value: Any) -> str:
    text = json.dumps(value) if not isinstance(value, str) else " ".join(value.split())
    return text if len(text) <= 120 else f"{text[:117]}..."

"""What a stored search belongs to: an estimator, data and settings as plain, comparable values."""

import hashlib
import json

import numpy as np
import scipy.sparse

# Parameters that change how an estimator works, not what comes of it.
WITHOUT_EFFECT = {"n_jobs", "verbose"}


def describe_estimator(estimator, searched=()):
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


def describe_data(data):
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
    description = {"type": type(data).__name__}
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


def differences(stored, now, path=""):
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
    return [f"{path}: stored is {_short(stored)}, now it is {_short(now)}"]


def as_plain(value):
    """Return `value` as it comes back from JSON."""
    return json.loads(json.dumps(value))


def _describe(value, searched):
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list | tuple):
        return [_describe(item, searched) for item in value]
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
    text = repr(value)
    return _name(type(value)) if " at 0x" in text else text


def _leave_out_searched_parts(parts, searched):
    for part in parts:
        if isinstance(part, list) and part and part[0] in searched:
            part[1:] = ["searched"]
        elif isinstance(part, list) and len(part) > 1 and isinstance(part[1], dict):
            own = part[1].get("params", {})
            for name in _below(searched, part[0]):
                own.pop(name, None)


def _below(searched, name):
    prefix = f"{name}__"
    return tuple(key.removeprefix(prefix) for key in searched if key.startswith(prefix))


def _name(thing):
    return f"{thing.__module__}.{thing.__qualname__}"


def _as_array(data):
    try:
        return np.asarray(data)
    except ValueError:  # rows of different lengths
        return np.array(list(map(repr, data)), dtype=object)


def _digest(*arrays):
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        array = np.asarray(array)
        digest.update(f"{array.dtype}{array.shape}".encode())
        if array.dtype.hasobject:
            digest.update("\x1f".join(map(repr, array.ravel().tolist())).encode())
        else:
            digest.update(np.ascontiguousarray(array).view(np.uint8).data if array.size else b"")
    return digest.hexdigest()


def _holds_parts(value):
    return isinstance(value, list) and any(isinstance(item, dict | list) for item in value)


def _short(value):
    text = json.dumps(value) if not isinstance(value, str) else value
    return text if len(text) <= 120 else f"{text[:117]}..."

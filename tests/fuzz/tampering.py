"""Fitted models, parts of which were replaced by hand, in a pickle or in a skops file."""

import copy
import dataclasses
import pickle

import numpy as np
import scipy.sparse
from fuzz.draws import draw_parameters, one_of
from fuzz.verdicts import attempt, fault

from sknn_tune import SKOPS_TRUSTED, MLPClassifier, MLPRegressor

try:
    from skops import io as skops
except ImportError:
    skops = None

N_FEATURES = 4
_MAX_DEPTH = 6


def run(seed):
    """Tamper with a fitted model and use it; what was found, and what was done."""
    random = np.random.default_rng(seed)
    model, X, y = next(filter(None, (_fitted(random) for _ in iter(int, 1))))
    return tamper_and_use(model, X, y, _USES, random)


def tamper_and_use(model, X, y, uses, random):
    """Replace parts of a fitted model, then use it in some ways; what was found and done."""
    log = [repr(model)]
    way = one_of(random, _WAYS)
    tampered, _, error = attempt(lambda: way(model, random, log))
    log.append(way.__name__)
    finding = fault(error)
    outcome = "used" if error is None else "refused where it is loaded"
    if error is None:
        for name in random.choice(list(uses), random.integers(1, 4)):
            _, _, error = attempt(lambda name=name: uses[name](tampered, X, y))
            log.append(f"{name}: {type(error).__name__ if error else 'ok'}")
            finding = finding or fault(error)
            outcome = "refused" if error is not None else outcome
    return {"finding": finding, "case": log if finding else "", outcome: 1}


def _fitted(random):
    """A fitted model and its data; None where the parameters do not go together."""
    cls = one_of(random, [MLPClassifier, MLPRegressor])
    parameters = draw_parameters(random, cls, share=0.15)
    parameters |= {
        "max_iter": 2,
        "learning_rate_init": 0.01,
        "learning_rate": "constant",
        "batch_norm": one_of(random, [False, True, "input", "both"]),
        "residual": bool(random.random() < 0.4),
        "warm_start": one_of(random, [False, True, "continue"]),
        "solver": one_of(random, ["adam", "sgd", "nadam", "rmsprop", "lbfgs"]),
        "random_state": 0,
    }
    X = random.normal(size=(20, N_FEATURES)).astype(one_of(random, ["f8", "f4"]))
    if random.random() < 0.3:
        X = scipy.sparse.csr_matrix(np.where(X > 0.5, X, 0))
    n_classes = one_of(random, [2, 3])
    y = np.arange(20) % n_classes if cls is MLPClassifier else random.random(20) + 0.1
    if random.random() < 0.2:
        y = np.c_[y, y] > 0.5 if cls is MLPClassifier else np.c_[y, y]
    model = cls(**parameters)
    _, _, error = attempt(lambda: model.fit(X, y))
    if error is None and random.random() < 0.4:
        attempt(lambda: model.partial_fit(X, y))
    return None if error else (model, X, y)


#: What may be done with a model that came from elsewhere.
_USES = {
    "predict": lambda model, X, y: model.predict(X),
    "predict one row": lambda model, X, y: model.predict(np.ones((1, N_FEATURES))),
    "predict sparse": lambda model, X, y: model.predict(
        scipy.sparse.csr_matrix(([1.0], ([1], [2])), shape=(3, N_FEATURES))
    ),
    "predict_proba": lambda model, X, y: getattr(model, "predict_proba", model.predict)(X),
    "fit": lambda model, X, y: model.fit(X, y),
    "continue": lambda model, X, y: model.set_params(max_iter=4).fit(X, y),
    "other solver": lambda model, X, y: model.set_params(solver="adagrad").partial_fit(X, y),
    "partial_fit": lambda model, X, y: model.partial_fit(X, y),
    "score": lambda model, X, y: model.score(X, y),
    "pickle": lambda model, X, y: pickle.loads(pickle.dumps(model)).predict(X),
    "copy": lambda model, X, y: copy.deepcopy(model).partial_fit(X, y),
    "to_sklearn": lambda model, X, y: model.to_sklearn().predict(X),
    "repr": lambda model, X, y: repr(model),
}


# --- ways to tamper ------------------------------------------------------------------------------


def _in_place(model, random, log):
    _tamper(model, vars(model), random, log)
    return model


def _by_pickle(model, random, log):
    return pickle.loads(pickle.dumps(_in_place(model, random, log)))


def _by_state(model, random, log):
    state = copy.deepcopy(model.__getstate__())
    _tamper(model, state, random, log)
    other = type(model)()
    other.__setstate__(state)
    return other


def _by_skops(model, random, log):
    if skops is None:
        return _by_pickle(model, random, log)
    stored, _, error = attempt(lambda: skops.dumps(_in_place(model, random, log)))
    if error is not None:  # not of the types that skops stores
        return _by_pickle(model, random, log)
    return skops.loads(stored, trusted=SKOPS_TRUSTED)


#: How a model is tampered with.
_WAYS = [_in_place, _by_pickle, _by_state, _by_skops]


def _tamper(model, state, random, log):
    """Replace up to three parts of the attributes that a fit has set."""
    names = sorted(set(state) - {*model.get_params(), "_sklearn_version"})
    for _ in range(random.integers(1, 4)):
        name = one_of(random, names)
        log.append(f"{name}")
        state[name] = _tampered(state[name], random, log)


def _tampered(value, random, log, depth=0):
    """The value with one part of it replaced."""
    parts = _parts(value)
    if parts and depth < _MAX_DEPTH and random.random() < 0.9:
        name = one_of(random, list(parts))
        log.append(f".{name}")
        return _with_part(value, name, _tampered(parts[name], random, log, depth + 1))
    new = _replacement(value, random)
    log.append(f"{_shown(value)} -> {_shown(new)}")
    return new


def _parts(value):
    if hasattr(value, "_fields"):
        return dict(zip(value._fields, value, strict=True))
    if isinstance(value, list | tuple):
        return dict(enumerate(value))
    if isinstance(value, dict):
        return value
    if isinstance(value, np.random.RandomState):
        return {}
    if hasattr(value, "__dict__") and not callable(value):
        return vars(value)
    if hasattr(type(value), "__setstate__") and hasattr(value, "__slots__"):
        return value.__getstate__()
    return {}


def _with_part(value, name, part):
    if hasattr(value, "_fields"):
        return value._replace(**{name: part})
    if isinstance(value, list | tuple):
        return type(value)(part if i == name else old for i, old in enumerate(value))
    if isinstance(value, dict):
        return {**value, name: part}
    if hasattr(value, "__slots__"):
        changed = type(value).__new__(type(value))
        changed.__setstate__(value.__getstate__() | {name: part})  # may refuse it
        return changed
    changed = copy.copy(value)
    if dataclasses.is_dataclass(changed) or hasattr(changed, "__dict__"):
        object.__setattr__(changed, name, part)
    return changed


def _shown(value):
    if isinstance(value, np.ndarray):
        flags = "".join(letter for letter in "CFWA" if value.flags[letter])
        return f"array{value.shape} {value.dtype} {flags}"
    return repr(value)[:60]


# --- replacements --------------------------------------------------------------------------------


def _replacement(value, random):
    if isinstance(value, np.ndarray):
        return _other_array(value, random)
    if isinstance(value, bool | np.bool_):
        return one_of(random, [not value, None, 2, "yes"])
    if isinstance(value, int | np.integer):
        return one_of(random, [0, -1, 1, value + 1, 2**31, 2**62, -(2**63), None, "1", 1.5])
    if isinstance(value, float | np.floating):
        return one_of(random, [0.0, -1.0, np.nan, np.inf, 1e300, None, "1", 10])
    if isinstance(value, str):
        return one_of(random, [*_WORDS, "", None, 3])
    if isinstance(value, list | tuple):
        kind = list if isinstance(value, list) else tuple
        items = list(value)
        return one_of(
            random,
            [kind(items[:-1]), kind(items + items[:1]), kind(items[::-1]), kind(), None, 3],
        )
    return one_of(random, [None, 0, 1.0, np.zeros(3), "adam", [], np.random.RandomState(0), {}])


_WORDS = [
    "sgd", "adam", "amsgrad", "lbfgs", "float32", "float64", "int64", "object", "identity",
    "softmax", "logistic", "relu", "elu", "binary", "multiclass", "multilabel", "log_loss",
]  # fmt: skip
_DTYPES = ["f4", "f8", "f2", "i4", "i8", "u1", "?", "c16", "O", "U3", ">f8", "i2"]


def _other_array(array, random):
    return one_of(random, [_other_size, _other_dtype, _other_layout, _other_values])(array, random)


def _other_size(array, random):
    flat = np.ravel(array)
    if array.ndim == 0:
        return one_of(random, [flat, None, flat[:0]])
    return one_of(
        random,
        [
            flat[:0], array[:0], array[..., :0], flat[:-1], flat, np.r_[flat, flat], array[:1],
            array[None], array.T, array[:-1], np.concatenate([array, array]),
            np.zeros((1,) * array.ndim, array.dtype), np.zeros((), array.dtype), None,
            array.tolist(),
        ],
    )  # fmt: skip


def _other_dtype(array, random):
    try:
        with np.errstate(all="ignore"):
            return array.astype(one_of(random, _DTYPES))
    except (ValueError, TypeError):
        return array.astype(object)


def _other_layout(array, random):
    if array.ndim == 0:
        return np.asfortranarray(array)
    read_only = array.copy()
    read_only.flags.writeable = False
    memory = np.zeros(array.nbytes + 1, np.uint8)
    unaligned = array
    if array.dtype != object:
        unaligned = memory[1:].view(array.dtype).reshape(array.shape)
        unaligned[...] = array
    broadcast = np.broadcast_to(array[:1], array.shape) if array.size else array
    return one_of(
        random,
        [np.asfortranarray(array), np.repeat(array, 2, axis=0)[::2], array[::-1], read_only,
         unaligned, broadcast, array.view(np.matrix) if array.ndim == 2 else array],
    )  # fmt: skip


def _other_values(array, random):
    if array.dtype.kind not in "iuf" or array.size == 0:
        return array[::-1].copy() if array.ndim else array
    new = array.copy()
    values = [-1, 0, array.size, 10**9, -(10**9)]
    values += [np.nan, np.inf, 1e30] if array.dtype.kind == "f" else []
    place = random.integers(array.size) if random.random() < 0.5 else slice(None)
    with np.errstate(all="ignore"):
        new.reshape(-1)[place] = one_of(random, values)
    return new

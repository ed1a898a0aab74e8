"""Random data and parameters, valid and hostile, from a random number generator."""

import numpy as np
import pandas as pd
import scipy.sparse
from scipy.sparse import csc_array, csr_array, csr_matrix

import sknn_tune
from sknn_tune import MLPClassifier


def one_of(random, options):
    """One element of a sequence, of any kind."""
    return options[random.integers(len(options))]


# --- data ----------------------------------------------------------------------------------------

#: What the values of X are multiplied by; most often nothing.
_SCALES = [*[1.0] * 10, 0.0, 1e-310, 1e-30, 1e6, 1e30, 1e37, 1e300]


def draw_rows(random, n_rows, n_features):
    """Values of X, dense, in one of the dtypes and scales that users have."""
    X = random.normal(size=(n_rows, n_features)) * one_of(random, _SCALES)
    if random.random() < 0.1:
        X[:, random.integers(n_features)] = one_of(random, [0.0, 1e5, -1e200])
    if random.random() < 0.03:
        X[random.integers(n_rows), random.integers(n_features)] = one_of(random, [np.nan, np.inf])
    with np.errstate(all="ignore"):
        return X.astype(one_of(random, ["f8", "f8", "f4", "f4", "f2", "i4", "u1", "?"]))


def _strided(X, random):
    return np.repeat(X, 2, axis=1)[:, ::2]


def _unaligned(X, random):
    memory = np.zeros(X.nbytes + 1, np.uint8)
    copy = memory[1:].view(X.dtype).reshape(X.shape)
    copy[...] = X
    return copy


def _read_only(X, random):
    copy = X.copy()
    copy.flags.writeable = False
    return copy


def _sparse(X, random):
    return csr_matrix(np.where(random.random(X.shape) < one_of(random, [0, 0.2, 0.9]), X, 0))


def _wide_indices(X, random):
    rows = _sparse(X, random)
    rows.indices, rows.indptr = rows.indices.astype("i8"), rows.indptr.astype("i8")
    return rows


def _unsorted_indices(X, random):
    rows = _sparse(X, random)
    for start, end in zip(rows.indptr, rows.indptr[1:], strict=False):
        rows.indices[start:end] = rows.indices[start:end][::-1].copy()
    rows.has_sorted_indices = False
    return rows


def _duplicates(X, random):
    rows = _sparse(X, random).tocoo()
    twice = [np.r_[part, part] for part in (rows.data, rows.row, rows.col)]
    return scipy.sparse.coo_matrix((twice[0], (twice[1], twice[2])), X.shape)


def _wrong_indices(X, random):
    """Rows whose arrays were damaged after they were checked."""
    rows = _sparse(X, random)
    part = one_of(random, [rows.indices, rows.indptr])
    if part.size:
        part[random.integers(part.size)] = one_of(random, [-1, 10**6, 2**31 - 1])
    return rows


FORMATS = {
    "dense": lambda X, random: X,
    "Fortran order": lambda X, random: np.asfortranarray(X),
    "strided": _strided,
    "unaligned": _unaligned,
    "read-only": _read_only,
    "big-endian": lambda X, random: X.astype(X.dtype.newbyteorder(">")),
    "frame": lambda X, random: pd.DataFrame(X).add_prefix("x"),
    "list": lambda X, random: X.tolist(),
    "csr": _sparse,
    "csr array": lambda X, random: csr_array(_sparse(X, random)),
    "csc": lambda X, random: csc_array(_sparse(X, random)),
    "coo": lambda X, random: _sparse(X, random).tocoo(),
    "bsr": lambda X, random: _sparse(X, random).tobsr(),
    "wide indices": _wide_indices,
    "unsorted indices": _unsorted_indices,
    "duplicates": _duplicates,
    "wrong indices": _wrong_indices,
}


def draw_X(random, n_rows, n_features):
    """X in one of `FORMATS`, dense half of the time."""
    X = draw_rows(random, n_rows, n_features)
    names = ["dense"] if random.random() < 0.5 else list(FORMATS)
    name = one_of(random, names)
    if X.dtype == np.float16 and name not in ("dense", "list", "frame"):
        X = X.astype("f4")  # which scipy.sparse does not have
    return FORMATS[name](X, random)


def draw_labels(random, n_rows, n_outputs):
    """Class labels of one of the kinds that are allowed."""
    if n_outputs > 1 and random.random() < 0.5:
        indicator = random.integers(0, 2, (n_rows, n_outputs))
        return csr_matrix(indicator) if random.random() < 0.3 else indicator
    classes = one_of(
        random,
        [np.array(["b", "a", "cc", "dddd"]), np.array([-5, 3, 0, 100]), np.array([False, True]),
         np.array([1.0, 2.0, 0.0]), np.array([7])],
    )  # fmt: skip
    return classes[random.integers(0, len(classes), n_rows)]


def draw_numbers(random, n_rows, n_outputs):
    """Targets of a regression."""
    shape = (n_rows, n_outputs) if n_outputs > 1 or random.random() < 0.2 else n_rows
    y = random.normal(size=shape) * one_of(random, [*[1.0] * 8, 0.0, 1e6, 1e30, 1e200, 1e-200])
    y = np.abs(y) if random.random() < 0.5 else y
    return y.astype(one_of(random, ["f8", "f8", "f4", "f8"])) if np.abs(y).max() < 1e38 else y


def draw_weights(random, n_rows):
    """Sample weights or None."""
    if random.random() < 0.6:
        return None
    weights = random.random(n_rows) * one_of(random, [1.0, 1.0, 1e30, 1e-30, 1e300, 1e-300])
    weights[random.random(n_rows) < one_of(random, [0, 0.3, 1.0])] = 0.0
    if random.random() < 0.05:
        weights[0] = one_of(random, [-1.0, np.nan, np.inf])
    return weights.astype(one_of(random, ["f8", "f4"])) if weights.max() < 1e38 else weights


# --- parameters ----------------------------------------------------------------------------------

_ACTIVATIONS = [
    "identity", "logistic", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish",
    "softplus", sknn_tune.LeakyReLU(0.3), sknn_tune.ELU(2.0),
]  # fmt: skip
_SCHEDULES = [
    "constant", "invscaling", "adaptive", "cosine", "linear", "exponential", "step", "one_cycle",
    "cosine_restarts",
    sknn_tune.Cosine(warmup=0.3), sknn_tune.Adaptive(), sknn_tune.Step(every=1, decay=0.5),
    lambda progress: 1.0 - progress / 2,
]  # fmt: skip

#: Values of the parameters that both estimators have; each is valid in some combinations.
PARAMETERS = {
    "hidden_layer_sizes": [(), (1,), (3,), 4, (5, 5), (2, 3, 4), (7, 1, 7), (33,), (300,)],
    "activation": [*_ACTIVATIONS, ("relu", "tanh"), ("elu", "mish", "gelu")],
    "solver": ["adam", "sgd", "lbfgs", "adamw", "nadam", "amsgrad", "rmsprop", "adagrad"],
    "alpha": [0, 1e-4, 1.0, 1e6, 1e300],
    "batch_size": ["auto", "full", 1, 2, 3, 7, 64, 10**9],
    "learning_rate": _SCHEDULES,
    "learning_rate_init": [1e-3, 0.1, 1.0, 1e4, 1e6, 1e30, 1e-300],
    "power_t": [0, 0.5, 50],
    "max_iter": [1, 2, 3, 5, 8],
    "shuffle": [True, False],
    "random_state": [0, 1, None],
    "tol": [0, 1e-4, 1e9],
    "warm_start": [True, False, "continue"],
    "momentum": [0, 0.9, 1.0],
    "nesterovs_momentum": [True, False],
    "early_stopping": [True, False],
    "validation_fraction": [0.0, 0.1, 0.5, 0.9],
    "beta_1": [0.0, 0.9, 0.999999],
    "beta_2": [0.0, 0.999],
    "epsilon": [1e-300, 1e-8, 1e30],
    "n_iter_no_change": [1, 2, np.inf],
    "max_fun": [1, 20],
    "initializer": [
        "auto", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal",
        "lecun_uniform", "orthogonal",
    ],
    "zero_output": [True, False],
    "l1_ratio": [0.0, 0.5, 1.0],
    "penalize_intercept": [True, False],
    "penalty_scale": ["batch", "dataset"],
    "clip_norm": [None, 1e-300, 1.0, 1e300],
    "dropout": [0.0, 0.5, 0.999, (0.1, 0.2)],
    "input_dropout": [0.0, 0.5],
    "batch_norm": [False, True, "input", "hidden", "both"],
    "residual": [False, True],
    "scoring": [None, "loss"],
}  # fmt: skip
_CLASSIFIER = {"label_smoothing": [0.0, 0.3], "class_weight": [None, "balanced", {0: 2.0}]}
_REGRESSOR = {
    "loss": [
        "squared_error", "poisson", "gamma", "absolute_error", "huber", "quantile",
        sknn_tune.Huber(0.1), sknn_tune.Quantile((0.1, 0.9)),
    ],
}  # fmt: skip


def draw_parameters(random, cls, share=0.25):
    """Values for a share of an estimator's parameters."""
    table = PARAMETERS | (_CLASSIFIER if cls is MLPClassifier else _REGRESSOR)
    return {
        name: one_of(random, values) for name, values in table.items() if random.random() < share
    }

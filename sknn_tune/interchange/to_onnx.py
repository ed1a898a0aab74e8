"""A fitted network as an ONNX model: one node or a few for each operation of its table."""

from typing import TYPE_CHECKING

import numpy as np

from sknn_tune.interchange.onnx_embeddings import embedded
from sknn_tune.interchange.onnx_graph import Graph, Values
from sknn_tune.network.activations import ACTIVATIONS
from sknn_tune.network.blueprint import Blueprint, Network
from sknn_tune.network.layers import NORM_EPSILON
from sknn_tune.network.plan import (
    ACTIVATION,
    BIAS,
    DROPOUT,
    EMBED,
    INPUT,
    KIND,
    N_COLUMNS,
    NORM,
    OUTPUT,
    SKIP,
    SOURCE,
    STATISTICS,
    WEIGHT,
    WIDTH,
)

if TYPE_CHECKING:
    import onnx


def _gelu(graph, z, param):
    cumulative = graph.apply("Add", graph.apply("Erf", graph.apply("Mul", z, 0.5**0.5)), 1.0)
    return graph.apply("Mul", graph.apply("Mul", z, 0.5), cumulative)


def _silu(graph, z, param):
    return graph.apply("Mul", z, graph.apply("Sigmoid", z))


def _mish(graph, z, param):
    return graph.apply("Mul", z, graph.apply("Tanh", graph.apply("Softplus", z)))


#: The counterpart of each row of `ACTIVATIONS`: (graph, name of the input, parameter) -> name.
ONNX_ACTIVATIONS = {
    "identity": lambda graph, z, param: z,
    "logistic": lambda graph, z, param: graph.apply("Sigmoid", z),
    "tanh": lambda graph, z, param: graph.apply("Tanh", z),
    "relu": lambda graph, z, param: graph.apply("Relu", z),
    "leaky_relu": lambda graph, z, param: graph.apply("LeakyRelu", z, alpha=param),
    "elu": lambda graph, z, param: graph.apply("Elu", z, alpha=param),
    "selu": lambda graph, z, param: graph.apply("Selu", z),
    "gelu": _gelu,
    "silu": _silu,
    "mish": _mish,
    "softplus": lambda graph, z, param: graph.apply("Softplus", z),
}

_LINKS = {
    "identity": lambda graph, z: z,
    "logistic": lambda graph, z: graph.apply("Sigmoid", z),
    "exp": lambda graph, z: graph.apply("Exp", z),
    "softmax": lambda graph, z: graph.apply("Softmax", z, axis=1),
}


def to_onnx(
    network: Network, link: str, classes: np.ndarray | None = None, kind: str | None = None
) -> "onnx.ModelProto":
    """Write a network as an ONNX model.

    Parameters
    ----------
    network : Network
        Blueprint of dense input, parameters and running moments.
    link : str
        Row of `LINKS`.
    classes : ndarray of shape (n_classes,), default=None
        Labels of a classifier.
    kind : {'binary', 'multiclass', 'multilabel'}, default=None
        What a classifier predicts.

    Returns
    -------
    model : onnx.ModelProto
        From ``X`` to ``label`` and ``probabilities``, or to ``prediction``.
    """
    graph = empty_graph()
    outputs = network_outputs(graph, "X", *network, link)
    n_features, n_outputs = network.blueprint.plan.slots[[0, -1], WIDTH].tolist()
    inputs = {"X": (np.float32, (n_features,))}
    if classes is None:
        return graph.model(inputs, regression(graph, outputs, n_outputs))
    return graph.model(inputs, classification(graph, outputs, classes, kind))


def empty_graph() -> Graph:
    """A graph without nodes; an ImportError says what to install."""
    try:
        import onnx
    except ImportError as error:
        raise ImportError(
            "to_onnx needs onnx; install it with pip install 'sknn-tune[onnx]'."
        ) from error
    return Graph(onnx)


def network_outputs(
    graph: Graph,
    X: str,
    blueprint: Blueprint,
    theta: np.ndarray,
    statistics: np.ndarray,
    link: str,
) -> str:
    """Write a network.

    Parameters
    ----------
    graph : Graph
    X : str
        Name of the input.
    blueprint : Blueprint
    theta, statistics : ndarray
        Parameters and running moments.
    link : str
        Row of `LINKS`.

    Returns
    -------
    name : str
        Of the predictions, (n, n_outputs).
    """
    return _LINKS[link](graph, _scores(graph, X, blueprint, theta, statistics))


def _scores(graph, X, blueprint, theta, statistics):
    """Add the operations of the table in order, as a prediction runs them."""
    plan = blueprint.plan
    names = {0: X}

    def part(start, *shape):
        return theta[start : start + int(np.prod(shape))].reshape(shape)

    for o, operation in enumerate(plan.operations.reshape(-1, N_COLUMNS)):
        kind, weight, bias = operation[KIND], operation[WEIGHT], operation[BIAS]
        value, width = names[operation[INPUT]], int(plan.slots[operation[OUTPUT], WIDTH])
        if kind == EMBED:
            value = embedded(graph, value, blueprint, theta)
        elif kind == NORM:
            value = _norm(graph, value, statistics[operation[STATISTICS] :], part(weight, width))
        elif kind == SKIP:
            source = names[operation[SOURCE]]
            if weight >= 0:
                n_in = int(plan.slots[operation[SOURCE], WIDTH])
                source = graph.apply("MatMul", source, part(weight, n_in, width))
            value = graph.apply("Add", value, source)
        elif kind != DROPOUT:
            n_in = int(plan.slots[operation[INPUT], WIDTH])
            value = graph.apply("MatMul", value, part(weight, n_in, width))
        if bias >= 0:
            value = graph.apply("Add", value, part(bias, width))
            value = _activation(graph, operation[ACTIVATION], value, float(plan.params[o]))
        names[operation[OUTPUT]] = value
    return value


def _norm(graph, value, statistics, scale):
    width = len(scale)
    mean, variance = statistics[:width], statistics[width : 2 * width]
    factor = scale / np.sqrt(variance + scale.dtype.type(NORM_EPSILON))
    return graph.apply("Mul", graph.apply("Sub", value, mean), factor)


def _activation(graph, code, value, param):
    name = list(ACTIVATIONS)[code]
    if name not in ONNX_ACTIVATIONS:
        raise ValueError(f"The activation {name!r} has no counterpart in ONNX_ACTIVATIONS.")
    return ONNX_ACTIVATIONS[name](graph, value, param)


def regression(graph: Graph, outputs: str, n_outputs: int) -> Values:
    """Predictions of the shape that ``predict`` gives them."""
    if n_outputs == 1:
        graph.apply("Squeeze", outputs, np.array([1]), output="prediction")
        return {"prediction": (np.float32, ())}
    graph.apply("Identity", outputs, output="prediction")
    return {"prediction": (np.float32, (n_outputs,))}


def classification(graph: Graph, p: str, classes: np.ndarray, kind: str | None) -> Values:
    """Labels and probabilities as ``predict`` and ``predict_proba`` give them."""
    if kind == "multilabel":
        graph.apply("Identity", p, output="probabilities")
        is_chosen = graph.apply("Greater", p, 0.5)
        graph.apply("Cast", is_chosen, output="label", to=_INT64)
        shape = (len(classes),)
        return {"label": (np.int64, shape), "probabilities": (np.float32, shape)}
    if kind == "binary":
        p = _both_probabilities(graph, p, len(classes))
    graph.apply("Identity", p, output="probabilities")
    chosen = graph.apply("ArgMax", p, axis=1, keepdims=0)
    labels = _labels(classes)
    names = graph.constant(labels, precision=labels.dtype)
    graph.apply("Gather", names, chosen, output="label")
    return {"label": (labels.dtype, ()), "probabilities": (np.float32, (len(classes),))}


#: onnx.TensorProto.INT64
_INT64 = 7


def _both_probabilities(graph, p, n_classes):
    if n_classes == 1:  # there is only one class, and it is certain
        return graph.apply("Add", graph.apply("Mul", p, 0.0), 1.0)
    return graph.apply("Concat", graph.apply("Sub", 1.0, p), p, axis=1)


def _labels(classes):
    """Class labels of a type that ONNX has."""
    kind = classes.dtype.kind
    if kind == "U" or (kind == "O" and all(isinstance(label, str) for label in classes)):
        return np.array(classes.tolist(), dtype=object)
    if kind == "b" or classes.dtype in (np.float32, np.float64):
        return classes
    if kind in "iu" and (kind == "i" or classes.max() <= np.iinfo(np.int64).max):
        return classes.astype(np.int64)
    raise ValueError(
        f"ONNX has no type for class labels of dtype {classes.dtype} like {classes[-1]!r}; train "
        "on strings, 64-bit integers or floats instead."
    )

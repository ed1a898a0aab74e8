"""A fitted estimator of tables as an ONNX model, its encoding included."""

from typing import Any

import numpy as np

from sknn_tune.interchange.onnx_graph import Graph, Values
from sknn_tune.interchange.to_onnx import network_outputs
from sknn_tune.tabular.columns import Schema
from sknn_tune.tabular.encoding import CLIP, LIMIT, TableEncoder
from sknn_tune.tabular.ensemble import Ensemble

#: onnx.TensorProto.FLOAT
_FLOAT = 1
#: How the levels of a category are passed, by their Python type, and the attribute that lists them.
_LEVELS = {str: (np.object_, "keys_strings"), int: (np.int64, "keys_int64s")}


def mean_outputs(
    graph: Graph, schema: Schema, encoder: TableEncoder, ensemble: Ensemble
) -> tuple[str, Values]:
    """Write the encoding and the members.

    Returns
    -------
    name : str
        Of the mean prediction, float32 (n, n_outputs).
    inputs : dict
        The inputs of the graph: ``X``, float64 (n, n_features), where all columns are numbers
        without names; else each column by its name, (n, 1).
    """
    inputs, numbers, categories = _inputs(graph, schema, encoder)
    parts = []
    if numbers is not None:
        parts += _encoded_numbers(graph, numbers, encoder)
    parts += [_codes(graph, name, encoder, j) for j, name in enumerate(categories)]
    encoded = parts[0] if len(parts) == 1 else graph.apply("Concat", *parts, axis=1)
    outputs = [
        network_outputs(graph, encoded, blueprint, theta, np.empty(0), ensemble.link)
        for blueprint, theta in zip(ensemble.blueprints(), ensemble.thetas, strict=True)
    ]
    weighted = [
        graph.apply("Mul", output, graph.constant(weight))
        for output, weight in zip(outputs, ensemble.weights, strict=True)
    ]
    return graph.apply("Sum", *weighted), inputs


def _inputs(graph, schema, encoder):
    """Inputs of the graph; names of the numbers, stacked, and of each category."""
    is_category = schema.is_categorical
    if schema.names is None and not any(is_category):
        return {"X": (np.float64, (len(is_category),))}, "X", []
    names = schema.names or [f"column_{j}" for j in range(len(is_category))]
    levels = iter(encoder.levels)
    inputs: dict[str, Any] = {
        name: (_passed_as(name, next(levels))[0] if chosen else np.float64, (1,))
        for name, chosen in zip(names, is_category, strict=True)
    }
    parts = {
        kind: [n for n, chosen in zip(names, is_category, strict=True) if chosen is kind]
        for kind in (False, True)
    }
    numbers = graph.apply("Concat", *parts[False], axis=1) if parts[False] else None
    return inputs, numbers, parts[True]


def _passed_as(name, levels):
    kinds = {type(level) for level in levels}
    if not kinds <= {str} and not kinds <= {int}:
        found = sorted(kind.__name__ for kind in kinds)
        raise ValueError(
            f"to_onnx needs categories that are strings or integers; column {name!r} has levels "
            f"of type {found}. Convert it to strings before fit."
        )
    return _LEVELS[kinds.pop() if kinds else str]


def _encoded_numbers(graph, numbers, encoder):
    """Scaled and clipped numbers, and marks of the missing ones, as `TableEncoder.encode`."""

    def double(value):
        return graph.constant(np.asarray(value, np.float64), np.float64)

    centered = graph.apply("Sub", numbers, double(encoder.centers))
    z = graph.apply("Mul", centered, double(encoder.factors))
    z = graph.apply("Clip", z, double(-LIMIT), double(LIMIT))
    ratio = graph.apply("Mul", z, double(1 / CLIP))
    squared = graph.apply("Add", graph.apply("Mul", ratio, ratio), double(1.0))
    z = graph.apply("Div", z, graph.apply("Sqrt", squared))
    z = graph.apply("Where", graph.apply("IsNaN", z), double(0.0), z)
    parts = [graph.apply("Cast", z, to=_FLOAT)]
    if len(encoder.marked):
        missing = graph.apply("Cast", graph.apply("IsNaN", numbers), to=_FLOAT)
        parts.append(graph.apply("Gather", missing, encoder.marked, axis=1))
    return parts


def _codes(graph, name, encoder, j):
    """Codes of a category; an empty string stands for a missing one where it is no level."""
    levels, codes = list(encoder.levels[j]), list(range(len(encoder.levels[j])))
    _, attribute = _passed_as(name, levels)
    if attribute == "keys_strings" and "" not in levels:
        levels, codes = [*levels, ""], [*codes, encoder.missing[j]]
    return graph.apply(
        "LabelEncoder",
        name,
        domain=Graph.ML_DOMAIN,
        **{attribute: levels, "values_floats": [float(code) for code in codes]},
        default_float=float(encoder.unseen[j]),
    )

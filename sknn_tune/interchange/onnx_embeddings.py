"""Embeddings of the columns of a table as nodes of an ONNX graph."""

from typing import Any

import numpy as np

from sknn_tune.interchange.onnx_graph import Graph
from sknn_tune.network.blueprint import Blueprint
from sknn_tune.network.embeddings import Identity, Lookup, PiecewiseLinear


def embedded(graph: Graph, value: str, blueprint: Blueprint, theta: np.ndarray) -> str:
    """Write the embeddings of a batch.

    Parameters
    ----------
    graph : Graph
    value : str
        Name of the batch, (n_rows, n_columns).
    blueprint : Blueprint
        Of the network.
    theta : ndarray
        Its parameters.

    Returns
    -------
    name : str
        Of the embedded batch.
    """
    tables = (theta[place].reshape(shape) for place, shape in blueprint.tables)
    parts = [_embedded(graph, value, part, tables) for part in blueprint.embeddings]
    return parts[0] if len(parts) == 1 else graph.apply("Concat", *parts, axis=1)


def _embedded(graph: Graph, value: str, embedding: Any, tables: Any) -> str:
    column = graph.apply("Gather", value, np.array([embedding.column]), axis=1)
    if isinstance(embedding, Identity):
        return column
    if isinstance(embedding, PiecewiseLinear):
        edges = np.array(embedding.edges)
        share = graph.apply("Div", graph.apply("Sub", column, edges[:-1]), np.diff(edges))
        return graph.apply("Clip", share, np.float32(0), np.float32(1))
    codes = np.arange(embedding.n_levels, dtype=float)
    indicators = graph.apply("Cast", graph.apply("Equal", column, codes), to=_FLOAT)
    if isinstance(embedding, Lookup):
        return graph.apply("MatMul", indicators, next(tables))
    return indicators


#: onnx.TensorProto.FLOAT
_FLOAT = 1

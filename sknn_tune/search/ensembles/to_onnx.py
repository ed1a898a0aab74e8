"""The ONNX models of the members as one ONNX model of their weighted mean."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import onnx


def mean_model(members: Sequence[Any], weights: Sequence[float]) -> "onnx.ModelProto":
    """Return one model of all members.

    Parameters
    ----------
    members : list of estimator objects
        Fitted; each has a method `to_onnx`, whose model returns `label` and `probabilities`, or
        `prediction`.
    weights : list of float

    Raises
    ------
    TypeError
        If a member has no such method.
    ValueError
        If the members' models take different inputs.
    """
    for member in members:
        if not hasattr(member, "to_onnx"):
            raise TypeError(f"to_onnx needs members that have it; {type(member).__name__} has not.")
    models = [member.to_onnx() for member in members]
    inputs = list(models[0].graph.input)
    if any(list(model.graph.input) != inputs for model in models):
        raise ValueError("to_onnx needs members that take the same inputs; theirs differ.")
    return _joined(models, inputs, np.asarray(weights) / np.sum(weights))


def _joined(models: list[Any], inputs: list[Any], shares: np.ndarray) -> "onnx.ModelProto":
    from onnx import checker, compose, helper, numpy_helper

    graphs = [
        compose.add_prefix_graph(model.graph, f"member{i}_", rename_inputs=False)
        for i, model in enumerate(models)
    ]
    nodes = [node for graph in graphs for node in graph.node]
    constants = [constant for graph in graphs for constant in graph.initializer]
    outputs = list(models[0].graph.output)
    mean = outputs[-1].name
    for i, share in enumerate(shares):
        constants.append(numpy_helper.from_array(np.array(share, np.float32), f"share{i}"))
        nodes.append(helper.make_node("Mul", [f"member{i}_{mean}", f"share{i}"], [f"part{i}"]))
    nodes.append(helper.make_node("Sum", [f"part{i}" for i in range(len(models))], [mean]))
    if mean == "probabilities":
        labels = next(node.input[0] for node in nodes if "member0_label" in node.output)
        nodes.append(helper.make_node("ArgMax", [mean], ["chosen"], axis=1, keepdims=0))
        nodes.append(helper.make_node("Gather", [labels, "chosen"], ["label"]))
    graph = helper.make_graph(nodes, "ensemble", inputs, outputs, constants)
    opsets = {opset.domain: opset for model in models for opset in model.opset_import}
    joined = helper.make_model(
        graph, opset_imports=list(opsets.values()), ir_version=models[0].ir_version
    )
    checker.check_model(joined)
    return joined

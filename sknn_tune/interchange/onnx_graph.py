"""ONNX graphs, node by node, in float32."""

from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

if TYPE_CHECKING:
    import onnx


class Graph:
    """Collects the nodes of an ONNX graph; values go by name.

    Parameters
    ----------
    onnx : module
        The package, which is an optional dependency.
    """

    #: From version 13 on all operators that are used here exist as they are used.
    OPSET = 17

    def __init__(self, onnx: ModuleType) -> None:
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def apply(
        self, operator: str, *inputs: str | ArrayLike, output: str | None = None, **attributes: Any
    ) -> str:
        """Append an operator; arrays and numbers among its inputs become constants."""
        output = output or f"{operator.lower()}_{len(self._nodes)}"
        names = [part if isinstance(part, str) else self.constant(part) for part in inputs]
        node = self._onnx.helper.make_node(operator, names, [output], **attributes)
        self._nodes.append(node)
        return output

    def constant(self, value: ArrayLike) -> str:
        """Name of a constant; floats become float32."""
        array = np.asarray(value)
        if array.dtype.kind == "f":
            array = array.astype(np.float32)
        name = f"constant_{len(self._constants)}"
        self._constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def model(
        self, n_features: int, outputs: Mapping[str, tuple[DTypeLike, tuple[int, ...]]]
    ) -> "onnx.ModelProto":
        """The model from ``X``, float32 of shape (n, n_features), to the outputs.

        Parameters
        ----------
        n_features : int
        outputs : dict of str to (numpy dtype, tuple)
            Type and shape without its first axis of each output.
        """
        helper, to_element = self._onnx.helper, self._onnx.helper.np_dtype_to_tensor_dtype
        X = helper.make_tensor_value_info("X", to_element(np.dtype(np.float32)), ["n", n_features])
        results = [
            helper.make_tensor_value_info(name, to_element(np.dtype(dtype)), ["n", *shape])
            for name, (dtype, shape) in outputs.items()
        ]
        graph = helper.make_graph(self._nodes, "network", [X], results, self._constants)
        opsets = [helper.make_opsetid("", self.OPSET)]
        # The oldest format that has these operators: more runtimes read it.
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        self._onnx.checker.check_model(model)
        return model

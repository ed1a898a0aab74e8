"""ONNX graphs, node by node, in float32."""

from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

if TYPE_CHECKING:
    import onnx


#: Dtype of values by their names, and their shapes without the first axis.
Values: TypeAlias = Mapping[str, tuple[DTypeLike, tuple[int, ...]]]


class Graph:
    """Collects the nodes of an ONNX graph; values go by name.

    Parameters
    ----------
    onnx : module
        The package, which is an optional dependency.
    """

    #: From version 13 on all operators that are used here exist as they are used.
    OPSET = 17
    #: Operators of classical machine learning, for categories.
    ML_DOMAIN, ML_OPSET = "ai.onnx.ml", 2

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

    def constant(self, value: ArrayLike, precision: DTypeLike = np.float32) -> str:
        """Name of a constant; floats become float32 unless another precision is given."""
        array = np.asarray(value)
        if array.dtype.kind == "f":
            array = array.astype(precision)
        name = f"constant_{len(self._constants)}"
        self._constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def model(self, inputs: Values, outputs: Values) -> "onnx.ModelProto":
        """The model from its inputs to its outputs.

        Parameters
        ----------
        inputs, outputs : dict of str to (numpy dtype, tuple)
            Type of each, and its shape without the first axis.
        """
        helper = self._onnx.helper
        ends = [self._infos(inputs), self._infos(outputs)]
        graph = helper.make_graph(self._nodes, "network", *ends, self._constants)
        opsets = [helper.make_opsetid("", self.OPSET)]
        if any(node.domain == self.ML_DOMAIN for node in self._nodes):
            opsets.append(helper.make_opsetid(self.ML_DOMAIN, self.ML_OPSET))
        # The oldest format that has these operators: more runtimes read it.
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        self._onnx.checker.check_model(model)
        return model

    def _infos(self, values):
        helper = self._onnx.helper
        return [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), ["n", *shape]
            )
            for name, (dtype, shape) in values.items()
        ]

"""Embeddings by themselves: what a value becomes, what an exported network makes of it."""

from collections import namedtuple

import numpy as np
import pytest
from networks import Compiled, Description
from numpy.testing import assert_allclose, assert_array_equal
from test_passes import EMBEDDINGS

from sknn_tune.network.blueprint import Architecture, Blueprint
from sknn_tune.network.embeddings import Identity, Lookup, OneHot, PiecewiseLinear
from sknn_tune.network.prediction import Predictor

Network = namedtuple("Network", "blueprint theta statistics")
IDENTITY = (("identity", 0.0),)


def embedded(values, *embeddings):
    """What the embeddings make of columns: the scores of a network whose weights are unity."""
    X = np.array(values, dtype=np.float64, ndmin=2)
    width = sum(embedding.width for embedding in embeddings)
    blueprint = Blueprint(
        [X.shape[1], width], Architecture(IDENTITY, (), embeddings=embeddings), np.float64
    )
    theta = np.zeros(blueprint.n_parameters)
    theta[blueprint.weights[0][0]] = np.eye(width).ravel()
    for place, (n_levels, table_width) in blueprint.tables:
        theta[place] = np.arange(n_levels * table_width) + 1.0
    return Predictor(blueprint, theta, np.empty(0), X, "identity")()


@pytest.mark.parametrize(
    ("x", "shares"),
    [
        (-5.0, [0, 0, 0]),
        (0.0, [0, 0, 0]),
        (0.5, [0.5, 0, 0]),
        (1.0, [1, 0, 0]),
        (2.0, [1, 0.5, 0]),
        (7.0, [1, 1, 1]),
    ],
)
def test_a_number_fills_the_bins_below_it(x, shares):
    assert_array_equal(embedded([x], PiecewiseLinear(0, (0.0, 1.0, 3.0, 4.0)))[0], shares)


@pytest.mark.parametrize("code", [-1.0, 3.0, 1e9])
@pytest.mark.parametrize("embedding", [OneHot(0, 3), Lookup(0, 3, 2)])
def test_a_code_without_a_row_is_zeros(embedding, code):
    assert_array_equal(embedded([code], embedding)[0], np.zeros(embedding.width))


@pytest.mark.parametrize("code", [0, 1, 2])
def test_a_category_has_its_row(code):
    assert_array_equal(embedded([code], OneHot(0, 3))[0], np.eye(3)[code])
    assert_array_equal(embedded([code], Lookup(0, 3, 2))[0], [2 * code + 1, 2 * code + 2])


def test_columns_may_be_used_twice_or_not_at_all():
    out = embedded([[1.0, 9.0, 2.0]], Identity(2), Identity(0), Identity(2))
    assert_array_equal(out, [[2.0, 1.0, 2.0]])


@pytest.mark.parametrize("embeddings", EMBEDDINGS.values(), ids=EMBEDDINGS)
def test_onnx_embeds_as_the_network_does(embeddings):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    from sknn_tune.interchange.to_onnx import to_onnx

    compiled = Compiled(Description(embeddings=embeddings, n_rows=40, dtype=np.float32))
    network = compiled.blueprint, compiled.theta, compiled.statistics
    session = runtime.InferenceSession(
        to_onnx(Network(*network), "identity").SerializeToString(),
        providers=["CPUExecutionProvider"],
    )
    theirs = session.run(["prediction"], {"X": compiled.X})[0]
    assert_allclose(theirs, Predictor(*network, compiled.X, "identity")(), rtol=1e-4, atol=1e-5)

"""Tables of options: incomplete rows are refused, complete tables are closed."""

import pytest

from sknn_tune.network.activations import ACTIVATIONS, Activation, relu, relu_derivative
from sknn_tune.network.initializers import INITIALIZERS
from sknn_tune.network.losses import LOSSES
from sknn_tune.network.optimizers import OPTIMIZERS
from sknn_tune.network.registry import registry
from sknn_tune.network.schedules import SCHEDULES


def kernels(row):
    return {"forward": "z, param", "derivative": "z, a, param"}


def plain(z, param):
    return z


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (Activation(None, relu_derivative), "missing forward"),
        (Activation(relu, None), "missing derivative"),
        (Activation(relu, relu), r"derivative takes \(z, param\)"),
        (Activation(None, relu), r"missing forward, derivative takes \(z, param\)"),
        (Activation(plain, relu_derivative), "forward is not decorated"),
    ],
)
def test_an_incomplete_row_is_refused(row, problem):
    required = r"Activation 'new' must have forward\(z, param\) and derivative\(z, a, param\)"
    with pytest.raises(TypeError, match=f"{required}, .*{problem}"):
        registry({"relu": ACTIVATIONS["relu"], "new": row}, kernels)


@pytest.mark.parametrize("table", [ACTIVATIONS, LOSSES, OPTIMIZERS, INITIALIZERS, SCHEDULES])
def test_the_tables_are_closed(table):
    with pytest.raises(TypeError, match="does not support item assignment"):
        table["new"] = next(iter(table.values()))

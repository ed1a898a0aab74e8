"""Examples of all docstrings run; the classes document every parameter and attribute."""

import doctest
import importlib
import inspect
import pkgutil
import re

import numpy as np
import pytest
from sklearn.datasets import load_iris

import sknn_tune
from sknn_tune import MLPClassifier, MLPRegressor
from sknn_tune.network.activations import ACTIVATIONS
from sknn_tune.network.optimizers import OPTIMIZERS

MODULES = [
    module.name
    for module in pkgutil.walk_packages(sknn_tune.__path__, "sknn_tune.")
    if not module.name.endswith("__main__")
]
NEEDS_RICH = ["sknn_tune.common.progress_bar"]
PUBLIC_CLASSES = [
    getattr(sknn_tune, name)
    for name in sknn_tune.__all__
    if inspect.isclass(getattr(sknn_tune, name))
]
both = pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])


def documented(docstring, section):
    """Names of the entries of a section of a numpydoc docstring."""
    text = inspect.cleandoc(docstring)
    body = re.search(rf"(?ms)^{section}\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", text)
    return re.findall(r"(?m)^(\w+) : ", body.group(1)) if body else []


@pytest.mark.parametrize("module", MODULES)
def test_examples_give_what_they_show(module):
    if module in NEEDS_RICH:
        pytest.importorskip("rich")
    result = doctest.testmod(
        importlib.import_module(module),
        optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE,
    )
    assert result.failed == 0


@pytest.mark.parametrize("cls", PUBLIC_CLASSES)
def test_all_parameters_are_documented_in_order(cls):
    parameters = [name for name in inspect.signature(cls).parameters if name != "self"]
    own = documented(cls.__doc__, "Parameters")
    inherited = [
        name
        for base in cls.__mro__[1:]
        for name in documented(base.__doc__ or "", "Parameters")
        if name not in own
    ]
    assert set(parameters) <= {*own, *inherited}
    assert own == [name for name in parameters if name in own]


@both
def test_documented_defaults_are_those_of_the_signature(estimator):
    for name, parameter in inspect.signature(estimator).parameters.items():
        entry = re.search(rf"(?m)^{name} : .*default=(.+)$", inspect.cleandoc(estimator.__doc__))
        assert entry is not None, name
        assert eval(entry.group(1)) == parameter.default, name


@both
@pytest.mark.parametrize("options", [{}, {"early_stopping": True}, {"solver": "lbfgs"}])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_fitted_attributes_are_documented(estimator, options):
    X, y = load_iris(return_X_y=True, as_frame=True)
    model = estimator(hidden_layer_sizes=(3,), max_iter=2, **options).fit(X, y)
    fitted = {name for name in vars(model) if not name.startswith("_") and name.endswith("_")}
    names = set(documented(estimator.__doc__, "Attributes"))
    assert fitted <= names
    if not options:
        assert names == fitted


@both
def test_docstring_lists_the_rows_of_the_tables(estimator):
    for name in [*ACTIVATIONS, *OPTIMIZERS]:
        assert f"'{name}'" in estimator.__doc__


@both
def test_html_shows_the_model(estimator):
    assert "hidden_layer_sizes" in estimator(hidden_layer_sizes=np.array([5]))._repr_html_()

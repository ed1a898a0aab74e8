"""scikit-learn's own tests of its MLP, with our classes in the place of its classes."""

import importlib
import inspect

import pytest
import sklearn.neural_network.tests as suite_package

from sknn_tune import MLPClassifier, MLPRegressor

#: These read or set private attributes of scikit-learn's implementation.
PRIVATE = {
    "test_fit",
    "test_gradient",
    "test_learning_rate_warmstart",
    "test_adaptive_learning_rate",
    "test_n_iter_no_change",
    "test_n_iter_no_change_inf",
}


def _load():
    """A private copy of the module, so that scikit-learn's own stays as it is."""
    spec = importlib.util.find_spec(f"{suite_package.__name__}.test_mlp")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.MLPClassifier, module.MLPRegressor = MLPClassifier, MLPRegressor
    return module


_suite = _load()
_tests = {name: f for name, f in inspect.getmembers(_suite) if name.startswith("test_")}


def test_suite_is_found():
    assert _tests.keys() >= PRIVATE
    assert len(_tests) > 25


@pytest.fixture
def global_random_seed():
    """scikit-learn's conftest has it."""
    return 42


# pytest collects them here, with their marks. It must ignore warnings, as scikit-learn's
# own configuration does.
pytestmark = pytest.mark.filterwarnings("default")
globals().update({name: f for name, f in _tests.items() if name not in PRIVATE})

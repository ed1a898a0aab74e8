"""Bad parameters and combinations of them: an error that names the parameter and the value."""

import numpy as np
import pytest
from bad_input import X, fit, y_class, y_real
from labels import label

from sknn_tune import (
    ELU,
    Adaptive,
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    Huber,
    InvScaling,
    LeakyReLU,
    Linear,
    MLPClassifier,
    MLPRegressor,
    OneCycle,
    Quantile,
    Step,
)

# --- parameters: the error names the parameter and shows the value -------------------------------

NOT_A_NUMBER = ["1", None, np.nan, 1j, [0.5]]
VALUES = {
    "hidden_layer_sizes": [0, -1, 1.5, "10", None, (3, 0), (3, -2), (2.0,), ("a",), (True,),
                           [[3, 3]], (None,), np.nan],
    "activation": ["Relu", 1, None, (), ("tanh", "tanh"), ("no",), (1,), LeakyReLU(1.5), ELU(0),
                   Huber(), Cosine(), LeakyReLU, (LeakyReLU(-1),), np.tanh],
    "solver": ["Adam", "newton", 1, None],
    "alpha": [-1e-9, np.inf, *NOT_A_NUMBER],
    "batch_size": [0, -3, 2.5, "all", None, np.nan],
    "learning_rate": ["fast", 0.1, None, Cosine, Cosine(warmup=1.0), Cosine(warmup=-0.1),
                      Cosine(end=2), Step(every=0), Step(decay=0), Step(decay=1.5),
                      Exponential(decay=0), Linear(end=-1), CosineRestarts(period=0),
                      CosineRestarts(growth=0.5), OneCycle(peak=0), OneCycle(peak=1),
                      OneCycle(start=2), InvScaling(power=-1), Adaptive(divisor=1),
                      Constant(epochs=0), Constant(epochs=2.5), Cosine(warmup="0.1"), Huber()],
    "learning_rate_init": [0, -1, np.inf, *NOT_A_NUMBER],
    "power_t": [-1, *NOT_A_NUMBER],
    "max_iter": [-1, 1.5, np.inf, *NOT_A_NUMBER],
    "shuffle": ["yes", 2, None],
    "random_state": ["seed", -1, 0.5],
    "tol": [-1, np.inf, *NOT_A_NUMBER],
    "verbose": [-1, "loud"],
    "warm_start": ["yes", None, 3],
    "momentum": [-0.1, 1.1, *NOT_A_NUMBER],
    "nesterovs_momentum": ["yes", None],
    "early_stopping": ["yes", None],
    "validation_fraction": [-0.1, 1.0, 2, *NOT_A_NUMBER],
    "beta_1": [-0.1, 1.0, *NOT_A_NUMBER],
    "beta_2": [-0.1, 1.0, *NOT_A_NUMBER],
    "epsilon": [0, -1, *NOT_A_NUMBER],
    "n_iter_no_change": [0, -1, 1.5, "10", None],
    "max_fun": [0, 1.5, *NOT_A_NUMBER],
    "initializer": ["he", None, 1],
    "zero_output": ["yes", None],
    "l1_ratio": [-0.1, 1.1, *NOT_A_NUMBER],
    "penalize_intercept": ["yes", None],
    "penalty_scale": ["rows", None, 1],
    "clip_norm": [0, -1, "1", np.nan, np.inf],
    "dropout": [-0.1, 1.0, "0.5", None, np.nan, (0.1, 0.2), (1.0,), ("0.1",), (None,), (True,)],
    "input_dropout": [-0.1, 1.0, (0.1,), *NOT_A_NUMBER],
    "batch_norm": ["output", None, 2],
    "residual": ["yes", None],
    "scoring": ["perfect", 1, ["accuracy", "loss"], {"a": "accuracy"}],
}  # fmt: skip
REGRESSOR_VALUES = {
    "loss": ["mse", "log_loss", 1, None, Huber(0), Huber(-1), Huber(np.nan), Huber("a"),
             Quantile(0), Quantile(1), Quantile(()), Quantile((0.5, 2)), Quantile("a"),
             Quantile(None), LeakyReLU(), Cosine(), Huber],
}  # fmt: skip
CLASSIFIER_VALUES = {
    "label_smoothing": [-0.1, 1.0, *NOT_A_NUMBER],
    "class_weight": ["even", 1, [1, 2, 3], {0: -1}, {0: np.nan}, {0: np.inf}, {0: "a"}, {0: None}],
}
PARAMETERS = [
    *((MLPClassifier, n, v) for n, values in (VALUES | CLASSIFIER_VALUES).items() for v in values),
    *((MLPRegressor, n, v) for n, values in REGRESSOR_VALUES.items() for v in values),
]
#: The parameters of an option object are named with the object: "slope of LeakyReLU ...".
OF_AN_OPTION = r"\w+ of \w+ must be"


def test_every_parameter_is_tried():
    every = {*MLPClassifier().get_params(), *MLPRegressor().get_params()}
    assert {name for _, name, _ in PARAMETERS} == every


@pytest.mark.parametrize(("cls", "name", "value"), PARAMETERS, ids=label)
def test_value_of_a_parameter(cls, name, value):
    solver = {"solver": "lbfgs"} if name == "max_fun" else {}
    with pytest.raises(ValueError, match=rf"{name}|{OF_AN_OPTION}") as caught:
        fit(cls, {**solver, name: value})
    message = str(caught.value)
    assert any(word in message for word in ("must be", "must have", "have to be"))
    assert len(message) < 1000


# --- combinations that cannot work ---------------------------------------------------------------

COMBINATIONS = [
    (MLPRegressor, {"solver": "lbfgs", "dropout": 0.1}, "dropout"),
    (MLPRegressor, {"solver": "lbfgs", "dropout": (0.1,)}, "dropout"),
    (MLPRegressor, {"solver": "lbfgs", "input_dropout": 0.1}, "input_dropout"),
    (MLPRegressor, {"solver": "lbfgs", "batch_norm": True}, "batch_norm"),
    (MLPRegressor, {"solver": "lbfgs", "l1_ratio": 0.5}, "l1_ratio"),
    (MLPRegressor, {"solver": "lbfgs", "clip_norm": 1.0}, "clip_norm"),
    (MLPRegressor, {"batch_norm": True, "batch_size": 1}, "batch_size"),
    (MLPClassifier, {"batch_norm": "input", "batch_size": 1}, "batch_size"),
    (MLPClassifier, {"early_stopping": True, "validation_fraction": 0.0}, "validation|test_size"),
    (MLPClassifier, {"early_stopping": True, "validation_fraction": 0.01}, "validation_fraction"),
    (MLPRegressor, {"early_stopping": True, "validation_fraction": 0.99}, "batch|valid|train"),
    (MLPRegressor, {"dropout": (0.1, 0.1)}, "dropout"),
    (MLPRegressor, {"activation": ("relu",), "hidden_layer_sizes": ()}, "activation"),
    (MLPRegressor, {"learning_rate": lambda progress: -1.0}, "learning_rate"),
    (MLPRegressor, {"learning_rate": lambda progress: np.nan}, "learning_rate"),
    (MLPRegressor, {"learning_rate": lambda progress: "1"}, "learning_rate"),
    (MLPRegressor, {"learning_rate": lambda progress: None}, "learning_rate"),
]


@pytest.mark.parametrize(("cls", "params", "named"), COMBINATIONS, ids=label)
def test_combination_that_cannot_work(cls, params, named):
    if params.get("validation_fraction") == 0.99:
        params = {**params, "batch_norm": True}  # a single row is left to learn from
    with pytest.raises(ValueError, match=named):
        fit(cls, params)


@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
def test_partial_fit_with_early_stopping(cls):
    classes = {"classes": range(3)} if cls is MLPClassifier else {}
    with pytest.raises(ValueError, match="early_stopping"):
        cls(early_stopping=True).partial_fit(X, y_class, **classes)


def test_several_quantiles_of_several_targets():
    with pytest.raises(ValueError, match="several quantiles"):
        fit(MLPRegressor, {"loss": Quantile((0.1, 0.9))}, y=np.c_[y_real, y_real])

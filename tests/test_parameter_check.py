"""Parameters that have passed the check are not checked again; others are."""

import numpy as np
import pytest
from sklearn.utils import _param_validation

from sknn_tune import (
    BayesSearchCV,
    MLPClassifier,
    MLPRegressor,
    TabularMLPClassifier,
    TabularMLPRegressor,
)
from sknn_tune.common.compat import Interval
from sknn_tune.mlp.compat import check_parameters


@pytest.mark.parametrize(
    ("name", "valid", "invalid"),
    [
        ("zero_output", True, 1),
        ("zero_output", True, 1.0),
        ("alpha", 1, True),
        ("max_iter", 5, 5.0),
        ("max_iter", np.int64(5), np.float64(5)),
        ("batch_size", "auto", "Auto"),
        ("clip_norm", None, 0),
        ("activation", ("relu", "tanh"), {"relu"}),
    ],
)
def test_equal_values_of_other_types(name, valid, invalid):
    check_parameters(MLPClassifier(**{name: valid}))
    for _ in range(2):
        try:
            _param_validation.validate_parameter_constraints(
                MLPClassifier._parameter_constraints, {name: invalid}, "MLPClassifier"
            )
        except ValueError as theirs:
            with pytest.raises(type(theirs), match=f"The '{name}' parameter of MLPClassifier"):
                check_parameters(MLPClassifier(**{name: invalid}))
        else:
            check_parameters(MLPClassifier(**{name: invalid}))


def test_classes_are_checked_by_their_own_rules():
    check_parameters(MLPRegressor(loss="huber"))

    class Other(MLPRegressor):
        _parameter_constraints = {}  # noqa: RUF012 - as scikit-learn has it

    check_parameters(Other(loss="nothing"))
    with pytest.raises(ValueError, match="'loss' parameter of MLPRegressor"):
        check_parameters(MLPRegressor(loss="nothing"))


def test_unhashable_values_are_checked():
    check_parameters(MLPClassifier(hidden_layer_sizes=[3, 2], class_weight={0: 1.0}))
    with pytest.raises(ValueError, match="'class_weight' parameter"):
        check_parameters(MLPClassifier(class_weight=[1.0]))


NUMBERS = [
    (cls, name)
    for cls in (
        BayesSearchCV,
        MLPClassifier,
        MLPRegressor,
        TabularMLPClassifier,
        TabularMLPRegressor,
    )
    for name, allowed in cls._parameter_constraints.items()
    if any(isinstance(each, Interval) for each in allowed)
]


def test_numbers_of_all_classes_are_tried():
    assert {
        (BayesSearchCV, "n_iter"),
        (BayesSearchCV, "max_time"),
        (MLPClassifier, "max_iter"),
        (TabularMLPRegressor, "n_members"),
    } <= set(NUMBERS)


@pytest.mark.parametrize(("cls", "name"), NUMBERS)
@pytest.mark.parametrize("value", [True, False, np.True_])
def test_a_bool_is_no_number(cls, name, value):
    allowed = {name: cls._parameter_constraints[name]}
    with pytest.raises(ValueError, match=f"'{name}' parameter of {cls.__name__}.*Got {value!r}"):
        _param_validation.validate_parameter_constraints(allowed, {name: value}, cls.__name__)


def test_a_search_does_not_take_true_for_a_second():
    X, y = np.arange(20.0)[:, None], np.arange(20) % 2
    search = BayesSearchCV(MLPClassifier(), "auto", max_time=True)
    with pytest.raises(ValueError, match="'max_time' parameter of BayesSearchCV"):
        search.fit(X, y)

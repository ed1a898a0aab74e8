"""scikit-learn's estimator checks for both classes, plain and with options switched on."""

import pytest
from labels import label
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_param_validation,
    parametrize_with_checks,
)

from sknn_tune import MLPClassifier, MLPRegressor

# Fits that end early, as scikit-learn's own configuration of the checks has them.
FAST = {"max_iter": 100}
ESTIMATORS = [MLPClassifier(**FAST), MLPRegressor(**FAST)]
OPTIONS = [
    {"batch_norm": "both", "residual": True},
    {"batch_norm": "hidden", "solver": "adamw", "learning_rate": "cosine"},
    {"residual": True, "activation": "gelu", "clip_norm": 1.0, "l1_ratio": 0.5},
]
WITH_OPTIONS = [cls(**FAST, **o) for o in OPTIONS for cls in (MLPClassifier, MLPRegressor)]
WITH_DROPOUT = [cls(**FAST, dropout=0.2) for cls in (MLPClassifier, MLPRegressor)]

# Warnings are what some checks provoke; those that matter are asserted by the checks.
pytestmark = pytest.mark.filterwarnings("ignore")


@parametrize_with_checks(ESTIMATORS)
def test_estimator(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(WITH_OPTIONS)
def test_estimator_with_options(estimator, check):
    check(estimator)


def _failing_with_dropout(estimator):
    reason = "a repeated row gets another mask, one of weight 2 is not"
    return {
        "check_sample_weight_equivalence_on_dense_data": reason,
        "check_sample_weight_equivalence_on_sparse_data": reason,
    }


@pytest.mark.slow
@parametrize_with_checks(WITH_DROPOUT, expected_failed_checks=_failing_with_dropout)
def test_estimator_with_dropout(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", [*ESTIMATORS, *WITH_OPTIONS, *WITH_DROPOUT], ids=label)
@pytest.mark.parametrize(
    "check", [check_param_validation, check_dataframe_column_names_consistency]
)
def test_check_that_is_not_yielded(estimator, check):
    check(type(estimator).__name__, estimator)

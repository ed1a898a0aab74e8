"""scikit-learn's estimator checks for the estimators of tables."""

import pytest
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from sknn_tune import TabularMLPClassifier, TabularMLPRegressor

FAST = {"n_members": 5, "hidden_layer_sizes": (32,), "max_epochs": 30}
ESTIMATORS = [TabularMLPClassifier(**FAST), TabularMLPRegressor(**FAST)]
#: A row of weight 2 is the row twice where there are no batches and no random masks.
EXACT = [
    cls(**FAST, dropout=0.0, batch_size="full")
    for cls in (TabularMLPClassifier, TabularMLPRegressor)
]
WEIGHTS = "check_sample_weight_equivalence_on_dense_data"

# Warnings are what some checks provoke; those that matter are asserted by the checks.
pytestmark = pytest.mark.filterwarnings("ignore")


def _failing(estimator):
    return {WEIGHTS: "a row that is repeated is in several batches, one of weight 2 is not"}


@parametrize_with_checks(ESTIMATORS, expected_failed_checks=_failing)
def test_estimator(estimator, check):
    check(estimator)


@parametrize_with_checks(EXACT)
def test_weights_are_repetitions_without_batches(estimator, check):
    if getattr(check, "func", check).__name__ == WEIGHTS:
        check(estimator)


@pytest.mark.slow
@parametrize_with_checks([TabularMLPClassifier(), TabularMLPRegressor()])
def test_estimator_with_defaults(estimator, check):
    if getattr(check, "func", check).__name__ == WEIGHTS:
        pytest.skip("whether the difference is within its tolerance depends on the seed")
    check(estimator)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_check_that_is_not_yielded(estimator):
    check_param_validation(type(estimator).__name__, estimator)

"""Reading the results of a search."""

import pytest
from sklearn.svm import SVC

from sknn_tune.common.cv_results import choose_metric, finished_results, metric_names

ONE = {"mean_fit_time": [1.0], "mean_test_score": [0.5]}
TWO = {"mean_test_auc": [0.5], "std_test_auc": [0.1], "mean_test_loss": [0.5]}


def test_metrics_are_found_in_their_order():
    assert metric_names(TWO) == ["auc", "loss"]
    assert metric_names([*ONE, 7]) == ["score"]


def test_one_metric_needs_no_name_and_several_do():
    assert choose_metric(ONE, None) == "score"
    assert choose_metric(TWO, "loss") == "loss"
    with pytest.raises(ValueError, match=r"one of \['auc', 'loss'\], got None"):
        choose_metric(TWO, None)
    with pytest.raises(ValueError, match="got 'auc'"):
        choose_metric(ONE, "auc")


def test_a_search_that_is_not_fitted_is_refused():
    with pytest.raises(TypeError, match="fitted search"):
        finished_results(SVC())

"""scikit-learn's own tests of its search classes, with BayesSearchCV as RandomizedSearchCV.

    python tests/sklearn_suite.py [pytest options]

Runs `sklearn/model_selection/tests/test_search.py` of the installed scikit-learn and prints how
each failure is accounted for. The exit code is 0 if every failure is a known deviation.
"""

import os
import sys

import pytest
import sklearn.model_selection

from sknn_tune import BayesSearchCV

SUITE = "sklearn.model_selection.tests.test_search"

# The tests that ask for what only RandomizedSearchCV can do, and why another answer is right.
DEVIATIONS = {
    "test_random_search_cv_results": (
        "asks for exactly the columns of RandomizedSearchCV; ours has posterior_mean and "
        "posterior_std besides"
    ),
    "test_random_search_cv_results_multimetric": (
        "expects the same table whether one metric or two are scored without refit; the trials "
        "follow the objective, which is the first of the two, and so does the posterior"
    ),
    "test_search_with_2d_array": (
        "asks for the three configurations that one random seed draws; ours are chosen otherwise"
    ),
    "test_search_cv_timing": (
        "expects the first value of the list, whose fit fails, in the first row; ours come in "
        "the order tried, and the estimator's own parameters are tried first"
    ),
    "test_random_search_bad_cv": (
        "the message is worded as in scikit-learn 1.9 under every version"
    ),
}


class Outcomes:
    """A pytest plugin that counts outcomes and keeps the names of failed tests."""

    def __init__(self):
        self.passed, self.failed = 0, []

    def pytest_runtest_logreport(self, report):
        """Take note of one phase of one test."""
        if report.failed:
            self.failed.append(report.nodeid.split("::")[-1])
        elif report.when == "call" and report.passed:
            self.passed += 1


def run(options=()):
    """Run the suite with the substitution made; return the outcome of it.

    Parameters
    ----------
    options : sequence of str
        Further options for pytest.

    Returns
    -------
    outcomes : Outcomes
    """
    outcomes = Outcomes()
    original = sklearn.model_selection.RandomizedSearchCV
    sklearn.model_selection.RandomizedSearchCV = BayesSearchCV
    try:
        # No configuration file: the suite is not held to this project's settings.
        own = ["--pyargs", SUITE, "-c", os.devnull, "-p", "no:cacheprovider", "-q", "--tb=no"]
        pytest.main([*own, "--disable-warnings", *options], plugins=[outcomes])
    finally:
        sklearn.model_selection.RandomizedSearchCV = original
    return outcomes


def unexplained(outcomes):
    """Return the failed tests that are no known deviation."""
    return [name for name in outcomes.failed if name.split("[")[0] not in DEVIATIONS]


def main():
    """Run, print the account, return the exit code."""
    outcomes = run(sys.argv[1:])
    print(f"\nscikit-learn {sklearn.__version__}: {outcomes.passed} passed")
    for name in outcomes.failed:
        print(f"  {name}: {DEVIATIONS.get(name.split('[')[0], 'NOT ACCOUNTED FOR')}")
    return int(bool(unexplained(outcomes)) or not outcomes.passed)


if __name__ == "__main__":
    sys.exit(main())

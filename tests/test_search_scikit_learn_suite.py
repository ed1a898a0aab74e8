"""RandomizedSearchCV's tests in scikit-learn hold for BayesSearchCV, known deviations aside."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import sknn_tune


@pytest.mark.slow
def test_the_suite_of_scikit_learn():
    """In a separate process: the substitution must come before the suite is imported."""
    script = Path(__file__).with_name("sklearn_suite.py")
    env = {**os.environ, "PYTHONPATH": str(Path(sknn_tune.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, env=env
    )
    assert done.returncode == 0, done.stdout + done.stderr

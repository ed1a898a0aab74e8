"""The callback for MLflow that the documentation shows, with MLflow itself."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from sknn_tune import BayesSearchCV

mlflow = pytest.importorskip("mlflow")

PAGE = Path(__file__).parents[1] / "docs" / "guide_other_tools.md"
pytestmark = [
    pytest.mark.skipif(
        find_spec("sklearn.callback") is None, reason="callbacks came with scikit-learn 1.9"
    ),
    # What MLflow says about its dependencies is not ours to judge.
    pytest.mark.filterwarnings("default"),
]
X, y = load_iris(return_X_y=True)


@pytest.fixture
def runs_after(tmp_path, monkeypatch):
    """Return what fits a search with the callback of the page, and then the runs logged."""
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    section = PAGE.read_text("utf-8").split("## MLflow")[1]
    code = re.search(r"(?ms)^```py\n(.*?)^```$", section)[1]

    def fit(search):
        names = {"search": search, "X": X, "y": y}
        exec(compile(code, PAGE.name, "exec"), names)
        return mlflow.search_runs(search_all_experiments=True, output_format="list")

    return fit


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_every_trial_is_a_run(runs_after, n_jobs):
    search = BayesSearchCV(
        SVC(), {"C": loguniform(1e-3, 1e3)}, n_iter=4, cv=3, random_state=0, n_jobs=n_jobs
    )
    runs = runs_after(search)
    results = search.cv_results_
    (whole,) = [run for run in runs if run.info.run_name == "BayesSearchCV"]
    assert whole.data.metrics["best_score"] == search.best_score_
    below = {run.info.run_name: run for run in runs if run is not whole}
    assert below.keys() == {f"trial {i}" for i in range(4)}
    for i in range(4):
        run = below[f"trial {i}"]
        assert run.data.params == {"C": str(results["params"][i]["C"])}
        assert run.data.metrics["mean_test_score"] == results["mean_test_score"][i]
        assert run.data.metrics["posterior_mean"] == results["posterior_mean"][i]
        assert run.data.tags["mlflow.parentRunId"] == whole.info.run_id
        assert run.info.status == "FINISHED"


def test_searches_of_scikit_learn_are_logged_too(runs_after):
    runs = runs_after(GridSearchCV(SVC(), {"C": [0.1, 1.0]}, cv=3))
    assert sorted(run.info.run_name for run in runs) == ["GridSearchCV", "trial 0", "trial 1"]

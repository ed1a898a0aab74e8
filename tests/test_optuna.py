"""Searches as studies of Optuna, and studies as earlier results; with Optuna itself."""

import datetime
import sys
from contextlib import closing

import numpy as np
import pytest
from scipy.stats import loguniform, norm, randint, uniform
from search_problems import AB, SPACE, Bowl, Hill, X, bowl_search, trials, y
from sklearn.linear_model import Ridge
from sklearn.model_selection import RandomizedSearchCV
from sklearn.svm import SVC

from sknn_tune import BayesSearchCV, hidden_layers, search_history, to_optuna
from sknn_tune.search.engine.space import Space
from sknn_tune.search.storage.database import Database
from sknn_tune.search.storage.prior_results import read_prior_results


@pytest.fixture
def optuna():
    package = pytest.importorskip("optuna")
    package.logging.set_verbosity(package.logging.WARNING)
    return package


def fails_below_zero(estimator):
    return estimator.a < 0


# ------------------------------------------------------------ a search as a study
def test_a_study_has_all_trials(optuna):
    search = bowl_search(n_iter=12).fit(X, y)
    study = to_optuna(search)
    assert [trial.params for trial in study.trials] == trials(search)
    assert [trial.value for trial in study.trials] == search.cv_results_["mean_test_score"].tolist()
    assert study.direction.name == "MAXIMIZE"
    assert study.best_params == search.best_params_
    assert study.best_value == search.best_score_
    for i, trial in enumerate(study.trials):
        splits = [search.cv_results_[f"split{k}_test_score"][i] for k in range(3)]
        assert trial.user_attrs["test_score"] == splits
        seconds = 3 * search.cv_results_["mean_fit_time"][i]
        assert trial.user_attrs["fit_time"] == pytest.approx(seconds)
        assert trial.duration.total_seconds() >= seconds - 1e-5


def test_distributions_keep_range_scale_and_order(optuna):
    space = {
        "a": uniform(-5, 10),
        "b": loguniform(1e-3, 1e3),
        "bias": [None, "plain", True, 2, 0.5],
        "layers": hidden_layers(n_layers=(1, 3), units=(8, 64)),
        "fail": [None],
    }
    search = bowl_search(Bowl(), space, n_iter=10, start_from_estimator=False).fit(X, y)
    study = to_optuna(search)
    of = study.trials[0].distributions
    kinds = optuna.distributions
    assert of["a"] == kinds.FloatDistribution(-5.0, 5.0)
    assert of["b"] == kinds.FloatDistribution(1e-3, 1e3, log=True)
    assert of["bias"] == kinds.CategoricalDistribution((None, "plain", True, 2, 0.5))
    assert of["fail"] == kinds.CategoricalDistribution((None,))
    for trial, params in zip(study.trials, trials(search), strict=True):
        assert trial.params == {**params, "layers": str(params["layers"])}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (randint(1, 9), ("IntDistribution", 1, 8, False)),
        (randint(-3, 5), ("IntDistribution", -3, 4, False)),
        (uniform(loc=1, scale=3), ("FloatDistribution", 1.0, 4.0, False)),
        (loguniform(np.float64(0.1), 10), ("FloatDistribution", 0.1, 10.0, True)),
    ],
)
def test_ranges(optuna, values, expected):
    search = bowl_search(Bowl(), {"a": values}, n_iter=3, start_from_estimator=False).fit(X, y)
    distribution = to_optuna(search).trials[0].distributions["a"]
    own = type(distribution).__name__, distribution.low, distribution.high, distribution.log
    assert own == expected


def test_a_range_that_a_description_does_not_tell_is_that_of_the_values(optuna):
    class Drawn:
        def rvs(self, random_state=None):
            return float(random_state.uniform(1, 2))

    for values in (Drawn(), norm(0, 1)):
        search = bowl_search(Bowl(), {"a": values}, n_iter=4, start_from_estimator=False)
        study = to_optuna(search.fit(X, y))
        seen = [trial.params["a"] for trial in study.trials]
        distribution = study.trials[0].distributions["a"]
        assert distribution.low <= min(seen)
        assert max(seen) <= distribution.high


def test_values_that_optuna_takes_for_one_are_told_apart(optuna):
    search = bowl_search(Bowl(), {"bias": [1, True, 1.0]}, n_iter=3, start_from_estimator=False)
    study = to_optuna(search.fit(X, y))
    assert sorted(trial.params["bias"] for trial in study.trials) == ["1", "1.0", "True"]


def test_branches_are_conditional(optuna):
    branches = [
        {"kernel": ["poly"], "C": loguniform(1e-2, 1e2), "degree": [2, 3]},
        {"kernel": ["rbf", "linear"], "C": [1.0, 5.0]},
    ]
    rng = np.random.default_rng(0)
    data, labels = rng.normal(size=(30, 2)), np.arange(30) % 2
    search = BayesSearchCV(SVC(), branches, n_iter=6, cv=2, random_state=0).fit(data, labels)
    study = to_optuna(search)
    assert [trial.params for trial in study.trials] == trials(search)
    assert {"poly", "rbf"} <= {trial.params["kernel"] for trial in study.trials}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
def test_failed_trials(optuna):
    search = bowl_search(Bowl(fail=fails_below_zero), n_iter=10).fit(X, y)
    study = to_optuna(search)
    for trial in study.trials:
        failed = trial.params["a"] < 0
        assert trial.state.name == ("FAIL" if failed else "COMPLETE")
    assert {trial.state.name for trial in study.trials} == {"FAIL", "COMPLETE"}


def test_rungs_are_intermediate_values(optuna):
    search = BayesSearchCV(
        Hill(), SPACE, n_iter=9, cv=2, random_state=0, resource="max_iter", refit=False
    ).fit(X, y)
    study, table = to_optuna(search), search.cv_results_
    assert len(study.trials) == len(set(table["configuration"]))
    for trial in study.trials:
        rows = table["configuration"] == trial.number
        assert trial.intermediate_values == dict(
            zip(table["n_resources"][rows], table["mean_test_score"][rows], strict=True)
        )
        is_full = table["n_resources"][rows].max() == 9
        assert trial.state.name == ("COMPLETE" if is_full else "PRUNED")
    assert {trial.state.name for trial in study.trials} == {"COMPLETE", "PRUNED"}
    assert study.best_value == search.best_score_


def test_several_metrics(optuna):
    search = BayesSearchCV(
        Ridge(),
        {"alpha": loguniform(1e-3, 1e3)},
        n_iter=3,
        cv=2,
        scoring=["r2", "neg_mean_squared_error"],
        refit="neg_mean_squared_error",
    ).fit(X, y)
    trial = to_optuna(search).trials[0]
    assert trial.value == search.cv_results_["mean_test_neg_mean_squared_error"][0]
    assert trial.user_attrs["test_r2"][0] == search.cv_results_["split0_test_r2"][0]


@pytest.mark.parametrize("resource", [None, "max_iter"])
def test_a_journal_gives_the_study_of_its_search(optuna, tmp_path, resource):
    path = tmp_path / "search.db"
    search = BayesSearchCV(
        Hill(), SPACE, n_iter=6, cv=2, random_state=0, resource=resource, storage=path
    ).fit(X, y)
    of_search, of_journal = to_optuna(search), to_optuna(path)
    for ours, stored in zip(of_search.trials, of_journal.trials, strict=True):
        assert ours.params == stored.params
        assert ours.distributions == stored.distributions
        assert ours.state == stored.state
        assert ours.value == pytest.approx(stored.value)
        assert ours.intermediate_values == pytest.approx(stored.intermediate_values)
        assert ours.user_attrs["test_score"] == stored.user_attrs["test_score"]
    ended = search_history(path)["ended"].iloc[-1]
    last = max(trial.datetime_complete for trial in of_journal.trials)
    assert last.astimezone() == datetime.datetime.fromisoformat(ended)


def height(estimator):
    return estimator.a


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
@pytest.mark.parametrize("objective", [["score", "-fit_time"], [height, "-score"]])
def test_several_objectives(optuna, tmp_path, objective):
    path = tmp_path / "search.db"
    search = bowl_search(
        Bowl(fail=fails_below_zero), objective=objective, n_iter=9, refit=False, storage=path
    ).fit(X, y)
    labels = [name.partition("_")[2] for name in search.cv_results_ if name[:9] == "objective"]
    columns = [search.cv_results_[f"objective_{label}"] for label in labels]
    signs = [-1 if label.startswith("-") else 1 for label in labels]
    of_search, of_journal = to_optuna(search), to_optuna(path)
    for study in (of_search, of_journal):
        assert study.metric_names == [label.removeprefix("-") for label in labels]
        names = ["MINIMIZE" if sign < 0 else "MAXIMIZE" for sign in signs]
        assert [direction.name for direction in study.directions] == names
        for i, trial in enumerate(study.trials):
            values = [s * column[i] for s, column in zip(signs, columns, strict=True)]
            failed = np.isnan(values[0])
            assert trial.state.name == ("FAIL" if failed else "COMPLETE")
            assert trial.values == (None if failed else pytest.approx(values))
        on_front = {trial.number for trial in study.best_trials}
        assert on_front == set(np.flatnonzero(search.cv_results_["pareto_optimal"]))


def test_rungs_with_several_objectives(optuna):
    search = BayesSearchCV(
        Hill(),
        SPACE,
        n_iter=9,
        cv=2,
        random_state=0,
        resource="max_iter",
        refit=False,
        objective=["score", "-fit_time"],
    ).fit(X, y)
    study = to_optuna(search)
    assert {trial.state.name for trial in study.trials} == {"COMPLETE", "PRUNED"}
    assert not any(trial.intermediate_values for trial in study.trials)


def test_a_function_without_a_name_in_the_journal_is_said(optuna, tmp_path):
    class Height:
        def __call__(self, estimator):
            return estimator.a

    path = tmp_path / "search.db"
    search = bowl_search(objective=["score", Height()], n_iter=3, refit=False, storage=path).fit(
        X, y
    )
    assert len(to_optuna(search).trials) == 3
    with pytest.raises(ValueError, match=r"does not tell which .*Height.*give the fitted"):
        to_optuna(path)


def test_optunas_tools_work_on_it(optuna, tmp_path):
    study = to_optuna(bowl_search(n_iter=20).fit(X, y))
    importance = optuna.importance.get_param_importances(study)
    assert importance.keys() == {"a", "b"}
    storage = optuna.storages.RDBStorage(f"sqlite:///{tmp_path / 'o.db'}")
    stored = optuna.create_study(storage=storage, direction="maximize")
    stored.add_trials(study.trials)
    assert stored.best_params == study.best_params
    trial = stored.ask()  # Optuna continues where the search ended
    assert -5 <= trial.suggest_float("a", -5, 5) <= 5
    storage.remove_session()
    storage.engine.dispose()  # which closes the file


# ------------------------------------------------------------ a study as earlier results
def objective(trial):
    a = trial.suggest_float("a", -5, 5)
    b = trial.suggest_float("b", 1e-3, 1e3, log=True)
    return (a - 1) ** 2 + (np.log10(b) - 1) ** 2


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_a_study_is_learned_from(optuna, direction):
    sign = 1 if direction == "minimize" else -1
    sampler = optuna.samplers.RandomSampler(seed=0)
    study = optuna.create_study(direction=direction, sampler=sampler)
    study.optimize(lambda trial: sign * objective(trial), n_trials=30)
    search = bowl_search(
        n_iter=2, prior_results=study, start_from_estimator=False, random_state=1
    ).fit(X, y)
    assert len(trials(search)) == 2
    assert search.best_score_ > -sign * study.best_value
    known = [trial.params for trial in study.trials]
    mean, _ = search.surrogate_.predict(known)
    assert np.corrcoef(mean, [-sign * t.value for t in study.trials])[0, 1] > 0.9


def test_a_search_comes_back_as_it_went(optuna):
    space = {
        "a": uniform(-5, 10),
        "b": [0.1, 1.0, 10.0],
        "layers": hidden_layers(n_layers=(1, 3), units=(8, 64)),
        "bias": [None, "plain", True, Ridge(), (1, 2)],
    }
    first = bowl_search(Bowl(), space, n_iter=12, start_from_estimator=False).fit(X, y)
    read = read_prior_results(to_optuna(first), Space(space), None)
    for (params, score), own, known in zip(
        read, trials(first), first.cv_results_["mean_test_score"], strict=True
    ):
        assert repr(params) == repr(own)
        assert score == known


def test_only_trials_that_are_complete_or_failed_count(optuna):
    study = optuna.create_study(direction="maximize")
    states = optuna.trial.TrialState
    for state, value in [(states.COMPLETE, 1.0), (states.FAIL, None), (states.PRUNED, 0.0)]:
        trial = study.ask()
        trial.suggest_float("a", -5, 5)
        trial.suggest_float("b", 1e-3, 1e3, log=True)
        study.tell(trial, value if state == states.COMPLETE else None, state)
    study.ask()
    scores = [score for _, score in read_prior_results(study, Space(AB), "score")]
    assert scores[0] == 1.0
    assert np.isnan(scores[1])
    assert len(scores) == 2


def test_a_study_of_several_objectives_is_refused(optuna):
    study = optuna.create_study(directions=["minimize", "maximize"])
    with pytest.raises(ValueError, match="prior_results: the study has 2 objectives"):
        bowl_search(prior_results=study).fit(X, y)


# ------------------------------------------------------------ errors
def test_without_optuna(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match=r"to_optuna needs Optuna, .* `pip install optuna`"):
        to_optuna(bowl_search())


@pytest.mark.parametrize("make", [lambda: bowl_search(), lambda: None, lambda: Ridge()])
def test_what_is_no_fitted_search_is_refused(optuna, make):
    with pytest.raises(TypeError, match=r"search_or_storage must be a fitted BayesSearchCV"):
        to_optuna(make())
    random = RandomizedSearchCV(Bowl(), AB, n_iter=2, cv=2).fit(X, y)
    with pytest.raises(TypeError, match=r"of type RandomizedSearchCV"):
        to_optuna(random)


def test_files_that_are_no_journal(optuna, tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        to_optuna(tmp_path / "none.db")


def test_a_journal_whose_space_is_damaged(optuna, tmp_path):
    path = tmp_path / "search.db"
    bowl_search(n_iter=3, storage=path).fit(X, y)
    with closing(Database(str(path))) as database:
        database.execute("UPDATE search SET value = '{}' WHERE key = 'description'")
    with (
        pytest.warns(UserWarning, match="is damaged: the description"),
        pytest.raises(ValueError, match="the space in it cannot be read"),
    ):
        to_optuna(path)


def test_the_text_of_a_journal_runs_no_code(optuna):
    from sknn_tune.search.optuna_distributions import OptunaParameter

    for text in ("uniform(__import__('os').getpid())", "exec('1')", "test()", "uniform", "(", "1"):
        distribution = OptunaParameter([text], [1.0, 2.0]).distribution
        assert (distribution.low, distribution.high) == (1.0, 2.0)

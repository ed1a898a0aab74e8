"""The networks of the command line: tuned while there is time, chosen by rows they lack."""

import numpy as np
import pytest
from sklearn.datasets import make_friedman1
from sklearn.metrics import log_loss, r2_score

from sknn_tune import hidden_layers
from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.contest.networks import (
    average,
    choose_lengths,
    choose_widths,
    make_network,
    make_tried_network,
    predict_unseen,
    unseen_losses,
)
from sknn_tune.command_line.contest.preparation import make_preparation
from sknn_tune.command_line.contest.problem import make_problem
from sknn_tune.command_line.contest.scores import METRICS
from sknn_tune.command_line.contest.tuning import (
    Asked,
    Candidate,
    Search,
    choose,
    fit_best,
    has_time_to_tune,
)
from sknn_tune.command_line.explain import explain_model
from sknn_tune.command_line.files.table import Table
from sknn_tune.command_line.folder import SavedModel, load_model, save_model

FAST = {"n_members": 5, "max_epochs": 3}


def encoded(task, **design):
    """A problem of numbers and words, and the steps that encode it."""
    X, y = make_friedman1(200, 5, noise=0.5, random_state=0)
    cells = {f"x{i}": [f"{value:.4f}" for value in X[:, i]] for i in range(5)}
    cells["word"] = [["u", "v", ""][i % 3] for i in range(200)]
    cells["block"] = [str(i // 10) for i in range(200)]
    labels = ["low" if value < 14 else "high" for value in y]
    cells["y"] = labels if task == "classification" else [f"{value:.4f}" for value in y]
    problem = make_problem(Table(cells, ".", []), "y", **design)
    preparation = make_preparation(problem.columns)
    return preparation, problem._replace(
        X=preparation.fit_transform(problem.X), X_test=preparation.transform(problem.X_test)
    )


@pytest.fixture(scope="module")
def of_classes():
    return encoded("classification")


@pytest.fixture(scope="module")
def of_numbers():
    return encoded("regression")[1]


def tuned(problem, clock, default_seconds, n_iter):
    asked = Asked(METRICS["R2"], n_iter=n_iter)
    return Search.for_time(problem, clock, default_seconds, asked).run(
        problem, clock, default_seconds
    )


def candidate(problem, **params):
    return Candidate.fit(problem, FAST | params, Clock.of(1000))


def test_a_network_is_judged_by_rows_that_its_members_lack(of_classes, of_numbers):
    _, problem = of_classes
    network = candidate(problem).network
    p = predict_unseen(network)
    expected = log_loss(problem.y, p, labels=network.classes_)
    assert unseen_losses(p, problem, METRICS["log-loss"]).mean() == pytest.approx(expected)
    seen = log_loss(problem.y, network.predict_proba(problem.X), labels=network.classes_)
    assert expected > seen
    network = candidate(of_numbers).network
    expected = r2_score(of_numbers.y, predict_unseen(network))
    metric = METRICS["R2"]
    losses = unseen_losses(predict_unseen(network), of_numbers, metric)
    found = metric.of(losses, of_numbers.y)
    assert found == pytest.approx(expected)


def test_the_average_is_the_mean_of_its_networks_and_can_be_saved(of_classes, tmp_path):
    preparation, problem = of_classes
    networks = [candidate(problem, hidden_layer_sizes=(n,)).network for n in (8, 16)]
    model = average(networks, problem)
    p = model.predict_proba(problem.X_test)
    mean = np.mean([network.predict_proba(problem.X_test) for network in networks], axis=0)
    np.testing.assert_allclose(p, mean, rtol=1e-12)
    np.testing.assert_array_equal(model.predict(problem.X_test), model.classes_[p.argmax(axis=1)])
    preparation.steps.append(("network", model))
    save_model(tmp_path, SavedModel(preparation, problem.columns, "y", problem.task))
    loaded = load_model(tmp_path).model.named_steps["network"]
    np.testing.assert_array_equal(loaded.predict_proba(problem.X_test), p)
    assert "average of 2 networks" in explain_model(tmp_path)


def test_the_best_on_unseen_rows_is_chosen(of_numbers):
    metric = METRICS["R2"]
    poor, good = (candidate(of_numbers, max_epochs=n) for n in (1, 60))
    parts, network = choose([poor], good, of_numbers, metric)
    assert parts == [good]
    assert network is good.network
    # Errors that cancel make an average better than its parts.
    away = np.where(np.arange(len(of_numbers.y)) % 2, 1.0, -1.0)
    ours = [good._replace(unseen=of_numbers.y + shift) for shift in (away, -0.9 * away)]
    parts, network = choose([ours[1], poor], ours[0], of_numbers, metric)
    assert [part.unseen[0] for part in parts] == [ours[1].unseen[0], ours[0].unseen[0]]
    assert len(network.estimators_) == 2


def test_what_is_worse_than_the_defaults_is_in_no_average(of_numbers):
    fitted = candidate(of_numbers)
    away = np.where(np.arange(len(of_numbers.y)) % 2, 1.0, -1.0)
    default = fitted._replace(unseen=of_numbers.y + away)
    worse = fitted._replace(unseen=of_numbers.y - 1.1 * away)
    parts, network = choose([worse], default, of_numbers, METRICS["R2"])
    assert parts[0] is default
    assert network is default.network


def test_without_unseen_rows_the_winner_of_the_search_is_chosen():
    _, problem = encoded("regression", time="x0")
    one, other = candidate(problem), candidate(problem, dropout=0.3)
    assert one.unseen is None
    assert choose([other], one, problem, METRICS["R2"]) == ([other], other.network)


@pytest.mark.parametrize("design", [{}, {"group": "block"}, {"time": "x0"}])
def test_the_defaults_are_tried_first_and_not_fitted_again(design):
    _, problem = encoded("regression", **design)
    default = candidate(problem)
    search = tuned(problem, Clock.of(1000), 1.0, n_iter=2)
    first = search.cv_results_["params"][0]
    kind = type(make_network(problem, 1.0))()
    assert all(value == getattr(kind, name) for name, value in first.items() if name in TOLD)
    candidates = fit_best(search, problem, default, Clock.of(1000))
    assert len(candidates) == 2
    assert sum(one is default for one in candidates) == 1


TOLD = ("hidden_layer_sizes", "learning_rate_init", "dropout", "weight_decay", "numeric_embedding")


def test_longer_fits_are_tried_where_they_are_affordable(of_numbers):
    network = make_tried_network(of_numbers).set_params(max_epochs=20)
    for affordable, expected in ((1.0, [20]), (2.5, [20, 40]), (9.0, [20, 40, 80])):
        assert choose_lengths(network, affordable) == expected
    assert choose_lengths(network.set_params(max_epochs=100), 9.0) == [100]


def test_tuning_needs_time_for_a_search_and_a_fit(of_numbers):
    assert has_time_to_tune(of_numbers, 1.0, Clock.of(100))
    assert not has_time_to_tune(of_numbers, 30.0, Clock.of(30))


def test_layers_are_as_wide_as_there_is_time_for(of_numbers):
    network, offered = make_tried_network(of_numbers), hidden_layers((1, 4), (32, 512))
    for affordable, widest in ((0.1, 128), (6.0, 256), (1e9, 512)):
        found = choose_widths(network, offered, affordable)
        assert found == hidden_layers((1, 4), (32, widest))


def test_no_trial_takes_a_large_part_of_a_short_search(of_numbers):
    # Of 40 seconds, in which the network of the defaults fits eight times.
    search = tuned(of_numbers, Clock.of(40), 5.0, n_iter=1)
    assert search.param_distributions["hidden_layer_sizes"].units == (32, 128)
    search = tuned(of_numbers, Clock.of(1e5), 5.0, n_iter=1)
    assert search.param_distributions["hidden_layer_sizes"].units == (32, 512)

"""A search that ends in time, and the networks that are fitted with what it finds."""

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss, make_scorer

from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.contest.networks import (
    TRIED_MEMBERS,
    average,
    choose_lengths,
    choose_widths,
    make_network,
    make_tried_network,
    predict_unseen,
    unseen_loss,
)
from sknn_tune.command_line.contest.problem import Problem
from sknn_tune.command_line.contest.scores import Metric
from sknn_tune.search import BayesSearchCV

# Configurations that a search should at least have time for, as fewer are seldom better than the
# defaults, and the part of its time that may go into the costliest, which is lost if the time ends
# meanwhile.
_FEWEST_TRIALS, _TRIAL_SHARE = 6, 0.2
# Of the time that is left, for the search; what a fit of the winner takes is kept besides.
_SEARCH_SHARE, _LEAST_SECONDS = 0.7, 3.0
# The most of it that the longest fit of a winner may take.
_REFIT_SHARE = 0.5
# Networks that may be averaged, and how much longer than foreseen a fit may take.
_MOST_NETWORKS, MARGIN = 4, 1.3


class Asked(NamedTuple):
    """What a user may say of the search."""

    metric: Metric  #: what is optimised
    n_iter: int = 50  #: most configurations to try
    seed: int = 0
    storage: str | Path | None = None  #: a file that keeps the trials; the search in it is resumed
    verbose: int = 0  #: 1 shows the progress


class Candidate(NamedTuple):
    """A network that was fitted on all rows but the test."""

    params: dict[str, Any]  #: what differs from the defaults
    network: Any
    unseen: np.ndarray | None  #: of `predict_unseen`
    seconds: float

    @classmethod
    def fit(cls, problem: Problem, params: dict[str, Any], clock: Clock) -> "Candidate":
        """Fit the default network with some parameters, until the clock ends at the latest."""
        began = time.monotonic()
        network = make_network(problem, clock.left).set_params(**params)
        network.fit(problem.X, problem.y)
        return cls(params, network, predict_unseen(network), time.monotonic() - began)


@contextmanager
def budget_warnings_ignored() -> Iterator[None]:
    """Silence warnings about what is meant: the time, not the loss, says when a fit ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        # Rare classes may be missing from a fold.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        warnings.filterwarnings("ignore", "The total space of parameters", UserWarning)
        yield


def has_time_to_tune(problem: Problem, default_seconds: float, clock: Clock) -> bool:
    """Return whether a short search and a fit of its winner fit in.

    Parameters
    ----------
    problem : Problem
    default_seconds : float
        That the fit with the defaults took.
    clock : Clock
        When to be done.
    """
    a_trial = _trial_seconds(problem, default_seconds)
    return clock.left > MARGIN * (default_seconds + _FEWEST_TRIALS * a_trial)


def _trial_seconds(problem: Problem, default_seconds: float) -> float:
    """What the first trial takes, that of the defaults."""
    n_members = make_network(problem, 1.0).n_members
    return default_seconds * len(problem.pairs) * TRIED_MEMBERS / n_members


class Search(NamedTuple):
    """A search that is to be run."""

    search: BayesSearchCV  #: without a limit of its time
    longest: float  #: times as long as the default network, that one of its networks trains

    @classmethod
    def stored(cls, problem: Problem, asked: Asked) -> "Search":
        """Return the search that a file keeps, of the same space however fast the machine is."""
        network = make_tried_network(problem)
        return cls._of(network, problem, choose_lengths(network, np.inf), asked)

    @classmethod
    def for_time(
        cls, problem: Problem, clock: Clock, default_seconds: float, asked: Asked
    ) -> "Search":
        """Return a search of networks that there is time for.

        Parameters
        ----------
        problem : Problem
        clock : Clock
            When to be done, a fit of the winner included.
        default_seconds : float
            That a fit with the defaults takes.
        asked : Asked
        """
        network = make_tried_network(problem)
        affordable = _REFIT_SHARE * clock.left / (MARGIN * default_seconds)
        made = cls._of(network, problem, choose_lengths(network, affordable), asked)
        a_trial = made.longest * _trial_seconds(problem, default_seconds)
        n_trials = made.seconds(clock, default_seconds) / a_trial
        space: Any = made.search.param_distributions
        offered = space["hidden_layer_sizes"]
        space["hidden_layer_sizes"] = choose_widths(network, offered, _TRIAL_SHARE * n_trials)
        return made

    @classmethod
    def _of(cls, network: Any, problem: Problem, lengths: list[int], asked: Asked) -> "Search":
        search = _make_search(network, problem, lengths, asked)
        return cls(search, lengths[-1] / lengths[0])

    def seconds(self, clock: Clock, default_seconds: float) -> float:
        """Return what the search may take, so that a fit of its winner ends in time."""
        a_refit = MARGIN * default_seconds * self.longest
        return max(min(_SEARCH_SHARE * clock.left, clock.left - a_refit), _LEAST_SECONDS)

    def run(self, problem: Problem, clock: Clock, default_seconds: float) -> BayesSearchCV:
        """Search until the time or the number of trials is used up; refit nothing."""
        self.search.max_time = self.seconds(clock, default_seconds)
        return self.search.fit(problem.X, problem.y)


def _make_search(network: Any, problem: Problem, lengths: list[int], asked: Asked) -> BayesSearchCV:
    space = network._default_param_distributions()
    if len(lengths) > 1:
        space["max_epochs"] = lengths
    longest = {name: getattr(network, name) for name in space} | {"max_epochs": lengths[-1]}
    return BayesSearchCV(
        network,
        space,
        # After the defaults.
        initial_params=[longest] if len(lengths) > 1 else None,
        n_iter=asked.n_iter,
        cv=problem.pairs,
        scoring=make_scoring(asked.metric, problem.y),
        random_state=asked.seed,
        # Not by the search, which would cut a refit short at its deadline, halfway down the rate.
        refit=False,
        storage=asked.storage,
        verbose=asked.verbose,
    )


def fit_best(
    search: BayesSearchCV, problem: Problem, default: Candidate, clock: Clock
) -> list[Candidate]:
    """Fit the best configurations of a search on all rows, as many as there is time for.

    Parameters
    ----------
    search : BayesSearchCV
        Of `Search.run`.
    problem : Problem
    default : Candidate
        Fitted with the default settings, which is not fitted again.
    clock : Clock
        When to be done.

    Returns
    -------
    candidates : list of Candidate
        The best first, at least one; the default among them at its place.
    """
    results = search.cv_results_
    scores, seconds = results["mean_test_score"], results["mean_fit_time"]
    order = [int(i) for i in np.argsort(-scores, kind="stable") if np.isfinite(scores[i])]
    tried = search.estimator.get_params()
    candidates: list[Candidate] = []
    for i in order[:_MOST_NETWORKS]:
        params = results["params"][i]
        if all(tried[name] == value for name, value in params.items()):
            candidates.append(default)
            continue
        # The first trial is that of the defaults.
        foreseen = default.seconds * max(seconds[i] / seconds[0], 1.0)
        if candidates and clock.left < MARGIN * foreseen:
            break
        candidates.append(Candidate.fit(problem, params, clock))
    return candidates


def choose(
    candidates: list[Candidate], default: Candidate, problem: Problem, metric: Metric
) -> tuple[list[Candidate], Any]:
    """Return the network that is best on unseen rows, one or an average, and what it consists of.

    Parameters
    ----------
    candidates : list of Candidate
        Of `fit_best`; the first is taken where nothing is known of unseen rows.
    default : Candidate
        May be among them.
    problem : Problem
    metric : Metric

    Returns
    -------
    parts : list of Candidate
    network : estimator
        Fitted.
    """
    others = [candidate for candidate in candidates if candidate is not default]
    if default.unseen is None:
        return candidates[:1], candidates[0].network

    def loss(unseen: np.ndarray) -> float:
        return unseen_loss(unseen, problem, metric)

    # A row is unseen by few members of each: averages look better there than they are, so that
    # they may not make up for what is worse than the defaults.
    ranked = [(loss(default.unseen), default)]
    ranked += [(loss(c.unseen), c) for c in others if c.unseen is not None]
    ranked = sorted((pair for pair in ranked if pair[0] <= ranked[0][0]), key=lambda pair: pair[0])
    best = [candidate for _, candidate in ranked]
    totals = np.cumsum([candidate.unseen for candidate in best], axis=0)
    of_means = [loss(total / n) for n, total in enumerate(totals, start=1)]
    parts = best[: int(np.argmin(of_means)) + 1]
    networks = [part.network for part in parts]
    return parts, networks[0] if len(networks) == 1 else average(networks, problem)


def make_scoring(metric: Metric, y: np.ndarray) -> Any:
    """Return what the search maximises."""
    if metric.name == "log-loss":
        # All classes are named: a small fold may lack one.
        return make_scorer(
            log_loss, labels=np.unique(y), response_method="predict_proba", greater_is_better=False
        )
    return {
        "accuracy": "accuracy",
        "R2": "r2",
        "rmse": "neg_root_mean_squared_error",
        "mae": "neg_mean_absolute_error",
    }[metric.name]

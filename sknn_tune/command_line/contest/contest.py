"""Baselines, networks and the average of the best, compared on the same test rows."""

import time
from pathlib import Path
from typing import Any, NamedTuple

from sklearn.pipeline import Pipeline

from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.contest.baselines import BOOSTING, DUMMY, fit_other, make_baselines
from sknn_tune.command_line.contest.companion import fit_companion, is_of_use
from sknn_tune.command_line.contest.fold_losses import (
    choose_folds,
    losses_of_baseline,
    losses_of_network,
)
from sknn_tune.command_line.contest.leaderboard import AVERAGE, DEFAULT, TUNED, Leaderboard
from sknn_tune.command_line.contest.networks import average, compile_kernels
from sknn_tune.command_line.contest.preparation import make_preparation
from sknn_tune.command_line.contest.problem import Problem
from sknn_tune.command_line.contest.scores import Metric
from sknn_tune.command_line.contest.tuning import (
    Asked,
    Candidate,
    Search,
    choose,
    fit_best,
    has_time_to_tune,
)
from sknn_tune.command_line.errors import about
from sknn_tune.command_line.options import FitOptions
from sknn_tune.command_line.stages import Stages
from sknn_tune.search import BayesSearchCV
from sknn_tune.search.storage.usable import check_usable

# Of the time given, for what comes after the last fit: to score, to draw and to write.
AROUND_SHARE, AROUND_SECONDS = 0.2, 10.0
# Of the time that is left, for the baselines, and for the first fit of a search that is stored.
BASELINE_SHARE, STORED_SHARE = 0.4, 0.5
# Of the time that is left, for each model that is fitted in folds.
FOLDS_SHARE = 0.1
# A first fit that takes longer than it takes to load kernels has compiled them.
_LOADING_SECONDS = 4.0


class Fitted(NamedTuple):
    """The results of a run."""

    model: Pipeline
    search: BayesSearchCV | None  #: None where there was no time for one
    leaderboard: Leaderboard
    best: str  #: the entry of the leaderboard that is the model
    clock: Clock  #: when to be done


def find_model(
    file: str | Path,
    problem: Problem,
    metric: Metric,
    options: FitOptions,
    stages: Stages,
) -> Fitted:
    """Fit the baselines, tune a network and test them all.

    Parameters
    ----------
    file : path-like
        Named in errors.
    problem : Problem
    metric : Metric
        What is optimised and compared.
    options : FitOptions
    stages : Stages
        Notified of what is being done; the time given started when it did.

    Returns
    -------
    found : Fitted

    Raises
    ------
    BadInput
        If the storage cannot be used.
    """
    stages.start("Encoding the columns")
    preparation = make_preparation(problem.columns)
    encoded = problem._replace(
        X=preparation.fit_transform(problem.X), X_test=preparation.transform(problem.X_test)
    )
    contest = _Contest(encoded, Leaderboard(metric, problem.y_test), stages)
    stored = contest.stored_search(options)
    stages.start("Compiling kernels for float32, once per machine")
    clock = _start_clock(problem.task, options.max_time, stages.began)
    contest.fit_baselines(clock.share(BASELINE_SHARE))
    best, network, search = contest.fit_networks(file, options, clock, stored)
    clock = contest.fit_others(options.also, clock)
    model = Pipeline([*preparation.steps, ("network", network)])
    return Fitted(model, search, contest.board, best, clock)


def around_seconds(max_time: float) -> float:
    """Return the part of the time given that is kept for what comes after the last fit."""
    return min(AROUND_SHARE * max_time, AROUND_SECONDS)


def _start_clock(task: str, max_time: float, began: float) -> Clock:
    """Compile, and return the clock of what follows; compiling is not part of the time given."""
    before = time.monotonic()
    compile_kernels(task)
    seconds = time.monotonic() - before
    used = before - began + (seconds if seconds < _LOADING_SECONDS else 0.0)
    return Clock.of(max_time - used - around_seconds(max_time))


class _Contest:
    """Models that are fitted and tested one after another.

    Parameters
    ----------
    problem : Problem
        Of numbers and categories.
    board : Leaderboard
        Where they are entered.
    stages : Stages
        Notified of what is being done.
    """

    def __init__(self, problem: Problem, board: Leaderboard, stages: Stages) -> None:
        self._problem, self.board, self._stages = problem, board, stages

    def stored_search(self, options: FitOptions) -> Search | None:
        """Return the search that is stored, if one is; refuse a storage that holds another."""
        if options.storage is None:
            return None
        stored = Search.stored(self._problem, self._asked(options))
        with about(options.storage, ValueError, OSError):
            if check_usable(options.storage):
                stored.search._check_storage(self._problem.X, self._problem.y)
        return stored

    def fit_baselines(self, clock: Clock) -> None:
        """Fit what a network should be compared with."""
        for contender in make_baselines(self._problem):
            self._stages.start(f"Fitting {contender.name}", clock)
            before = time.monotonic()
            model = contender.fit(clock)
            seconds = time.monotonic() - before
            self._enter(contender.name, model, seconds, contender.remark(model))

    def fit_networks(
        self, file: str | Path, options: FitOptions, clock: Clock, stored: Search | None
    ) -> tuple[str, Any, BayesSearchCV | None]:
        """Fit the default network, tune it where there is time, and average the best."""
        problem = self._problem
        self._stages.start(f"Fitting the {DEFAULT}", clock)
        default = Candidate.fit(problem, {}, clock.share(STORED_SHARE) if stored else clock)
        self._enter(DEFAULT, default.network, default.seconds)
        self._fit_folds(default.network, clock)
        best, network, search = DEFAULT, default.network, None
        if stored or has_time_to_tune(problem, default.seconds, clock):
            to_run = stored or Search.for_time(
                problem, clock, default.seconds, self._asked(options)
            )
            before = time.monotonic()
            with about(options.storage or file, ValueError, OSError):
                search = self._search(to_run, default, clock)
            best, network = self._fit_best(search, default, clock, before)
        if best == DEFAULT:
            best, network = self._with_companion(default, clock)
        return best, network, search

    def _search(self, to_run: Search, default: Candidate, clock: Clock) -> BayesSearchCV:
        self._stages.start("Tuning", clock)
        with self._stages.paused():
            return to_run.run(self._problem, clock, default.seconds)

    def _fit_best(
        self, search: BayesSearchCV, default: Candidate, clock: Clock, before: float
    ) -> tuple[str, Any]:
        """Fit the best configurations of a search on all rows, and choose among them."""
        self._stages.start("Fitting the best configurations on all rows", clock)
        candidates = fit_best(search, self._problem, default, clock)
        parts, network = choose(candidates, default, self._problem, self.board.metric)
        seconds = time.monotonic() - before
        for candidate in [part for part in (*parts, *candidates) if part is not default][:1]:
            self._enter(TUNED, candidate.network, seconds)
        if len(parts) > 1:
            self._enter(AVERAGE, network, seconds)
            return AVERAGE, network
        return DEFAULT if parts[0] is default else TUNED, network

    def _with_companion(self, default: Candidate, clock: Clock) -> tuple[str, Any]:
        """Spend the time that is left on more members."""
        problem = self._problem
        self._stages.start("Fitting more members", clock)
        companion = fit_companion(problem, default, clock)
        if companion is None or not is_of_use(companion, default, problem, self.board.metric):
            return DEFAULT, default.network
        network = average([default.network, companion.network], problem)
        self._enter(AVERAGE, network, default.seconds + companion.seconds)
        return AVERAGE, network

    def fit_others(self, names: tuple[str, ...], clock: Clock) -> Clock:
        """Fit models of other packages last, as they cannot be cut short; add their time."""
        for name in names:
            self._stages.start(f"Fitting {name}")
            before = time.monotonic()
            model = fit_other(self._problem, name)
            seconds = time.monotonic() - before
            self._enter(name, model, seconds)
            clock = Clock(clock.end + seconds)
        return clock

    def _fit_folds(self, network: Any, clock: Clock) -> None:
        """Fit the best of the baselines and boosting in folds, where there is time for it."""
        problem, metric = self._problem, self.board.metric
        of_network = losses_of_network(network, problem, metric)
        if of_network is None:
            return
        self.board.add_folds(DEFAULT, of_network)
        seconds = {entry.name: entry.seconds for entry in self.board}
        best = next(name for name in seconds if name not in (DEFAULT, DUMMY))
        for name in dict.fromkeys([best, BOOSTING]):
            folds = choose_folds(problem, FOLDS_SHARE * clock.left / max(seconds[name], 1e-3))
            if folds:
                self._stages.start(f"Fitting {name} in {len(folds)} folds", clock)
                self.board.add_folds(name, losses_of_baseline(name, problem, metric, folds))

    def _asked(self, options: FitOptions) -> Asked:
        return Asked(
            self.board.metric,
            options.n_iter,
            options.seed,
            options.storage,
            int(self._stages.is_terminal),
        )

    def _enter(self, name: str, model: Any, seconds: float, remark: str = "") -> None:
        """Test a fitted model, and say how good it is."""
        self._stages.start(f"Testing the {name}")
        entry = self.board.add(name, model, self._problem.X_test, seconds, remark)
        self._stages.say(self.board.line(entry))

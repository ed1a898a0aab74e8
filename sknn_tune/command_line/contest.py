"""Baselines, a tuned network and the average of the best, compared on the same test rows."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sklearn.pipeline import Pipeline

from sknn_tune.command_line.baselines import DUMMY, make_baselines, make_linear
from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.errors import about
from sknn_tune.command_line.leaderboard import AVERAGE, DEFAULT, TABLE, TUNED, Leaderboard
from sknn_tune.command_line.model import make_network
from sknn_tune.command_line.options import FitOptions
from sknn_tune.command_line.preparation import make_preparation
from sknn_tune.command_line.problem import Problem
from sknn_tune.command_line.scores import Metric
from sknn_tune.command_line.stages import Stages
from sknn_tune.command_line.table_network import (
    compile_table_kernels,
    make_table_network,
    unseen_figure,
)
from sknn_tune.command_line.tuning import (
    Matrix,
    average,
    compile_kernels,
    count_epochs,
    refit,
    tune,
)
from sknn_tune.search import BayesSearchCV

# Of the time given, for what comes after the last fit: to score, to draw and to write.
AROUND_SHARE, AROUND_SECONDS = 0.15, 10.0
BASELINE_SHARE, TABLE_SHARE = 0.2, 0.45
# A first fit that takes longer than it takes to load kernels has compiled them.
_LOADING_SECONDS = 4.0


class Fitted(NamedTuple):
    """What a run has found."""

    model: Pipeline
    search: BayesSearchCV
    leaderboard: Leaderboard
    best: str  #: the entry of the leaderboard that is the model
    clock: Clock  #: when to be done


def find_model(
    file: str | Path,
    problem: Problem,
    metric: Metric,
    options: FitOptions,
    stages: Stages,
    began: float,
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
        Hears what is being done.
    began : float
        When the time given started, in the seconds of time.monotonic.

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
    data = Matrix(preparation.fit_transform(problem.X), problem.y, problem.task, problem.pairs)
    X_test = preparation.transform(problem.X_test)
    stages.start("Compiling kernels for float32, once per machine")
    clock = _start_clock(problem.task, options.max_time, began)
    board = Leaderboard(metric, problem.y_test)
    _fit_baselines(problem, data, X_test, board, options.also, clock.share(BASELINE_SHARE), stages)
    epochs = count_epochs(data, clock, stored=options.storage is not None)
    network = make_network(data.task, len(data.y), epochs[-1])
    _fit_on_matrix(DEFAULT, network, data, X_test, board, stages)
    table = _fit_table_network(problem, board, clock.share(TABLE_SHARE), stages)
    search, network = _tune(file, data, epochs, board, X_test, clock, options, stages)
    sign = 1 if metric.larger_is_better else -1
    unseen = unseen_figure(table, problem, metric)
    if unseen is not None and sign * unseen > search.best_score_:
        return Fitted(table, search, board, TABLE, clock)
    best = TUNED
    stages.start("Averaging the best networks", clock)
    before = time.monotonic()
    averaged = average(search, data, clock, metric)
    if averaged is not None:
        best, network = AVERAGE, averaged
        _enter(AVERAGE, network, X_test, time.monotonic() - before, board, stages)
    return Fitted(Pipeline([*preparation.steps, ("network", network)]), search, board, best, clock)


def _fit_table_network(
    problem: Problem, board: Leaderboard, clock: Clock, stages: Stages
) -> Pipeline:
    stages.start(f"Fitting the {TABLE}", clock)
    before = time.monotonic()
    model = make_table_network(problem, clock.left).fit(problem.X, problem.y)
    _enter(TABLE, model, problem.X_test, time.monotonic() - before, board, stages)
    return model


def _tune(
    file: str | Path,
    data: Matrix,
    epochs: list[int],
    board: Leaderboard,
    X_test: Any,
    clock: Clock,
    options: FitOptions,
    stages: Stages,
) -> tuple[BayesSearchCV, Any]:
    """Search, and refit the winner."""
    before = time.monotonic()
    stages.start("Tuning", clock)
    with about(options.storage or file, ValueError, OSError), stages.paused():
        search = tune(
            data,
            epochs,
            clock,
            metric=board.metric,
            n_iter=options.n_iter,
            seed=options.seed,
            storage=options.storage,
            verbose=stages.is_terminal,
        )
    stages.start("Refitting the winner on all rows", clock)
    network = refit(search, data)
    _enter(TUNED, network, X_test, time.monotonic() - before, board, stages)
    return search, network


def _start_clock(task: str, max_time: float, began: float) -> Clock:
    """Compile, and return the clock of what follows; compiling is not part of the time given."""
    before = time.monotonic()
    compile_kernels(task)
    compile_table_kernels(task)
    seconds = time.monotonic() - before
    used = before - began + (seconds if seconds < _LOADING_SECONDS else 0.0)
    return Clock.of(max_time - used - around_seconds(max_time))


def around_seconds(max_time: float) -> float:
    """Return the part of the time given that is kept for what comes after the last fit."""
    return min(AROUND_SHARE * max_time, AROUND_SECONDS)


def _fit_baselines(
    problem: Problem,
    data: Matrix,
    X_test: Any,
    board: Leaderboard,
    also: Sequence[str],
    clock: Clock,
    stages: Stages,
) -> None:
    for contender in make_baselines(problem, tuple(also)):
        stages.start(f"Fitting {contender.name}", clock)
        before = time.monotonic()
        model = contender.fit(clock)
        seconds, remark = time.monotonic() - before, contender.remark(model)
        _enter(contender.name, model, problem.X_test, seconds, board, stages, remark)
        if contender.name == DUMMY:
            _fit_on_matrix(*make_linear(problem.task), data, X_test, board, stages)


def _fit_on_matrix(
    name: str, model: Any, data: Matrix, X_test: Any, board: Leaderboard, stages: Stages
) -> None:
    """Fit a model that takes what a network takes."""
    stages.start(f"Fitting {name}")
    before = time.monotonic()
    model.fit(data.X, data.y)
    _enter(name, model, X_test, time.monotonic() - before, board, stages)


def _enter(
    name: str,
    model: Any,
    X_test: Any,
    seconds: float,
    board: Leaderboard,
    stages: Stages,
    remark: str = "",
) -> None:
    """Test a fitted model, and say how good it is."""
    stages.start(f"Testing {name}")
    stages.say(board.line(board.add(name, model, X_test, seconds, remark)))

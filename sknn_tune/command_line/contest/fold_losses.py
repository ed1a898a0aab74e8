"""How models do on the rows that they are to learn from, each row predicted by models without it.

The rows of the test are few, and may happen to favour one. The rows to learn from tell as well who
is better, if models are fitted in folds; `scores.adjusted_difference` puts both together.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold

from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.contest.baselines import make_baselines
from sknn_tune.command_line.contest.networks import predict_unseen, unseen_losses
from sknn_tune.command_line.contest.problem import Problem
from sknn_tune.command_line.contest.scores import FoldLosses, Metric, predict_test
from sknn_tune.command_line.contest.splits import Pairs

# One fold leaves most rows out; of more than so many, each costs more than it tells.
_FEWEST, _MOST = 2, 5


def losses_of_network(network: Any, problem: Problem, metric: Metric) -> FoldLosses | None:
    """Return the losses of a network's members on the rows that they left out.

    Parameters
    ----------
    network : estimator
        Of `make_network`, fitted.
    problem : Problem
        That it was fitted on.
    metric : Metric

    Returns
    -------
    losses : FoldLosses or None
        None where all members saw some of the rows.
    """
    predicted = predict_unseen(network)
    if predicted is None:
        return None
    rest = unseen_losses(predicted, problem, metric)
    return FoldLosses(rest, _test_losses(network._of_each_fold(), problem, metric), problem.y)


def choose_folds(problem: Problem, affordable: float) -> Pairs:
    """Return the folds to fit a baseline in, none where the time does not suffice.

    Parameters
    ----------
    problem : Problem
    affordable : float
        How many fits there is time for.

    Returns
    -------
    folds : list of (train, left out) pairs of ndarray of int
    """
    y, is_classes = problem.y, problem.task == "classification"
    folds = problem.pairs
    if not problem.has_design:
        kind = StratifiedKFold if is_classes else KFold
        n_folds = int(np.clip(affordable, _FEWEST, _MOST))
        folds = list(kind(n_folds, shuffle=True, random_state=0).split(y, y))
    knows_all = not is_classes or all(np.isin(y, y[train]).all() for train, _ in folds)
    return folds if knows_all and len(folds) <= affordable else []


def losses_of_baseline(name: str, problem: Problem, metric: Metric, folds: Pairs) -> FoldLosses:
    """Fit a model in folds.

    Parameters
    ----------
    name : str
        Of a contender of `make_baselines`.
    problem : Problem
    metric : Metric
    folds : list of (train, left out) pairs of ndarray of int
        Of `choose_folds`.

    Returns
    -------
    losses : FoldLosses
    """
    rest, models = np.empty(len(problem.y)), []
    for train, left_out in folds:
        part = problem._replace(X=problem.X.iloc[train], y=problem.y[train])
        contender = next(c for c in make_baselines(part) if c.name == name)
        models.append(contender.fit(Clock.of(np.inf)))
        prediction = predict_test(models[-1], problem.X.iloc[left_out], problem.y[left_out])
        rest[left_out] = metric.loss(prediction.truth, prediction.values)
    return FoldLosses(rest, _test_losses(models, problem, metric), problem.y)


def _test_losses(models: Sequence[Any], problem: Problem, metric: Metric) -> np.ndarray:
    """The losses of the test rows, the mean over models."""
    predictions = (predict_test(model, problem.X_test, problem.y_test) for model in models)
    return np.mean([metric.loss(p.truth, p.values) for p in predictions], axis=0)

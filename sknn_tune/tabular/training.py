"""Training: the members of an estimator, side by side in threads."""

from typing import Any

import numpy as np
from joblib import delayed, effective_n_jobs
from sklearn.utils import check_random_state

from sknn_tune.common.numeric import is_integer
from sknn_tune.deadline import current_watch
from sknn_tune.mlp.watching import Watchers
from sknn_tune.network.blueprint import Architecture, cached_blueprint
from sknn_tune.tabular.ensemble import Ensemble, in_threads
from sknn_tune.tabular.member import Member, Recipe, train_member
from sknn_tune.tabular.problem import Problem
from sknn_tune.tabular.recipe import Cycles, batch_size_for, epochs_for
from sknn_tune.tabular.time_limit import TimeLimit
from sknn_tune.tabular.unseen import Part, UnseenScores

#: Activations of the hidden layers; members take them in turn, as they differ most then.
ACTIVATIONS = (("silu", 1.0), ("selu", 1.0))


class Training:
    """Trains the members of an estimator.

    Parameters
    ----------
    estimator : BaseTabularMLP
        Its parameters say how.
    problem : Problem
        What members learn from.
    """

    def __init__(self, estimator: Any, problem: Problem) -> None:
        self._problem, self._n_jobs = problem, effective_n_jobs(estimator.n_jobs)
        hidden = _hidden_widths(estimator.hidden_layer_sizes)
        self._sizes = [problem.encoder.n_inputs, *hidden, problem.targets.n_outputs]
        self._architectures = [
            _architecture(estimator, problem, hidden, kind) for kind in _kinds(problem.splits)
        ]
        self._recipes = [
            _recipe(estimator, problem, len(split.learned)) for split in problem.splits
        ]
        stream = check_random_state(estimator.random_state)
        self._seeds = stream.randint(np.iinfo(np.int32).max, size=estimator.n_members)
        self._max_time, self._says = estimator.max_time, _printer(estimator.verbose)

    def run(self, watchers: Watchers) -> list[Member]:
        """Train all members; observers are notified of each."""
        n_members = len(self._architectures)
        # Asked in threads, but set for the thread that fits.
        is_over = current_watch()
        stopped: list[bool] = []
        limit = TimeLimit(
            self._max_time, n_members, self._n_jobs, lambda: bool(stopped) or is_over()
        )
        watchers.begin(n_members)
        results = in_threads(self._n_jobs)(delayed(self._train)(m, limit) for m in range(n_members))
        members: list[Member] = []
        watchers.begin_step()
        for member in results:
            members.append(member)
            self._says(len(members), n_members, member)
            if watchers.end_step():
                stopped.append(True)
            if len(members) < n_members:
                watchers.begin_step()
        return members

    def _train(self, m, limit):
        problem, split = self._problem, self._problem.splits[m]
        unseen = problem.validation or problem.rows.take(split.held_out)
        return train_member(
            cached_blueprint(tuple(self._sizes), self._architectures[m], problem.rows.inputs.dtype),
            self._recipes[m],
            problem.rows,
            split.learned,
            unseen,
            int(self._seeds[m]),
            limit.clock(m),
        )

    def ensemble(self, members: list[Member]) -> Ensemble:
        """The trained members as one model."""
        thetas = [member.theta for member in members]
        weights = np.full(len(members), 1.0 / len(members))
        link = self._problem.targets.loss.link
        return Ensemble(self._architectures, self._sizes, thetas, link, weights)

    def unseen_scores(self, members: list[Member]) -> UnseenScores:
        """Raw scores of the rows that members have not seen."""
        problem, splits = self._problem, self._problem.splits
        parts = [
            Part(kind, split.held_out, member.unseen_scores.astype(np.float64))
            for kind, split, member in zip(_kinds(splits), splits, members, strict=True)
            if problem.validation is None
        ]
        return UnseenScores(parts, len(problem.rows.weights), problem.targets.loss.link)


def _kinds(splits):
    """0 and 1 in turn for the members, also for those that do not see the same fold."""
    n_splits = len({id(split) for split in splits})
    return [(m % n_splits + m // n_splits) % 2 for m in range(len(splits))]


def _architecture(estimator, problem, hidden, kind):
    embedding = estimator.numeric_embedding
    spreads_numbers = kind == 0 if embedding == "auto" else embedding == "piecewise_linear"
    return Architecture(
        activations=(ACTIVATIONS[kind],) * max(1, len(hidden)),
        dropout=(float(estimator.dropout),) * len(hidden),
        embeddings=problem.encoder.embeddings(spreads_numbers),
    )


def _recipe(estimator, problem, n_rows):
    targets, batch_size = problem.targets, estimator.batch_size
    if batch_size == "full":
        batch_size = n_rows
    elif batch_size == "auto":
        batch_size = batch_size_for(n_rows)
    n_epochs = estimator.max_epochs
    if n_epochs == "auto":
        n_epochs = epochs_for(n_rows, batch_size)
    return Recipe(
        loss=targets.loss,
        measure=targets.measure,
        learning_rate=float(estimator.learning_rate_init),
        schedule=Cycles(),
        weight_decay=float(estimator.weight_decay),
        batch_size=int(batch_size),
        max_epochs=int(n_epochs),
    )


def _hidden_widths(sizes):
    sizes = list(sizes) if np.ndim(sizes) else [sizes]
    if not all(is_integer(size) and size > 0 for size in sizes):
        raise ValueError(f"hidden_layer_sizes must be integers above 0, got {sizes!r}.")
    return tuple(int(size) for size in sizes)


def _printer(verbose):
    def say(number, n_members, member):
        if verbose and verbose != "progress":
            loss = member.unseen_losses[member.best_epoch - 1] if member.unseen_losses else np.nan
            print(
                f"Member {number} of {n_members}: best epoch {member.best_epoch} of "
                f"{len(member.losses)}, loss on unseen rows {loss:.6f}"
            )

    return say

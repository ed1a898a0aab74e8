"""A fit by a stochastic solver: what is learned from, when it stops, what is kept."""

import copy
import math
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sknn_tune.common.caller import warn_caller
from sknn_tune.common.interrupts import HeldInterrupts
from sknn_tune.common.threads import single_blas_thread
from sknn_tune.deadline import time_is_up
from sknn_tune.mlp.checkpoint import Checkpoint, Run, Split, Start
from sknn_tune.mlp.configuration import Configuration
from sknn_tune.mlp.divergence import check_finite, check_outputs
from sknn_tune.mlp.fitted_network import FittedNetwork
from sknn_tune.mlp.interrupts import InterruptsBetweenEpochs
from sknn_tune.mlp.problem import Problem
from sknn_tune.mlp.samples import Samples
from sknn_tune.mlp.validation import Validation
from sknn_tune.mlp.watching import Watchers
from sknn_tune.network.arrays import allocate, pack_data
from sknn_tune.network.checks import check_order
from sknn_tune.network.context import Objective
from sknn_tune.network.progress import Progress
from sknn_tune.network.schedules import Adaptive
from sknn_tune.network.training import Trainer, initial_state


class StochasticFit:
    """One fit by a stochastic solver, which trains a network in place.

    Parameters
    ----------
    configuration : Configuration
        The options.
    network : FittedNetwork
        Where training starts; holds the result.
    problem : Problem
        What the network is fitted to.
    start : Start
        What is resumed of an earlier fit.
    publish : callable
        Gets a dict of fitted attributes whenever they have changed.
    watchers : Watchers
        Those notified of each epoch.
    """

    def __init__(
        self,
        configuration: Configuration,
        network: FittedNetwork,
        problem: Problem,
        start: Start,
        publish: Callable[[dict[str, Any]], None],
        watchers: Watchers,
    ) -> None:
        self._configuration, self._problem = configuration, problem
        self._start, self._publish = start, publish
        self._interrupts = InterruptsBetweenEpochs(held_back=start.identity is not None)
        self._is_watched = bool(watchers)
        self._watchers = watchers.joined_by(self._interrupts)
        self._history = start.history
        self._split = start.split or draw_split(configuration, problem, start.stream)
        if self._split.held_out is not None:
            check_order(self._split.held_out, len(problem.samples.weights))
        self._network = network.arrays_for(problem.samples.X)
        objective = configuration.objective(
            problem.loss, self._network.blueprint, self._split.total_weight
        )
        self._validation = _make_validation(problem, self._split, network, objective)
        self._trainer = self._make_trainer(problem.samples, objective)

    def _make_trainer(self, samples: Samples, objective: Objective) -> Trainer:
        settings = self._configuration.settings(len(self._split.order), self._split.seed)
        state, theta = self._start.optimizer, self._network.theta
        if state is None or not state.suits(settings, theta):
            state = initial_state(settings, theta, self._history.n_samples_seen)
        return Trainer(
            self._network.blueprint,
            allocate(*self._network, settings.batch_size + 1, samples.targets.shape[1]),
            pack_data(*samples.arrays),
            objective,
            settings,
            state,
            self._split.order,
            self._start.stream,
        )

    def run(self) -> Checkpoint:
        """Train until the last epoch, a reason to stop or Control-C.

        Returns
        -------
        checkpoint : Checkpoint
            What a later fit resumes.
        """
        self._history.prepare(
            early_stopping=self._configuration.early_stopping,
            has_validation=self._validation is not None,
            same_validation=self._start.same_validation,
        )
        self._publish(self._history.attributes())
        if self._start.last is not None:
            for part, last in zip(self._network[1:], self._start.last, strict=True):
                part[:] = last
        is_complete = self._start.is_complete
        try:
            with single_blas_thread, self._interrupts:
                is_complete = is_complete or self._run_epochs()
        except KeyboardInterrupt:
            if not time_is_up():  # or else a search has stopped it, and reports that itself
                warn_caller("Training interrupted by user.")
        checkpoint = self._checkpoint(is_complete)
        self._check_result(stopped_by_itself=is_complete and not self._start.is_complete)
        return checkpoint

    def _check_result(self, stopped_by_itself: bool) -> None:
        """Refuse a network that has diverged, and warn of a useless one."""
        losses, problem = self._history.losses, self._problem
        if not losses:  # interrupted before anything has changed
            return
        keeps_best = self._configuration.early_stopping
        if keeps_best and not np.isfinite(losses[-1]):
            self._warn_of_divergence()
        check_finite(self._network, 0.0 if keeps_best else losses[-1], problem)
        batch = self._trainer.order[-self._trainer.settings.batch_size :]
        loss = min(losses[-self._history.n_epochs :]) if stopped_by_itself else None
        check_outputs(self._network, problem, batch, loss)

    def _checkpoint(self, is_complete: bool) -> Checkpoint:
        last = None
        if self._configuration.early_stopping:
            assert self._validation is not None
            last = self._validation.restore_best()
        return Checkpoint(
            self._trainer.state,
            self._history.n_without_progress,
            last if self._start.is_partial_fit or self._start.identity else None,
            self._start.is_partial_fit,
            self._run(is_complete),
        )

    def _run(self, is_complete: bool) -> Run | None:
        """What an exact continuation needs."""
        if self._start.identity is None or self._interrupts.was_mid_epoch:
            return None
        split = self._split._replace(order=self._trainer.order)
        # Others may draw from the stream that this training started with.
        is_continuation = self._start.split is not None
        stream = self._start.stream if is_continuation else copy.deepcopy(self._start.stream)
        return Run(self._start.identity, split, stream, is_complete)

    # --- the epochs ---------------------------------------------------------------------------

    def _run_epochs(self) -> bool:
        """Train until the last epoch allowed; returns whether training stopped by itself."""
        configuration, history = self._configuration, self._history
        n_epochs = 1 if self._start.is_partial_fit else configuration.max_iter - history.n_epochs
        self._watchers.begin(n_epochs)
        n_left = n_epochs
        while n_left > 0:
            self._watchers.begin_step()
            losses = self._run_some(n_left)
            n_left -= len(losses)
            must_stop = self._watchers.end_step() or time_is_up()
            if not (math.isfinite(losses[-1]) or np.isfinite(self._network.theta).all()):
                return True
            if history.n_without_progress > configuration.n_iter_no_change:
                if not self._lowers_rate():
                    return True
                history.n_without_progress = 0
            if must_stop:
                return False
        if self._expected_convergence():
            warn_caller(
                f"Stochastic Optimizer: Maximum iterations ({configuration.max_iter}) reached and "
                "the optimization hasn't converged yet.",
                ConvergenceWarning,
            )
        return False

    def _run_some(self, most: int) -> list[float]:
        """Run epochs, note what they did, and return their losses."""
        configuration, history, trainer = self._configuration, self._history, self._trainer
        n_epochs = 1 if self._acts_after_each_epoch else min(most, trainer.most_at_once)
        progress = history.progress(configuration.tol, configuration.n_iter_no_change)
        # Weights that many epochs have changed would otherwise be left without their history.
        with HeldInterrupts() if n_epochs > 1 else nullcontext():
            losses = trainer.run_epochs(n_epochs, progress)
            history.add_epochs(losses, trainer.mean_rate, trainer.state.samples_seen)
            self._say("Iteration {}, loss = {:.8f}", history.n_epochs, losses[-1])
            self._judge(progress)
            self._publish(history.attributes())
        return losses

    @property
    def _acts_after_each_epoch(self) -> bool:
        """Whether an epoch is watched, printed or validated."""
        # What is printed may be interrupted, and then belongs to the epochs before.
        return self._is_watched or self._configuration.prints or self._validation is not None

    def _expected_convergence(self) -> bool:
        """Whether the epochs were a bound, and not the number that was asked for."""
        configuration = self._configuration
        has_bound = configuration.max_iter > 0 and configuration.n_iter_no_change < math.inf
        return has_bound and not self._start.is_partial_fit

    def _judge(self, progress: Progress) -> None:
        """Measure the validation set; note whether there is progress; remember the best epoch."""
        history, validation, tol = self._history, self._validation, self._configuration.tol
        best_score, score = history.best_score, None
        if validation is not None:
            self._publish(history.attributes())  # a scorer gets the estimator
            loss, score = validation.measure()
            history.add_validation(loss, score)
            self._say("Validation score: {:f}", score)
        if not self._configuration.early_stopping:
            history.follow(progress)
            return
        assert validation is not None
        assert score is not None
        assert best_score is not None
        history.count(not score < best_score + tol)
        if score > best_score:
            validation.remember()

    def _lowers_rate(self) -> bool:
        """React to a lack of progress; returns whether training continues at a lower rate."""
        configuration = self._configuration
        is_lowered = self._trainer.lower_rate()
        self._say(
            "{} did not improve more than tol={:f} for {} consecutive epochs. {}",
            "Validation score" if configuration.early_stopping else "Training loss",
            configuration.tol,
            configuration.n_iter_no_change,
            self._reaction(is_lowered),
        )
        return is_lowered

    def _reaction(self, is_lowered: bool) -> str:
        """What scikit-learn says after a lack of progress."""
        if is_lowered:
            return f"Setting learning rate to {self._trainer.state.rate:f}"
        is_adaptive = isinstance(self._configuration.schedule, Adaptive)
        return "Learning rate too small. Stopping." if is_adaptive else "Stopping."

    def _warn_of_divergence(self) -> None:
        found = self._history.best_score != -np.inf
        warn_caller(
            f"Training diverged in epoch {self._history.n_epochs}; "
            f"{'the weights of the best epoch' if found else 'the initial weights'} are kept. "
            "Lower learning_rate_init or scale the data.",
            ConvergenceWarning,
        )

    def _say(self, message: str, *values: object) -> None:
        """Print as scikit-learn does."""
        if self._configuration.prints:
            print(message.format(*values))


def draw_split(
    configuration: Configuration, problem: Problem, stream: np.random.RandomState
) -> Split:
    """Choose the rows to learn from, and draw what else must be drawn before the first epoch."""
    samples = problem.samples
    order, held_out = np.arange(samples.X.shape[0]), None
    if configuration.early_stopping and problem.own_validation is None:
        order, held_out = _hold_out(order, configuration.validation_fraction, problem, stream)
    total_weight = float(samples.weights[order].sum(dtype=np.float64))
    if total_weight <= 0:
        raise ValueError("sample_weight is zero for all samples that are left to learn from.")
    if configuration.has_batch_norm and len(order) < 2:
        raise ValueError("batch_norm needs at least two rows to learn from, got 1 sample.")
    # Drawn only where it is needed: the stream is scikit-learn's otherwise.
    seed = int(stream.randint(np.iinfo(np.int32).max)) if configuration.has_dropout else 0
    return Split(order, held_out, total_weight, seed)


def _hold_out(rows, fraction, problem, stream):
    """Training rows and held-out rows, stratified as scikit-learn does for one column."""
    samples = problem.samples
    try:
        train, held_out = train_test_split(
            rows,
            random_state=stream,
            test_size=fraction,
            stratify=problem.targets.strata(samples.targets),
        )
    except ValueError as error:
        reason = str(error).rstrip(".")
        raise ValueError(
            f"early_stopping cannot hold out validation_fraction={fraction} of {len(rows)} "
            f"samples: {reason}. Change validation_fraction, or pass X_val and y_val."
        ) from error
    if len(held_out) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' or the size of "
            "your dataset."
        )
    if not samples.weights[held_out].any():
        raise ValueError(
            f"sample_weight is zero for all samples held out by validation_fraction={fraction}; "
            "early stopping has nothing to score."
        )
    return train, held_out


def _make_validation(
    problem: Problem, split: Split, network: FittedNetwork, objective: Objective
) -> Validation | None:
    """The validation set of the user, or of the rows held out; None where there is none."""
    samples = problem.own_validation
    if split.held_out is not None:
        samples = problem.samples.take(split.held_out, problem.score.uses_given)
    if samples is None:
        return None
    # Sparse rows may be validated beside dense ones, and dense beside sparse.
    return Validation(network.arrays_for(samples.X), samples, objective, problem.score)

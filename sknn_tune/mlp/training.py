"""The loop over epochs: what is learnt from, what is watched, when it ends, what is kept."""

import copy

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sknn_tune.common.caller import warn_caller
from sknn_tune.common.threads import single_blas_thread
from sknn_tune.deadline import time_is_up
from sknn_tune.mlp.continuation import (
    Draw,
    InterruptsBetweenEpochs,
    Run,
    fingerprint,
    settings_of,
)
from sknn_tune.mlp.validation import Validation
from sknn_tune.network.schedules import Adaptive
from sknn_tune.network.training import Trainer, allocate, initial_state, pack_data

DIVERGED = (
    "Solver produced non-finite parameter weights. The input data may contain large values and "
    "need to be preprocessed, or learning_rate_init is too high."
)
_HISTORY = (
    "loss_curve_",
    "best_loss_",
    "validation_loss_curve_",
    "validation_scores_",
    "best_validation_score_",
)


class StochasticTraining:
    """Trains an estimator epoch by epoch.

    Besides the public attributes it keeps ``_state`` (what the optimizer goes on from),
    ``_last`` (the parameters of the last epoch, where the public ones are the best epoch's and
    a later call goes on) and ``_run`` (what ``warm_start="continue"`` goes on with).
    """

    def _fit_stochastic(
        self, network, samples, own_validation, random_state, watchers, incremental
    ):
        run, self._run = self._run, None  # a fit that fails is nothing to go on with
        draw = run.draw if run else self._draw(samples, own_validation, random_state)
        objective = self._objective(network.blueprint, draw.total_weight)
        held_out = own_validation if draw.held_out is None else samples.take(draw.held_out)
        validation = held_out and Validation(self, network, held_out, objective)
        goes_on = run is not None or (incremental and self._incremental)
        self._open_history(goes_on, has_validation=held_out is not None, counts_on=run is not None)
        if goes_on and self._last is not None:
            for part, last in zip(network[1:], self._last, strict=True):
                part[:] = last
        state = run.state if run is not None else self._state if incremental else None
        trainer = self._trainer(network, samples, objective, draw, state, random_state)
        continues = self.warm_start == "continue" and not incremental
        interrupts = InterruptsBetweenEpochs(held_back=continues)
        watchers.add(interrupts)
        is_over = run is not None and run.is_over
        try:
            with single_blas_thread, interrupts:
                is_over = is_over or self._run_epochs(trainer, validation, watchers, incremental)
        except KeyboardInterrupt:
            if not time_is_up():  # or else a search has ended it, and says so itself
                warn_caller("Training interrupted by user.")
        last = validation.restore_best() if self.early_stopping else None
        self._last = last if incremental or continues else None
        self._state, self._incremental = trainer.state, incremental
        if continues and not interrupts.tore:
            begun = run or self._begin_run(draw, samples, own_validation, random_state)
            self._run = begun.after(trainer, is_over)

    def _begin_run(self, draw, samples, own_validation, stream):
        is_shared = self.random_state is None or stream is self.random_state
        return Run(
            settings=settings_of(self),
            data=fingerprint(samples, own_validation),
            draw=draw,
            stream=copy.deepcopy(stream) if is_shared else stream,
        )

    # --- before the first epoch ---------------------------------------------------------------

    def _draw(self, samples, own_validation, random_state):
        """Choose the rows to learn from and what else is up to chance."""
        order, held_out = np.arange(samples.X.shape[0]), None
        if self.early_stopping and own_validation is None:
            order, held_out = self._split(order, samples, random_state)
        total_weight = float(samples.weights[order].sum(dtype=np.float64))
        if total_weight <= 0:
            raise ValueError("sample_weight is zero for all samples that are left to learn from.")
        if self.batch_norm and len(order) < 2:
            raise ValueError("batch_norm needs at least two rows to learn from, got 1 sample.")
        return Draw(order, held_out, total_weight, self._seed(random_state))

    def _split(self, rows, samples, random_state):
        """Training rows and held-out rows, stratified as scikit-learn does for one column."""
        train, held_out = train_test_split(
            rows,
            random_state=random_state,
            test_size=self.validation_fraction,
            stratify=self._stratification(samples.targets),
        )
        if len(held_out) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of "
                "your dataset."
            )
        if not samples.weights[held_out].any():
            raise ValueError(
                "sample_weight is zero for all samples held out by validation_fraction="
                f"{self.validation_fraction}; early stopping has nothing to score."
            )
        return train, held_out

    def _trainer(self, network, samples, objective, draw, state, random_state):
        settings = self._settings(len(draw.order), draw.seed)
        if state is None or not state.suits(settings, network.theta):
            state = initial_state(settings, network.theta, self.t_)
        return Trainer(
            network.blueprint,
            allocate(*network, settings.batch_size + 1, samples.targets.shape[1]),
            pack_data(*samples[:3]),
            objective,
            settings,
            state,
            draw.order,
            random_state,
        )

    def _forget_history(self):
        for name in _HISTORY:
            vars(self).pop(name, None)

    def _open_history(self, goes_on, has_validation, counts_on):
        """Begin the curves, or those that a change of solver or early_stopping makes new."""
        if not counts_on:
            self.n_iter_ = 0
        if not hasattr(self, "loss_curve_"):
            vars(self).update(dict.fromkeys(_HISTORY))
            self.loss_curve_, self._no_improvement_count = [], 0
        if self.early_stopping:
            self.best_loss_ = None
        elif self.best_loss_ is None:
            self.best_loss_ = np.inf
        if not has_validation:
            if not goes_on:
                self.validation_scores_ = self.validation_loss_curve_ = None
                self.best_validation_score_ = None
        elif self.validation_scores_ is None:
            self.validation_scores_, self.validation_loss_curve_ = [], []
            self.best_validation_score_ = -np.inf
        elif not goes_on:
            # A warm start holds out other rows, on which earlier scores say nothing.
            self.best_validation_score_, self._no_improvement_count = -np.inf, 0

    # --- the epochs ---------------------------------------------------------------------------

    def _run_epochs(self, trainer, validation, watchers, incremental):
        """Train until the last epoch allowed; returns whether training ended by itself."""
        n_epochs = 1 if incremental else self.max_iter - self.n_iter_
        watchers.begin(n_epochs)
        for _ in range(n_epochs):
            watchers.begin_step()
            self.loss_ = trainer.run_epoch()
            self.n_iter_ += 1
            self.t_ = trainer.state.samples_seen
            self.loss_curve_.append(self.loss_)
            self._say("Iteration {}, loss = {:.8f}", self.n_iter_, self.loss_)
            self._note_progress(validation)
            is_told_to_stop = watchers.end_step() or time_is_up()
            if not (np.isfinite(self.loss_) or np.isfinite(trainer.workspace.theta).all()):
                self._give_up()
                return True
            if self._no_improvement_count > self.n_iter_no_change:
                if self._stops(trainer):
                    return True
                self._no_improvement_count = 0
            if is_told_to_stop:
                return False
        if not incremental:
            warn_caller(
                f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the "
                "optimization hasn't converged yet.",
                ConvergenceWarning,
            )
        return False

    def _note_progress(self, validation):
        """Count epochs without an improvement by tol; remember the best epoch."""
        best_score = self.best_validation_score_
        score = None if validation is None else self._measure(validation)
        if self.early_stopping:
            improved = not score < best_score + self.tol
            if score > best_score:
                validation.remember()
        else:
            improved = self.loss_ <= self.best_loss_ - self.tol
            self.best_loss_ = min(self.best_loss_, self.loss_)
        self._no_improvement_count = 0 if improved else self._no_improvement_count + 1

    def _measure(self, validation):
        """Append to the curves of validation; returns the score."""
        loss, score = validation.measure()
        self.validation_loss_curve_.append(loss)
        self.validation_scores_.append(score)
        self._say("Validation score: {:f}", score)
        if score > self.best_validation_score_:
            self.best_validation_score_ = score
        return score

    def _stops(self, trainer):
        rate_lowered = trainer.lower_rate()
        self._say(
            "{} did not improve more than tol={:f} for {} consecutive epochs. {}",
            "Validation score" if self.early_stopping else "Training loss",
            self.tol,
            self.n_iter_no_change,
            _reaction(trainer, rate_lowered),
        )
        return not rate_lowered

    def _say(self, message, *values):
        """Print as scikit-learn does."""
        if self.verbose and self.verbose != "progress":
            print(message.format(*values))

    def _give_up(self):
        """Parameters that are not finite stay so; early stopping still has an earlier epoch's."""
        if not self.early_stopping:
            raise ValueError(DIVERGED)
        found = np.isfinite(self.best_validation_score_)
        warn_caller(
            f"Training diverged in epoch {self.n_iter_}; "
            f"{'the weights of the best epoch' if found else 'the initial weights'} are kept. "
            "Lower learning_rate_init or scale the data.",
            ConvergenceWarning,
        )


def _reaction(trainer, rate_lowered):
    """What scikit-learn says after a lack of progress."""
    if rate_lowered:
        return f"Setting learning rate to {trainer.state.rate:f}"
    is_adaptive = isinstance(trainer.settings.schedule, Adaptive)
    return "Learning rate too small. Stopping." if is_adaptive else "Stopping."

"""What is wrong with a model, told by trying what would help.

The dev error is taken apart into a sum. What the estimator would lose with gentler or more
training steps is put down to the steps; what any model tried here does better beyond that, to
bias (as far as the training error itself is above what is possible) or to variance; what more
rows would bring, to too few rows; what then remains, to noise. So each fault has a price in
units of the error, and the dearest one is named.
"""

from dataclasses import dataclass, field

import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.metrics import check_scoring
from sklearn.model_selection import check_cv
from sklearn.utils import check_random_state, indexable

from sknn_tune.common.labels import count_labels, spread_order
from sknn_tune.common.numeric import is_integer, is_real
from sknn_tune.quality.advice import advise
from sknn_tune.quality.diagnosis_report import Diagnosis
from sknn_tune.quality.fold_errors import FoldRunner
from sknn_tune.quality.paired_test import standard_error
from sknn_tune.quality.probes import (
    baselines,
    bolder_probes,
    longer_probes,
    slower_probes,
    tamer_probes,
)
from sknn_tune.quality.refits import group_folds

# A difference counts from this many standard errors on.
N_ERRORS = 2.0
# Noise is called a fault from this share of the error of chance on.
NOISY = 0.4
# What can be mended comes before noise, unless the noise costs more than twice as much.
NOISE_WEIGHT = 0.5
# Fewer rows than this are few, whatever the model.
ROWS_PER_FEATURE, ROWS_PER_CLASS = 5, 20
# Shares of the training rows of the learning curve.
CURVE = (0.25, 0.5, 1.0)


def diagnose(
    estimator,
    X,
    y,
    *,
    reference=None,
    scoring=None,
    cv=None,
    groups=None,
    tolerance=0.05,
    n_jobs=None,
    random_state=None,
):
    """Tell what keeps a model from being better, and which hyperparameters to move which way.

    The estimator, baselines and variants of the estimator (bolder, tamer, with a lower rate,
    with more steps) are fitted on the same folds: 12 to 20 fits a fold. Hyperparameters are
    recognised by their names (`alpha`, `C`, `max_depth`, `hidden_layer_sizes`, ...), also inside
    a Pipeline; for an estimator without any of these the baselines alone have to do.

    Parameters
    ----------
    estimator : estimator object
        A classifier or regressor; it is cloned.
    X : array-like, DataFrame or sparse matrix of shape (n_samples, n_features)
        The input.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        The target.
    reference : float or estimator, default=None
        The error that is known to be possible (of a human, say), or a model to compare with
        beside chance, a linear model and a forest.
    scoring : str or callable, default=None
        One metric; None is the estimator's own `score`. The error is 1 minus the score, or the
        loss where the metric is a loss with its sign turned.
    cv : int, cross-validation generator or iterable, default=None
        The folds; None is 5 of them, shuffled, stratified for classifiers, of whole `groups`.
    groups : array-like of shape (n_samples,), default=None
        Rows of one group stay in one fold.
    tolerance : float, default=0.05
        What costs less than this share of the error of chance is no fault.
    n_jobs : int, default=None
        Number of fits that run at the same time.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds and of the learning curve.

    Returns
    -------
    report : Diagnosis
        Its `fault` is one of ``"high_bias"``, ``"high_variance"``, ``"noise"``,
        ``"too_few_rows"``, ``"rate_too_high"``, ``"not_converged"`` and ``"balanced"``.

    Raises
    ------
    TypeError, ValueError
        If the estimator is neither classifier nor regressor, a parameter is out of range, or
        the estimator cannot be fitted and a lower rate does not mend it.

    Notes
    -----
    What more rows would bring is extrapolated from training on a quarter, a half and all rows,
    the error falling with the square root of their number. It is a rough figure.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sknn_tune import diagnose
    >>> X, y = load_digits(return_X_y=True)
    >>> report = diagnose(DecisionTreeClassifier(max_depth=2), X, y, cv=3, random_state=0)
    >>> report.fault
    'high_bias'
    >>> report.advice[0].parameter, report.advice[0].action
    ('max_depth', 'raise')
    """
    _check(estimator, reference, tolerance)
    X, y = indexable(X, y)
    rng = check_random_state(random_state)
    folds = _make_folds(estimator, X, y, cv, groups, rng)
    runner = FoldRunner(X, y, folds, check_scoring(estimator, scoring=scoring), n_jobs)
    evidence = _Evidence(estimator, runner, tolerance, reference)
    evidence.try_steps()
    evidence.try_capacities()
    evidence.try_fewer_rows(rng)
    parts, significant = evidence.take_apart()
    faults = _name_faults(parts, significant, evidence)
    return Diagnosis(
        estimator=estimator,
        faults=faults,
        parts=parts,
        errors=evidence.errors,
        curve=evidence.curve,
        reference=reference if is_real(reference) else None,
        dev_share=runner.dev_share,
        advice=advise(estimator, faults, evidence),
        n_fits=runner.n_fits,
        runner=runner,
        best=evidence.best,
    )


def _check(estimator, reference, tolerance):
    if isinstance(estimator, type) or not (is_classifier(estimator) or is_regressor(estimator)):
        raise TypeError(f"estimator must be a classifier or regressor instance, got {estimator!r}.")
    is_error = is_real(reference) and reference >= 0
    if not (reference is None or is_error or hasattr(reference, "fit")):
        raise ValueError(f"reference must be an error >= 0 or an estimator, got {reference!r}.")
    if not (is_real(tolerance) and 0 <= tolerance < 1):
        raise ValueError(f"tolerance must be a number in [0, 1), got {tolerance!r}.")


def _make_folds(estimator, X, y, cv, groups, rng):
    seed, labels = rng.randint(2**31 - 1), is_classifier(estimator)
    splitter = check_cv(5 if cv is None else cv, y, classifier=labels)
    if cv is None or is_integer(cv):
        if groups is not None:
            splitter = group_folds(labels and np.ndim(y) == 1, splitter.n_splits, seed)
        else:
            # Rows often lie in the order of their target or of time; folds of neighbours mislead.
            splitter = type(splitter)(splitter.n_splits, shuffle=True, random_state=seed)
    folds = list(splitter.split(X, y, groups))
    if len(folds) < 2:
        raise ValueError(f"cv must give at least 2 folds, got {len(folds)}.")
    return folds


def _name_faults(parts, significant, evidence):
    """Faults that cost more than the tolerance, the dearest first; "balanced" if there is none.

    Rows are short for a model of given size, or the model is too large for given rows: where more
    rows would help and no tamer variant surely does, the number of rows decides what to call it.
    """
    least = dict.fromkeys(parts, evidence.tolerance)
    least["noise"] = NOISY * evidence.chance
    found = [name for name in parts if significant[name] and parts[name] > least[name]]
    weights = dict.fromkeys(parts, 1.0) | {"noise": NOISE_WEIGHT}
    found.sort(key=lambda name: weights[name] * parts[name], reverse=True)
    if not evidence.is_overfit:
        return tuple(found) or ("balanced",)
    if evidence.has_few_rows:
        # What looks like noise may be the lack of rows: so few cannot tell.
        found = [name for name in found if name != "noise"] or ["too_few_rows"]
        if evidence.a_line_fits_anything and "high_variance" in found:
            found = [name for name in found if name != "too_few_rows"]
            found.insert(found.index("high_variance"), "too_few_rows")
    elif "too_few_rows" in found:
        found = [name for name in found if name != "high_variance"]
        found.insert(found.index("too_few_rows"), "high_variance")
    return tuple(found) or ("high_variance",)


@dataclass
class _Evidence:
    """Errors of everything tried, by name; "model" is the estimator itself."""

    estimator: object
    runner: FoldRunner
    share: float
    reference: object
    errors: dict = field(default_factory=dict)
    probes: dict = field(default_factory=dict)
    steps: dict = field(default_factory=dict)
    curve: tuple = ()

    def __post_init__(self):
        self._run("model", self.estimator)
        models = baselines(self.estimator)
        if hasattr(self.reference, "fit"):
            models["reference"] = self.reference
        for name, model in models.items():
            self._run(name, model)
        chance = self.errors["chance"]
        self.chance = chance.dev.mean() if chance.works else np.nanmax(self.errors["model"].dev)
        self.tolerance = self.share * self.chance
        self.own = self.errors["model"]

    def _run(self, name, estimator):
        self.probes[name] = estimator
        self.errors[name] = self.runner.run(estimator)
        return self.errors[name]

    # ------------------------------------------------------------ what is tried
    def try_steps(self):
        """Try lower rates, then more and larger steps, where training may have gone wrong."""
        if self.own.works and self.own.train.mean() <= self.tolerance:
            return
        for name, probe in slower_probes(self.estimator).items():
            self._try_step("rate_too_high", name, probe)
        if not self.own.works and not self.steps:
            message = (self.own.failures or ["the errors are not finite"])[0]
            raise ValueError(f"The estimator could not be fitted: {message}")
        if self.own.works and self.own.at_limit.mean() >= 0.5:
            for name, probe in longer_probes(self.estimator).items():
                self._try_step("not_converged", name, probe)

    def _try_step(self, fault, name, probe):
        """Keep the probe if it fits the training rows better, and the dev rows as well."""
        errors = self._run(name, probe)
        if not errors.works:
            return
        gains = [self.gain(errors, part) for part in ("train", "dev")]
        if all(gain > self.tolerance and sure for gain, sure in gains):
            self.steps[name] = fault

    def try_capacities(self):
        """Try a bolder variant where there is something to learn yet, tamer ones at a gap."""
        if not self.own.works:
            return
        probes = {}
        if self.own.train.mean() > self.tolerance:
            probes |= bolder_probes(self.estimator)
        if self.gap > self.tolerance:
            probes |= tamer_probes(self.estimator)
        for name, probe in probes.items():
            self._run(name, probe)

    def try_fewer_rows(self, rng):
        """Train the best model on nested parts of the rows."""
        best = self.probes[self.best]
        rows = [[] for _ in CURVE]
        for train, _ in self.runner.folds:
            order = spread_order(train, self.runner.y, is_classifier(self.estimator), rng)
            for kept, share in zip(rows, CURVE, strict=True):
                kept.append(order[: max(2, round(share * len(order)))])
        runs = [self.runner.run(best, part) for part in rows[:-1]] + [self.errors[self.best]]
        sizes = [float(np.mean([len(r) for r in part])) for part in rows]
        kept = [(size, run) for size, run in zip(sizes, runs, strict=True) if run.works]
        self.curve = tuple(kept)

    # ------------------------------------------------------------ what follows
    def gain(self, errors, part="dev"):
        """How much lower an error is than the estimator's own, and whether that is sure."""
        if not self.own.works:
            return np.inf, True
        # A wild error is no worse than chance, or one fold would drown what all of them say.
        own, other = (np.minimum(getattr(e, part), self.chance) for e in (self.own, errors))
        difference = own - other
        error = standard_error(difference, self.runner.dev_share)
        return difference.mean(), bool(difference.mean() > N_ERRORS * error)

    @property
    def gap(self):
        """Dev error minus training error."""
        return self.own.dev.mean() - self.own.train.mean()

    @property
    def is_overfit(self):
        """Whether the gap is wide, twice the tolerance."""
        return bool(self.own.works and self.gap > 2 * self.tolerance)

    @property
    def has_few_rows(self):
        """Whether there are fewer rows than any model of so many features or classes wants."""
        y = self.runner.y
        n_classes = len(count_labels(y)[0]) if is_classifier(self.estimator) else 2
        least = max(ROWS_PER_FEATURE * self._n_features, ROWS_PER_CLASS * n_classes)
        return bool(self._n_rows < least)

    @property
    def a_line_fits_anything(self):
        """Whether a linear model can tell apart as good as any labels on so few rows.

        As long as they are fewer than two for each feature (Cover 1965, Geometrical and
        statistical properties of systems of linear inequalities).
        """
        return bool(self._n_rows < 2 * self._n_features)

    @property
    def _n_rows(self):
        return np.mean([len(train) for train, _ in self.runner.folds])

    @property
    def _n_features(self):
        X = self.runner.X
        return X.shape[1] if len(getattr(X, "shape", ())) == 2 else 1

    @property
    def best(self):
        """Name of the model with the lowest dev error, of those that surely beat the own one."""
        gains = {name: self.gain(e) for name, e in self.errors.items() if e.works}
        sure = {n: gain for n, (gain, is_sure) in gains.items() if is_sure and gain > 0}
        if not self.own.works:
            return min(self.steps, key=lambda name: self.errors[name].dev.mean())
        return max(sure, key=sure.get) if sure else "model"

    def take_apart(self):
        """Return the parts of the dev error by fault, and which of them are sure."""
        own = self.own if self.own.works else self.errors["chance"]
        possible = self.errors[self.best].dev.mean()
        left = max(own.dev.mean() - possible, 0.0)
        parts, train = {"rate_too_high": 0.0, "not_converged": 0.0}, own.train.mean()
        if self.steps:
            name = min(self.steps, key=lambda name: self.errors[name].dev.mean())
            lost = own.dev.mean() - self.errors[name].dev.mean()
            parts[self.steps[name]] = min(max(lost, 0.0), left)
            left -= parts[self.steps[name]]
            train = self.errors[name].train.mean()
        parts["high_bias"] = float(np.clip(train - possible, 0.0, left))
        parts["high_variance"] = left - parts["high_bias"]
        at_infinity, sure_rows = self._extrapolate(possible)
        if is_real(self.reference):
            floor = min(self.reference, possible)
            # What people can do and no number of rows would bring, the models are too poor for.
            parts["high_bias"] += max(at_infinity - floor, 0.0)
            at_infinity = max(at_infinity, floor)
            parts["too_few_rows"], parts["noise"] = possible - at_infinity, floor
        else:
            parts["too_few_rows"], parts["noise"] = possible - at_infinity, at_infinity
        sure = dict.fromkeys(parts, True) | {"too_few_rows": sure_rows}
        return {name: float(value) for name, value in parts.items()}, sure

    def _extrapolate(self, possible):
        """Dev error of the best model with endless rows, and whether it surely falls."""
        if len(self.curve) < 2:
            return possible, False
        sizes = np.array([size for size, _ in self.curve])
        # Chance is always to be had, so wild errors of tiny training sets do not count.
        errors = np.minimum([run.dev for _, run in self.curve], self.chance)
        x = np.sqrt(sizes[-1] / sizes) - 1.0
        slopes = x @ (errors - errors[-1]) / (x @ x)
        error = standard_error(slopes, self.runner.dev_share)
        slope = slopes.mean()
        return float(np.clip(possible - slope, 0.0, possible)), bool(slope > N_ERRORS * error)

"""All models on the same test rows, and a sentence about which is better."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from sknn_tune.command_line.contest.baselines import BOOSTING, DUMMY
from sknn_tune.command_line.contest.scores import (
    FoldLosses,
    Interval,
    Metric,
    adjusted_difference,
    difference_of,
    interval_of,
    predict_test,
)
from sknn_tune.common.wording import show_number

DEFAULT, TUNED, AVERAGE = "default network", "tuned network", "average of networks"
NETWORKS = (DEFAULT, TUNED, AVERAGE)


class Entry(NamedTuple):
    """A model on the leaderboard."""

    name: str
    figure: Interval  #: of the metric on the test rows
    seconds: float  #: of its fit; of the search as well for a tuned one
    losses: np.ndarray  #: (n_test_rows,)
    remark: str = ""


class Comparison(NamedTuple):
    """One model beside another on the same rows."""

    other: str
    gain: Interval  #: positive where ours is better
    n_rows: int  #: that it rests on
    remark: str = ""  #: on the other, such as that it was cut short

    @property
    def outcome(self) -> str:
        """Whether ours is surely better, surely worse, or neither."""
        if self.gain.low > 0:
            return "win"
        return "behind" if self.gain.high < 0 else "level"

    def __str__(self) -> str:
        value, low, high = self.gain
        if self.outcome == "behind":
            value, low, high = -value, -high, -low
        size, low_end, high_end = (show_number(number, 3) for number in (value, low, high))
        ends = f"95 % interval {low_end} to {high_end}"
        other = f"{self.other} ({self.remark})" if self.remark else self.other
        if self.outcome == "level":
            return f"level with {other} (difference {size}, {ends})"
        word = "better" if self.outcome == "win" else "worse"
        return f"{word} than {other} by {size} ({ends})"


class Leaderboard:
    """The entries, the best first.

    Parameters
    ----------
    metric : Metric
    y_test : ndarray of shape (n_test_rows,)
    """

    def __init__(self, metric: Metric, y_test: np.ndarray) -> None:
        self.metric = metric
        self._y_test = y_test
        self._entries: dict[str, Entry] = {}
        self._folds: dict[str, FoldLosses] = {}

    def add_folds(self, name: str, losses: FoldLosses) -> None:
        """Compare an entry on the rows to learn from as well; all networks by the default one."""
        self._folds[name] = losses

    def add(self, name: str, model: Any, X_test: Any, seconds: float, remark: str = "") -> Entry:
        """Score a fitted model on the test rows."""
        losses = self.losses(model, X_test)
        figure = interval_of(self.metric, losses, self._y_test)
        self._entries[name] = Entry(name, figure, seconds, losses, remark)
        return self._entries[name]

    def losses(self, model: Any, X_test: Any) -> np.ndarray:
        """Return the loss of each test row."""
        prediction = predict_test(model, X_test, self._y_test)
        return self.metric.loss(prediction.truth, prediction.values)

    def __iter__(self) -> Iterator[Entry]:
        sign = -1 if self.metric.larger_is_better else 1
        return iter(sorted(self._entries.values(), key=lambda entry: sign * entry.figure.value))

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def compare(self, ours: str, other: str) -> Comparison:
        """Compare two entries by a paired bootstrap of their losses.

        It rests on all rows where both were fitted in folds, else on the test rows.
        """
        rival, y = self._entries[other], self._y_test
        pair = self._entries[ours].losses, rival.losses
        # The default network was not chosen by how it does on these rows, as a tuned one is.
        own, theirs = self._folds.get(DEFAULT), self._folds.get(other)
        if own is None or theirs is None:
            return Comparison(other, difference_of(self.metric, *pair, y), len(y), rival.remark)
        gain = adjusted_difference(self.metric, pair, y, (own, theirs))
        return Comparison(other, gain, len(y) + len(own.rest), rival.remark)

    def verdict(self, ours: str) -> tuple[str, list[str]]:
        """Return a sentence about a model and what it should be warned of.

        Parameters
        ----------
        ours : str
            The name of an entry.

        Returns
        -------
        sentence : str
        warnings : list of str
        """
        rivals = [entry.name for entry in self if entry.name not in NETWORKS]
        names = dict.fromkeys([*rivals[:1], BOOSTING, DUMMY])
        against = [self.compare(ours, name) for name in names if name in self]
        listed = ", ".join(map(str, against[:-1])) + " and " * (len(against) > 1) + str(against[-1])
        figure = self._entries[ours].figure
        sentence = f"The {ours} has {self.metric.name} {figure} on the test rows: {listed}."
        sentence += self._what_it_rests_on(against)
        warnings = []
        for comparison in against:
            if comparison.other == DUMMY and comparison.outcome != "win":
                warnings.append(
                    "The model is not surely better than one that looks at no column. "
                    "Do not rely on it."
                )
            if comparison.other == BOOSTING and comparison.outcome == "behind":
                warnings.append(
                    f"Boosted trees with default settings do better here: consider {BOOSTING}, "
                    "or give more time with --max-time."
                )
        return sentence, warnings

    def _what_it_rests_on(self, against: list[Comparison]) -> str:
        """A sentence about comparisons on more than the test rows; blank if there are none."""
        n_rows = max(comparison.n_rows for comparison in against)
        names = [comparison.other for comparison in against if comparison.n_rows == n_rows]
        if n_rows == len(self._y_test):
            return ""
        return (
            f" The comparison with {' and '.join(names)} rests on all {n_rows:,} rows, each "
            "predicted by models that have not seen it."
        )

    def lines(self) -> list[str]:
        """Return the leaderboard as a table of text."""
        return [self.line(entry) for entry in self]

    def line(self, entry: Entry) -> str:
        """Return one entry as text."""
        remark = f"  ({entry.remark})" if entry.remark else ""
        return f"  {entry.name:22}{entry.figure}  {entry.seconds:.1f} s{remark}"

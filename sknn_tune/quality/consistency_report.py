"""The reports of `consistency`: as text, as HTML and as a DataFrame."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from sknn_tune.common.tables import data_frame, html_table, text_table
from sknn_tune.quality.agreement import Agreement
from sknn_tune.quality.paired_test import adjust_holm, paired_test, standard_error
from sknn_tune.quality.refits import Refits
from sknn_tune.quality.resampling import Split
from sknn_tune.quality.variance import variance_components

if TYPE_CHECKING:
    from pandas import DataFrame

_COLUMNS = (
    "model",
    "mean score",
    "standard error",
    "split std",
    "seed std",
    "worst score",
    "seed agreement",
    "split agreement",
)
_PAIR_COLUMNS = ("pair", "difference", "standard error", "t", "p", "p adjusted")


class Consistency:
    """Score of one model over splits and seeds; made by `consistency`.

    Attributes
    ----------
    name : str
        Name of the model.
    scores : ndarray of shape (n_splits, n_seeds)
        Score of each split and seed, on the rows held out.
    mean_score : float
        Mean over all.
    standard_error : float
        Of the mean, corrected for rows that splits share.
    variances : dict of str to float
        ``split``, ``seed`` and the two parts of the latter; see
        `sknn_tune.quality.variance.variance_components`.
    split_std, seed_std : float
        Standard deviation of the score when the rows change, and when only the seed changes.
    worst_score : float
        The smallest of all.
    seed_agreement, split_agreement : float
        Agreement of predictions between two refits that differ in the seed, or in the rows: for
        labels the share of equal ones; 1 is full agreement. nan where it cannot be measured: with
        one seed, without `predict`, or where splits hold out no row twice, as k-fold does.
    test_share : float
        Rows held out over rows trained on.
    """

    def __init__(self, name: str, refits: Refits, splits: list[Split], labels: bool) -> None:
        self.name = name
        self.scores = refits.scores
        self.test_share = float(np.mean([len(test) / len(train) for train, test in splits]))
        self.mean_score = float(self.scores.mean())
        self.standard_error = float(standard_error(self.scores.mean(axis=1), self.test_share))
        self.variances = variance_components(self.scores)
        self.split_std = float(np.sqrt(self.variances["split"]))
        self.seed_std = float(np.sqrt(self.variances["seed"]))
        self.worst_score = float(self.scores.min())
        self.seed_agreement = self.split_agreement = float("nan")
        if refits.predictions is not None:
            found = Agreement(refits.predictions, [test for _, test in splits], labels)
            self.seed_agreement = found.between_seeds
            self.split_agreement = found.between_splits

    def row(self) -> tuple[str, float, float, float, float, float, float, float]:
        """Return the figures in the order of the table's columns."""
        return (
            self.name,
            self.mean_score,
            self.standard_error,
            self.split_std,
            self.seed_std,
            self.worst_score,
            self.seed_agreement,
            self.split_agreement,
        )

    def to_frame(self) -> DataFrame:
        """Return the figures as a DataFrame of one row; needs pandas."""
        return data_frame(_COLUMNS, [self.row()])

    def __repr__(self) -> str:
        n_splits, n_seeds = self.scores.shape
        measured = [
            f"{value:.3g} between {what}"
            for value, what in ((self.split_agreement, "splits"), (self.seed_agreement, "seeds"))
            if np.isfinite(value)
        ]
        lines = [
            f"Consistency of {self.name} over {n_splits} splits x {n_seeds} seeds",
            f"  score        {self.mean_score:.4g} +- {self.standard_error:.2g}, "
            f"worst {self.worst_score:.4g}",
            f"  spread       {self.split_std:.2g} by the split, {self.seed_std:.2g} by the seed",
            f"  agreement    {', '.join(measured) or 'not measured'}",
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return html_table(_COLUMNS, [self.row()])


class ConsistencyComparison:
    """Several models on the same splits and seeds; made by `consistency`.

    Attributes
    ----------
    models : dict of str to Consistency
        The report of each.
    pairs : list of tuple
        For each two models: names, mean difference of the score, its corrected standard error,
        t, p, and p adjusted for the number of pairs (Holm).
    best : str
        Name of the model with the best mean score.
    """

    def __init__(self, models: dict[str, Consistency]) -> None:
        self.models = models
        self.best = max(models, key=lambda name: models[name].mean_score)
        rows = [(a, b, *self._compare(a, b)) for a, b in combinations(models, 2)]
        adjusted = adjust_holm([row[-1] for row in rows])
        self.pairs = [(*row, float(p)) for row, p in zip(rows, adjusted, strict=True)]

    def __getitem__(self, name: str) -> Consistency:
        return self.models[name]

    def is_better(self, a: str, b: str, level: float = 0.05) -> bool:
        """Whether model `a` scores better than `b`, with adjusted p below `level`.

        Parameters
        ----------
        a, b : str
            Names of models.
        level : float, default=0.05
            Accepted share of false alarms.

        Raises
        ------
        KeyError
            If there is no such pair.
        """
        for first, second, difference, _, _, _, p in self.pairs:
            if {first, second} == {a, b}:
                ahead = difference if first == a else -difference
                return bool(ahead > 0 and p < level)
        raise KeyError(f"no pair of models {a!r} and {b!r}; there are {list(self.models)}.")

    def to_frame(self) -> DataFrame:
        """Return one row a model as a DataFrame; needs pandas."""
        return data_frame(_COLUMNS, [model.row() for model in self.models.values()])

    def pairs_to_frame(self) -> DataFrame:
        """Return one row a pair as a DataFrame; needs pandas."""
        return data_frame(_PAIR_COLUMNS, self._pair_rows())

    def _compare(self, a: str, b: str) -> tuple[float, float, float, float]:
        first, second = self.models[a], self.models[b]
        # Seeds are averaged first: differences between models are judged over the splits.
        differences = first.scores.mean(axis=1) - second.scores.mean(axis=1)
        t, p = paired_test(differences, first.test_share)
        error = standard_error(differences, first.test_share)
        return float(differences.mean()), float(error), t, p

    def _pair_rows(self) -> list[tuple[Any, ...]]:
        return [(f"{a} - {b}", *figures) for a, b, *figures in self.pairs]

    def __repr__(self) -> str:
        models = text_table(_COLUMNS, [model.row() for model in self.models.values()])
        return f"{models}\n\n{text_table(_PAIR_COLUMNS, self._pair_rows())}"

    def _repr_html_(self) -> str:
        models = html_table(_COLUMNS, [model.row() for model in self.models.values()])
        return models + html_table(_PAIR_COLUMNS, self._pair_rows())

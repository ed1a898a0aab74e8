"""Stored trials as records of the search that resumes; refuses those it cannot have run."""

from typing import Any, Literal

from sknn_tune.search.engine.space import Space
from sknn_tune.search.storage.rows import DamagedRow, StoredTrial
from sknn_tune.search.storage.trial_records import Fold, TrialRecord

_PARTS: tuple[Literal["test_scores", "train_scores"], ...] = ("test_scores", "train_scores")


class TrialDecoder:
    """Decodes the trials of one search.

    Parameters
    ----------
    space : Space
    description : dict
        What the search belongs to: its resource, metrics and measures are looked at.
    n_splits : int
    """

    def __init__(self, space: Space, description: dict[str, Any], n_splits: int) -> None:
        self._space, self._n_splits = space, n_splits
        resource = description.get("resource") or {}
        self._amounts = {None} if resource.get("name") is None else set(resource["rungs"])
        self._measures = set(description.get("measures", ()))
        metrics = description.get("metrics")
        # Of a callable `scoring`, the first scores tell.
        self._metrics: set[str] | None = None if metrics is None else set(metrics)
        self._are_known = metrics is not None

    def __call__(self, stored: StoredTrial, branches: list[dict] | None) -> TrialRecord:
        """Return a trial; raise `DamagedRow` if it is not one of this search."""
        if len(stored.folds) != self._n_splits:
            raise DamagedRow(f"it has {len(stored.folds)} folds for {self._n_splits} splits")
        for fold in stored.folds:
            self._check_metrics(fold)
            self._check_measures(fold)
        return self.decode_unended(stored)

    def decode_unended(self, stored: StoredTrial) -> TrialRecord:
        """Return a trial that has no folds; raise `DamagedRow` if it is not one of this search."""
        if stored.n_resources not in self._amounts:
            raise DamagedRow(f"it has n_resources={stored.n_resources}")
        return TrialRecord(
            number=stored.number,
            params=self._params(stored),
            folds=stored.folds,
            score=stored.score,
            configuration=stored.configuration,
            n_resources=stored.n_resources,
        )

    def _params(self, stored: StoredTrial) -> dict[str, Any]:
        as_stored = {"branch": stored.branch, "values": stored.values}
        try:
            params = self._space.from_json(as_stored)
            is_inside = self._space.contains(params) and self._space.to_json(params) == as_stored
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            raise DamagedRow(f"its parameters cannot be read: {error!r}") from error
        if not is_inside:
            raise DamagedRow(f"{params} is not in the space")
        return params

    def _check_measures(self, fold: Fold) -> None:
        """Raise unless a fit that succeeded has been measured by each of the functions."""
        names = set(fold.get("measures", {}))
        if names != (self._measures if fold["fit_error"] is None else set()):
            raise DamagedRow(f"its measures are {sorted(names)}")

    def _check_metrics(self, fold: Fold) -> None:
        """Raise unless the scores are of the metrics of the search.

        What failed may have one error score for all of them: a fit, or a callable `scoring`.
        """
        for scores in [fold[part] for part in _PARTS if part in fold]:
            names = set(scores) if isinstance(scores, dict) else set()
            if not names and (fold["fit_error"] is not None or not self._are_known):
                continue
            if self._metrics is None:
                self._metrics = names
            if names != self._metrics:
                raise DamagedRow(f"its metrics are {sorted(names)}")

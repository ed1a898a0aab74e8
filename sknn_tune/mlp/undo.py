"""Restores an estimator whose fit fails."""

from sknn_tune.mlp.compat import CALLBACK_STATE, Estimator


class Undo:
    """Context that restores an estimator if the fit within fails, as long as that is possible."""

    def __init__(self, estimator: Estimator) -> None:
        self._attributes = estimator.__dict__
        self._before = self._attributes.copy()
        self.is_possible = True

    def __enter__(self) -> "Undo":
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        if self.is_possible and isinstance(error, Exception):
            kept = {
                name: self._attributes[name] for name in CALLBACK_STATE & self._attributes.keys()
            }
            self._attributes.clear()
            self._attributes.update(self._before | kept)

"""Where the error of a model comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from sknn_tune.common.typing import MatrixLike
from sknn_tune.displays.style import LITERAL, ink, new_axes, short
from sknn_tune.quality.diagnosis import diagnose
from sknn_tune.quality.diagnosis_report import Diagnosis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABELS = {
    "noise": "noise",
    "high_bias": "bias",
    "high_variance": "variance",
    "too_few_rows": "too few rows",
    "rate_too_high": "rate too high",
    "not_converged": "not converged",
}


class BiasVarianceDisplay:
    """Training, dev and reference errors, and the parts of the dev error.

    Use `from_diagnosis` or `from_estimator` to make one.

    Parameters
    ----------
    diagnosis : Diagnosis
        From `diagnose`.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    bars_ : dict of str to BarContainer
        "errors", and one for each part of the dev error that is above 0.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sknn_tune import BiasVarianceDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(max_depth=1, random_state=0)
    >>> display = BiasVarianceDisplay.from_estimator(tree, X, y, cv=3, random_state=0)
    >>> display.ax_.get_title()
    'DecisionTreeClassifier: high_bias'
    """

    def __init__(self, diagnosis: Diagnosis) -> None:
        self.diagnosis = diagnosis

    @classmethod
    def from_diagnosis(cls, diagnosis: Diagnosis, *, ax: Axes | None = None) -> BiasVarianceDisplay:
        """Draw a report of `diagnose`.

        Parameters
        ----------
        diagnosis : Diagnosis
            From `diagnose`.
        ax : matplotlib Axes, default=None
            None makes new ones.

        Returns
        -------
        display : BiasVarianceDisplay
        """
        return cls(diagnosis).plot(ax=ax)

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: MatrixLike, y: ArrayLike, *, ax: Axes | None = None, **options: Any
    ) -> BiasVarianceDisplay:
        """Diagnose an estimator and draw the report.

        Parameters
        ----------
        estimator : estimator object
        X, y : array-like
            As `diagnose` takes them.
        ax : matplotlib Axes, default=None
            None makes new ones.
        **options : dict
            Passed on to `diagnose`.

        Returns
        -------
        display : BiasVarianceDisplay
        """
        return cls(diagnose(estimator, X, y, **options)).plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> BiasVarianceDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes new ones.

        Returns
        -------
        self : BiasVarianceDisplay
        """
        self.figure_, self.ax_ = new_axes(ax, figsize=(6.8, 3.0))
        report = self.diagnosis
        rows = [
            ("training error", report.training_error, report.training_error_se),
            ("dev error", report.dev_error, report.dev_error_se),
            ("reference error", report.reference_error, 0.0),
        ]
        labels, errors, spreads = zip(*rows, strict=True)
        self.bars_ = {
            "errors": self.ax_.barh(
                range(3), errors, xerr=spreads, color="C0", height=0.6, ecolor=ink(), capsize=3
            )
        }
        self._parts(report.parts)
        self.ax_.set_yticks(range(4), [*labels, "dev error is made of"])
        self.ax_.set_ylim(3.6, -0.6)
        self.ax_.set_xlim(left=0)
        self.ax_.set_xlabel("error")
        name = short(type(report.estimator).__name__, 36)
        self.ax_.set_title(f"{name}: {report.fault}", **LITERAL)
        return self

    def _parts(self, parts):
        left = 0.0
        for i, (name, label) in enumerate(_LABELS.items()):
            if parts[name] > 0:
                self.bars_[name] = self.ax_.barh(
                    3, parts[name], left=left, color=f"C{i + 1}", height=0.6, label=label
                )
                left += parts[name]
        if left:
            self.ax_.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.2))

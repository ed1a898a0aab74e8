"""An axis of a plot that shows the values of a hyperparameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sknn_tune.common.numeric import is_real
from sknn_tune.displays.style import LITERAL, short_labels, short_value
from sknn_tune.search.engine.landscape import Axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Categories that are labelled; of more, some that are evenly spaced.
MOST_LABELS = 8
# Share of an axis beside each end that counts as the border.
BORDER = 0.01


def mark_axis(
    ax: Axes, axis: Axis, which: Literal["x", "y"] = "x", label: str | None = None
) -> None:
    """Give an axis of a plot the scale, the ticks and the label of a hyperparameter.

    Parameters
    ----------
    ax : matplotlib Axes
    axis : Axis
    which : {"x", "y"}, default="x"
    label : str, default=None
        None is the short name.
    """
    label = short_labels([axis.name])[0] if label is None else label
    getattr(ax, f"set_{which}label")(label, **LITERAL)
    if axis.is_log:
        getattr(ax, f"set_{which}scale")("log")
    if axis.is_number:
        return
    step = -(-len(axis.values) // MOST_LABELS)
    labels = [short_value(value) for value in axis.values[::step]]
    is_long = which == "x" and sum(map(len, labels)) > 20
    getattr(ax, f"set_{which}ticks")(
        axis.positions[::step],
        labels,
        rotation=40 if is_long else 0,
        ha="right" if is_long or which == "y" else "center",
        rotation_mode="anchor" if is_long else "default",
        **LITERAL,
    )


def place_on(axis: Axis, value: Any) -> float:
    """Return where a value lies on an axis; sequences of numbers lie at the most similar one.

    Parameters
    ----------
    axis : Axis
    value : object

    Returns
    -------
    place : float
        nan for a category that is not on the axis.
    """
    place = axis.place(value)
    if np.isfinite(place) or not _are_sizes(value) or not all(map(_are_sizes, axis.values)):
        return place
    # Sizes of layers differ by their number, and in each number by their mean.
    differences = [
        (abs(len(known) - len(value)), abs(np.log(known).mean() - np.log(value).mean()))
        for known in axis.values
    ]
    return float(axis.positions[min(range(len(differences)), key=differences.__getitem__)])


def _are_sizes(value: Any) -> bool:
    return isinstance(value, tuple | list) and len(value) > 0 and all(map(_is_positive, value))


def _is_positive(value: Any) -> bool:
    return is_real(value) and value > 0


def border_note(axis: Axis, place: float) -> str | None:
    """Return what to say of a value on the border of the space, None where it lies inside.

    Parameters
    ----------
    axis : Axis
    place : float
        Position of the value on the axis.
    """
    if not axis.is_number or len(axis.values) < 3 or not np.isfinite(place):
        return None
    scale = np.log if axis.is_log else np.asarray
    low, at, high = scale([axis.positions[0], place, axis.positions[-1]])
    for end, distance in ((axis.positions[0], at - low), (axis.positions[-1], high - at)):
        if distance <= BORDER * (high - low):
            # Shares end at 0 and 1, and many counts start there: there may be nothing beyond.
            is_natural = not axis.is_log and end in (0, 1)
            return "at the border of the space" + ("" if is_natural else ": widen it")
    return None

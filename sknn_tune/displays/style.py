"""What the displays share: axes, short labels, limits, colours of the style in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from sknn_tune.common.parameter_names import short_names
from sknn_tune.common.wording import as_text, show_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

#: Opacity of bands and of other things in the background.
FAINT = 0.22
# Letters of a label.
_LONGEST = 26
#: For text that is data, in which a dollar sign starts no formula.
LITERAL: dict[str, Any] = {"parse_math": False}


def pyplot() -> Any:
    """Return the module matplotlib.pyplot.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "Displays need matplotlib; install it with `pip install 'sknn-tune[plot]'`."
        ) from error
    return plt


def new_axes(ax: Axes | None = None, **options: Any) -> tuple[Figure, Axes]:
    """Return figure and axes, those given or new ones.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    plt = pyplot()
    if ax is not None:
        return ax.figure, ax  # type: ignore[return-value]  # a subfigure serves as well
    return plt.subplots(layout="constrained", **options)


def ink() -> str:
    """Return the colour of text in the style in use: black on white, white on black."""
    return pyplot().rcParams["text.color"]


def colours_beside(background: Any) -> Colormap:
    """Return a colormap for thin things on a background, from which large values stand out.

    It is viridis without what would vanish.

    Parameters
    ----------
    background : matplotlib colour
        Such as ``ax.get_facecolor()``.
    """
    from matplotlib.colors import ListedColormap, to_rgb

    is_dark = np.mean(to_rgb(background)) < 0.5
    shades = np.linspace(0.25, 1.0, 256) if is_dark else np.linspace(0.9, 0.0, 256)
    return ListedColormap(pyplot().get_cmap("viridis")(shades))


def legend_below(ax: Axes, handles: list[Any] | None = None, columns: int = 3) -> None:
    """Put the legend below the axes, where it hides nothing."""
    from matplotlib.transforms import ScaledTranslation

    given = {} if handles is None else {"handles": handles}
    # Below tick labels and axis label, whose height does not depend on that of the axes.
    inches = 3.0 * pyplot().rcParams["font.size"] / 72
    below = ax.transAxes + ScaledTranslation(0, -inches, ax.figure.dpi_scale_trans)
    ax.legend(
        frameon=False,
        ncols=columns,
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        bbox_transform=below,
        **given,
    )


def short(value: object, longest: int = _LONGEST) -> str:
    """Return the text of a value on one line, with its middle left out where it is too long."""
    text = " ".join(as_text(value).split())
    if len(text) <= longest:
        return text
    head = (longest - 1) // 3
    return f"{text[:head]}…{text[len(text) - (longest - 1 - head) :]}"


def short_labels(names: Iterable[str]) -> list[str]:
    """Return parameter names as labels: their shortest distinct endings, none too long.

    Examples
    --------
    >>> from sknn_tune.displays.style import short_labels
    >>> short_labels(["scale__with_mean", "network__alpha"])
    ['with_mean', 'alpha']
    >>> short_labels([f"a_column_transformer_with_step_{i}_of_a_long_pipeline" for i in (1, 2)])
    ['…1_of_a_long_pipeline', '…2_of_a_long_pipeline']
    """
    whole = [" ".join(name.split()) for name in short_names(names)]
    labels = [short(name) for name in whole]
    for label, count in Counter(labels).items():
        if count > 1:  # what differs was left out: it comes first
            equal = [place for place, other in enumerate(labels) if other == label]
            letters = enumerate(zip(*(whole[place] for place in equal), strict=False))
            start = next((i for i, column in letters if len(set(column)) > 1), 0)
            word = whole[equal[0]].rfind("_", 0, start) + 1
            for place in equal:
                labels[place] = _from(whole[place], word)
    return labels


def _from(text: str, start: int) -> str:
    """Return what follows in a text, as much as a label may have."""
    rest = text[start:]
    return f"…{rest}" if len(rest) < _LONGEST else f"…{rest[: _LONGEST - 2]}…"


def short_value(value: object, longest: int = 16) -> str:
    """Return the value of a hyperparameter as a tick label."""
    if isinstance(value, float | np.floating):
        return show_number(float(value), 3)
    if isinstance(value, tuple | list):
        return short("-".join(short_value(v) for v in value) or "()", longest)
    return short(value, longest)


def score_limits(scores: ArrayLike, noise: float = 0.0) -> tuple[float, float]:
    """Return the range that shows scores; a few that are far too low lie below it.

    Parameters
    ----------
    scores : array-like of shape (n_scores,)
        Finite, at least one.
    noise : float, default=0.0
        Standard deviation of a score: what differs by less is no reason to leave others out.

    Returns
    -------
    low, high : float
    """
    low, lower_quartile, high = np.quantile(np.asarray(scores, dtype=float), [0.0, 0.25, 1.0])
    height = max(high - lower_quartile, 2 * noise)
    if len(np.ravel(scores)) >= 8 and lower_quartile - low > 4 * height > 0:
        low = lower_quartile - 2 * height
    return float(low), float(high)

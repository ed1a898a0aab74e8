"""What the displays share: axes, short labels, colours of the style in use."""

import numpy as np

from sknn_tune.common.parameter_names import short_names

#: Alpha of bands and of things in the background.
FAINT = 0.22


def new_axes(ax=None, **options):
    """Return figure and axes, those given or new ones.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    plt = pyplot()
    if ax is not None:
        return ax.figure, ax
    return plt.subplots(layout="constrained", **options)


def pyplot():
    """Return matplotlib.pyplot, or raise ImportError that says how to get it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "Displays need matplotlib; install it with `pip install sknn-tune[plot]`."
        ) from error
    return plt


def ink():
    """Return the colour of text in the style in use: black on white, white on black."""
    return pyplot().rcParams["text.color"]


def legend_below(ax, handles=None, columns=3):
    """Put the legend below the axes, where it hides nothing."""
    given = {} if handles is None else {"handles": handles}
    ax.legend(
        frameon=False, ncols=columns, loc="upper center", bbox_to_anchor=(0.5, -0.13), **given
    )


def short(text, longest=26):
    """Return a text with its middle left out where it is too long."""
    text = str(text)
    if len(text) <= longest:
        return text
    head = (longest - 1) // 3
    return f"{text[:head]}…{text[len(text) - (longest - 1 - head) :]}"


def short_labels(names):
    """Return parameters' names as labels: short endings, none too long."""
    return [short(name) for name in short_names(names)]


def short_value(value):
    """Return a value as a tick says it."""
    if isinstance(value, float | np.floating):
        return f"{value:.3g}"
    if isinstance(value, tuple | list):
        return "-".join(short_value(v) for v in value) or "()"
    return short(value, 16)


def mark_axis(ax, axis, which="x", label=None):
    """Give an axis of a plot the scale, ticks and label of a hyperparameter.

    Parameters
    ----------
    ax : matplotlib Axes
    axis : sknn_tune.search.engine.landscape.Axis
    which : {"x", "y"}, default="x"
    label : str, default=None
        None is the short name.
    """
    getattr(ax, f"set_{which}label")(short_labels([axis.name])[0] if label is None else label)
    if axis.is_log:
        getattr(ax, f"set_{which}scale")("log")
    if not axis.is_number:
        labels = [short_value(value) for value in axis.values]
        is_long = which == "x" and max(map(len, labels)) * len(labels) > 24
        getattr(ax, f"set_{which}ticks")(
            axis.positions,
            labels,
            rotation=40 if is_long else 0,
            ha="right" if is_long or which == "y" else "center",
            rotation_mode="anchor" if is_long else "default",
        )

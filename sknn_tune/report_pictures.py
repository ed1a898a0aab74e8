"""The pictures of the report, as SVG that a page carries within itself."""

import base64
import io

import numpy as np

_SIZE = (7.0, 3.2)
_BLUE, _ORANGE, _GREY = "#1f6fb4", "#d9622b", "#9aa5b1"
# More hyperparameters than that are told in the table only.
_MAX_SLICES = 12


def draw(plot, size=_SIZE):
    """Draw into a new figure and return it as the address of an image.

    Parameters
    ----------
    plot : callable
        Takes an empty matplotlib figure and draws into it.
    size : tuple of (float, float), default=(7, 3.2)
        Width and height in inches.

    Returns
    -------
    address : str
        ``data:image/svg+xml;base64,...``
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    style = {"axes.spines.top": False, "axes.spines.right": False, "font.size": 9}
    with rc_context(style | {"svg.fonttype": "path", "svg.hashsalt": "sknn_tune"}):
        figure = Figure(figsize=size, layout="constrained")
        plot(figure)
        picture = io.BytesIO()
        figure.savefig(picture, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(picture.getvalue()).decode()


def plot_history(figure, scores, errors):
    """Score of each trial in the order of the trials, and the best so far."""
    ax = figure.subplots()
    trials = np.arange(1, len(scores) + 1)
    known = np.isfinite(scores)
    ax.errorbar(
        trials[known], scores[known], errors[known], fmt="o", color=_GREY, ms=4, lw=1, label="trial"
    )
    best = np.fmax.accumulate(scores)
    ax.step(trials, best, where="post", color=_BLUE, lw=2, label="best so far")
    low, high = np.nanpercentile(scores, [10, 100])
    margin = 0.15 * (high - low) or abs(high) * 0.05 or 1.0
    ax.set(xlabel="trial", ylabel="score", ylim=(low - margin, high + margin))
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend(frameon=False)


def plot_slices(figure, values, scores):
    """Score over each hyperparameter, one small picture each."""
    names = list(values)[:_MAX_SLICES]
    n_columns = min(len(names), 3)
    axes = figure.subplots(-(-len(names) // n_columns), n_columns, squeeze=False, sharey=True)
    best = np.nanargmax(scores)
    low, high = np.nanpercentile(scores, [10, 100])
    margin = 0.1 * (high - low) or 1.0
    for ax, name in zip(axes.flat, names, strict=False):
        x, words = _positions(values[name])
        ax.plot(x, scores, "o", color=_GREY, ms=4)
        ax.plot(x[best], scores[best], "o", color=_ORANGE, ms=7)
        if words is not None:
            ax.set_xticks(range(len(words)), words, rotation=30, ha="right")
            ax.set_xlim(-0.5, len(words) - 0.5)
        elif _spans_decades(x):
            ax.set_xscale("log")
        ax.set_title(name, fontsize=9)
        ax.set_ylim(low - margin, high + margin)
    for ax in list(axes.flat)[len(names) :]:
        ax.set_axis_off()
    for ax in axes[:, 0]:
        ax.set_ylabel("score")


def slices_size(n_names):
    """Width and height of `plot_slices`."""
    return _SIZE[0], 2.3 * (-(-min(n_names, _MAX_SLICES) // 3))


def plot_loss(figure, losses):
    """Training loss over the epochs."""
    ax = figure.subplots()
    ax.plot(np.arange(1, len(losses) + 1), losses, color=_BLUE, lw=2)
    ax.set(xlabel="epoch", ylabel="training loss")


def plot_confusion(figure, matrix, labels):
    """How often each class was taken for each."""
    ax = figure.subplots()
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if len(labels) <= 12:
        for i, j in np.ndindex(matrix.shape):
            colour = "white" if shares[i, j] > 0.5 else "black"
            ax.text(j, i, str(matrix[i, j]), ha="center", va="center", color=colour, fontsize=8)
    ax.set_xticks(range(len(labels)), labels, rotation=30, ha="right")
    ax.set_yticks(range(len(labels)), labels)
    ax.set(xlabel="predicted", ylabel="true")


def plot_predictions(figure, true, predicted):
    """Predicted over true numbers."""
    ax = figure.subplots()
    ends = [min(true.min(), predicted.min()), max(true.max(), predicted.max())]
    ax.plot(ends, ends, color=_ORANGE, lw=1)
    ax.plot(true, predicted, ".", color=_BLUE, ms=4, alpha=0.4, rasterized=len(true) > 2000)
    ax.set(xlabel="true", ylabel="predicted")


def _positions(values):
    """Where values lie on an axis, and the words of an axis of words (None: of numbers)."""
    numbers = [v for v in values if isinstance(v, (int, float, np.number)) and v is not None]
    if len(numbers) == len(values) and not any(isinstance(v, (bool, np.bool_)) for v in values):
        return np.array(values, dtype=float), None
    tuples = [v for v in values if isinstance(v, tuple)]
    if len(tuples) == len(values) and len(set(values)) > 8:
        return np.array([float(np.sum(v)) for v in values]), None
    words = sorted({str(v) for v in values})
    places = {word: place for place, word in enumerate(words)}
    return np.array([places[str(v)] for v in values], dtype=float), words


def _spans_decades(x):
    return x.min() > 0 and x.max() / x.min() > 20

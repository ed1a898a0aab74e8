"""Pictures as SVG that a page carries within itself."""

import base64
import io

_STYLE = {"axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "sknn_tune"}


def picture(draw, *arguments, **settings):
    """Draw a display and return it as the address of an image.

    Parameters
    ----------
    draw : callable
        Makes a display with a ``figure_``, such as ``SearchHistoryDisplay.from_search``.
    *arguments, **settings
        What it takes.

    Returns
    -------
    address : str
        ``data:image/svg+xml;base64,...``
    """
    import matplotlib.pyplot as plt

    with plt.rc_context(_STYLE), plt.ioff():
        figure = draw(*arguments, **settings).figure_
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", bbox_inches="tight", metadata={"Date": None})
        plt.close(figure)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()


def literal(label: object) -> str:
    """Return text that matplotlib does not take for mathematics.

    Examples
    --------
    >>> from sknn_tune.report_pictures import literal
    >>> print(literal("$5 to $6"))
    \\$5 to \\$6
    """
    return str(label).replace("$", r"\$")

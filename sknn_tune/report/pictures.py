"""Pictures as SVG that a page carries within itself."""

import base64
import io
import warnings
from collections.abc import Callable
from typing import Any

from sknn_tune.displays.style import short
from sknn_tune.report.page import Paragraph, Picture

_STYLE: Any = {  # matplotlib's stubs list each name
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "sknn_tune",
}


def picture(
    draw: Callable[..., Any], *arguments: Any, alt: str, caption: str = "", **settings: Any
) -> Picture | Paragraph:
    """Draw a display for a page.

    Parameters
    ----------
    draw : callable
        Returns a figure, or a display with a ``figure_`` such as
        ``SearchHistoryDisplay.from_search``.
    *arguments, **settings
        What it takes.
    alt : str
        What the picture shows, for those who do not see it.
    caption : str, default=""
        What stands below it.

    Returns
    -------
    picture : Picture or Paragraph
        The paragraph says why it could not be drawn: a page without one of its pictures is worth
        more than none.
    """
    import matplotlib.pyplot as plt

    opened = set(plt.get_fignums())
    try:
        # Some say what a reader of the page cannot change, such as that a glyph is missing.
        with plt.rc_context(_STYLE), plt.ioff(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            drawn = draw(*arguments, **settings)
            figure = getattr(drawn, "figure_", drawn)
            content = io.BytesIO()
            figure.savefig(content, format="svg", bbox_inches="tight", metadata={"Date": None})
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        return Paragraph(f"{alt}: could not be drawn ({type(error).__name__}: {reason}).")
    finally:
        for number in set(plt.get_fignums()) - opened:
            plt.close(number)
    address = "data:image/svg+xml;base64," + base64.b64encode(content.getvalue()).decode()
    return Picture(address, alt, caption)


def literal(label: object) -> str:
    """Return text that matplotlib does not take for mathematics.

    Examples
    --------
    >>> from sknn_tune.report.pictures import literal
    >>> print(literal("$5 to $6"))
    \\$5 to \\$6
    """
    return str(label).replace("$", r"\$")


def shortened(label: object, length: int = 24) -> str:
    """Return a label that leaves room for the picture."""
    return literal(short(label, length))

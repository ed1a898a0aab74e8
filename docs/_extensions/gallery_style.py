"""The style of the pictures of the gallery and of the course.

In the gallery all have one size and fonts that a thumbnail leaves readable. In the course they are
as wide as the page and have several panels.
"""

from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt

STYLE = {
    "figure.figsize": (6.4, 4.2),
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "font.size": 16,
    "axes.titlesize": 16,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 14,
    "lines.linewidth": 2.5,
}

COURSE = STYLE | {
    "font.size": 11,
    "axes.titlesize": 12,
    "legend.fontsize": 10,
    "lines.linewidth": 1.6,
}


def reset(gallery_conf: dict[str, Any], fname: str | None) -> None:
    """Start a page without figures and in its style."""
    plt.close("all")
    style = COURSE if (fname or "").startswith("lesson_") else STYLE
    mpl.rcParams.update(mpl.rcParamsDefault | {"backend": "agg"} | style)

"""The style of the pictures of the gallery: one size, fonts that a thumbnail leaves readable."""

from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt

STYLE = {
    "figure.figsize": (6.4, 4.2),
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "font.size": 14,
    "axes.titlesize": 15,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 12,
    "lines.linewidth": 2.0,
}


def reset(gallery_conf: dict[str, Any], fname: str) -> None:
    """Start an example without figures and in the style."""
    plt.close("all")
    mpl.rcParams.update(mpl.rcParamsDefault | {"backend": "agg"} | STYLE)

"""The picture of the README and of the start page, from the figures of the benchmark pages.

    python docs/pictures/overview.py

writes ``overview-light.svg`` and ``overview-dark.svg`` beside this file. Run it again when a
figure of ``docs/benchmarks*.md`` changes.
"""

import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

HERE = Path(__file__).parent
THEMES = {
    "light": {"ink": "#24292f", "ours": "#0969da", "others": "#afb8c1"},
    "dark": {"ink": "#e6edf3", "ours": "#58a6ff", "others": "#6e7681"},
}
STYLE = {
    "svg.hashsalt": "overview",  # the same file in every run
    "font.size": 11,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.bottom": False,
    "xtick.bottom": False,
    "ytick.left": False,
}
#: The fits of the first panel, by their names in the benchmarks.
FITS = {
    "digits, hidden 100, batch 200": "1,797 x 64,\n100 units",
    "20,000x100, hidden 64, 64, 64, batch 64": "20,000 x 100,\n3 x 64 units",
    "20,000x100, hidden 256, 256, batch 256": "20,000 x 100,\n2 x 256 units",
}
PEERS = {
    "ours": "sknn_tune",
    "RealMLP-TD": "RealMLP",
    "CatBoost": "CatBoost",
    "HistGradientBoosting": "HistGradient-\nBoosting",
    "LightGBM": "LightGBM",
    "scikit-learn's MLP": "scikit-learn's\nMLP",
}


def read_table(page: str, *columns: str) -> list[dict[str, str]]:
    """Rows of the first table of a page that has some columns, as dicts without markup."""
    tables = re.findall(r"(?m)^(\|.*)\n\|[ :|-]+\n((?:\|.*\n)+)", (HERE.parent / page).read_text())
    for header, body in tables:
        names = _cells(header)
        if set(columns) <= set(names):
            return [dict(zip(names, _cells(row), strict=True)) for row in body.splitlines()]
    raise ValueError(f"{page} has no table with the columns {columns}.")


def _cells(row: str) -> list[str]:
    return [cell.strip().strip("*`") for cell in row.strip().strip("|").split("|")]


def draw_speed(ax: Axes, theme: dict[str, str]) -> None:
    """Times of a fit over ours."""
    rows = {row["fit"]: row for row in read_table("benchmarks.md", "fit", "PyTorch")}
    for place, fit in enumerate(FITS):
        for shift, library, colour in [
            (-0.27, "sknn_tune", theme["ours"]),
            (0.0, "PyTorch", theme["others"]),
            (0.27, "scikit-learn", theme["others"]),
        ]:
            ratio = float(rows[fit].get(library, "1").rstrip("x"))
            ax.barh(place + shift, ratio, 0.23, color=colour)
            ax.text(ratio + 0.06, place + shift, f"{library} {ratio:.1f}", va="center", fontsize=9)
    ax.set_yticks(range(len(FITS)), list(FITS.values()))
    _finish(ax, "Faster fits", "time over ours, float32, one thread", room=1.35)


def draw_tables(ax: Axes, theme: dict[str, str]) -> None:
    """Errors on tables over those of gradient boosting, without tuning."""
    rows = {row["model"]: row for row in read_table("benchmarks_tables.md", "model", "error / HGB")}
    _bars(ax, theme, {PEERS[name]: float(rows[name]["error / HGB"]) for name in PEERS}, "{:.2f}")
    _finish(ax, "Better on tables", "error over that of gradient boosting, no tuning", room=1.2)


def draw_searches(ax: Axes, theme: dict[str, str]) -> None:
    """The share of configurations that is better than what a search has found."""
    row, process = (
        next(
            row
            for row in read_table("benchmarks_search.md", "scores a trial", *columns)
            if (row["scores a trial"], row["evaluations"]) == ("3", "50")
        )
        for columns in (("ours", "random", "TPE"), ("GP %",))
    )
    found = {
        "sknn_tune": float(row["ours"]),
        "Optuna (GP)": float(process["GP %"]),
        "Optuna (TPE)": float(row["TPE"]),
        "random search": float(row["random"]),
    }
    _bars(ax, theme, found, "{:.2g} %")
    _finish(ax, "Better searches", "better configurations left after 50", room=1.25)


def _bars(ax: Axes, theme: dict[str, str], values: dict[str, float], style: str) -> None:
    """Horizontal bars with their values, the first one ours."""
    colours = [theme["ours"]] + [theme["others"]] * (len(values) - 1)
    ax.barh(list(values), list(values.values()), 0.68, color=colours)
    for place, value in enumerate(values.values()):
        ax.text(value, place, f" {style.format(value)}", va="center", fontsize=10)


def _finish(ax: Axes, title: str, subtitle: str, room: float) -> None:
    """Write the titles, and leave room for the texts behind the bars."""
    ax.set_title(f"{title}\n", fontsize=14, fontweight="bold")
    ax.text(0, 1.03, subtitle, fontsize=10.5, transform=ax.transAxes)
    ax.invert_yaxis()
    ax.set_xlim(0, ax.get_xlim()[1] * room)
    ax.set_xticks([])


def draw(name: str, folder: Path = HERE) -> Path:
    """Write the picture in one theme; returns its path."""
    theme = THEMES[name]
    colours = dict.fromkeys(["text.color", "axes.edgecolor", "ytick.color"], theme["ink"])
    with mpl.rc_context(STYLE | colours):
        figure, axes = plt.subplots(1, 3, figsize=(12.5, 4), layout="constrained")
        for ax, panel in zip(axes, (draw_speed, draw_tables, draw_searches), strict=True):
            panel(ax, theme)
        figure.get_layout_engine().set(wspace=0.06)
        path = folder / f"overview-{name}.svg"
        figure.savefig(path, transparent=True, metadata={"Date": None})
        plt.close(figure)
    return path


if __name__ == "__main__":
    for name in THEMES:
        draw(name)

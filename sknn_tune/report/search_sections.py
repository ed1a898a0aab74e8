"""Sections about a search: its trials, its hyperparameters, the best configurations."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_regressor

from sknn_tune.common.cv_results import metric_names
from sknn_tune.common.estimators import innermost_estimator
from sknn_tune.common.numeric import is_real
from sknn_tune.common.parameter_names import short_names
from sknn_tune.common.wording import show
from sknn_tune.displays import (
    ImportanceDisplay,
    LossCurveDisplay,
    ParallelCoordinatesDisplay,
    SearchHistoryDisplay,
    SurrogateDisplay,
)
from sknn_tune.report.page import Block, Paragraph, Section, SortedTable, Table
from sknn_tune.report.pictures import literal, picture

N_BEST = 15
# Losses that fall by more than this are drawn on a log scale.
_DECADE = 10.0
# Orders of the table of the best configurations, each a copy of it.
_MOST_ORDERS = 12


def make_search_sections(search: Any, metric_name: str | None = None) -> list[Section]:
    """Return what there is to say about a search.

    Parameters
    ----------
    search : fitted search
    metric_name : str or None, default=None
        What the scores are called; None takes it from the search.

    Returns
    -------
    sections : list of Section
    """
    metric = main_metric(search)
    name = metric_name or score_name(search)
    if not np.isfinite(search.cv_results_[f"mean_test_{metric}"]).any():
        return [Section("How the search went", [Paragraph("No trial has a finite score.")])]
    return [
        Section("How the search went", _history(search, metric, name)),
        Section("What the hyperparameters did", _hyperparameters(search, metric)),
        Section("The best configurations", _best(search, metric, name)),
    ]


def make_training_section(model: Any) -> Section:
    """Return the loss over the epochs, where the innermost estimator has one."""
    network = innermost_estimator(model) if model is not None else None
    blocks: list[Block] = []
    if getattr(network, "loss_curve_", None):
        alt = "Loss over the epochs"
        blocks = [picture(LossCurveDisplay.from_estimator, network, alt=alt)]
    elif any(getattr(network, "validation_loss_curves_", ())):
        alt = "Loss of each member on rows that it does not learn from, over the epochs"
        caption = f"{alt}; a dot marks the epoch that is kept."
        blocks = [picture(_draw_members, network, alt=alt, caption=caption)]
    return Section("The training of the winner", blocks)


def _draw_members(ensemble: Any) -> Any:
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(7.5, 3.6), layout="constrained")
    ax = figure.subplots()
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    for losses, best in zip(ensemble.validation_loss_curves_, ensemble.n_epochs_, strict=True):
        (line,) = ax.plot(range(1, len(losses) + 1), losses, linewidth=1.2, alpha=0.8)
        ax.plot([best], [losses[best - 1]], "o", color=line.get_color(), markersize=4)
    ax.set(xlabel="epoch", ylabel="loss")
    known = np.concatenate(ensemble.validation_loss_curves_)
    known = known[np.isfinite(known)]
    if known.min(initial=np.inf) > 0 and known.max() > _DECADE * known.min():
        ax.set_yscale("log")
    return figure


def make_search_facts(search: Any) -> dict[str, str]:
    """Return name → text of what a search was and found."""
    results, metric = search.cv_results_, main_metric(search)
    scores = results[f"mean_test_{metric}"]
    n_failed = int(np.isnan(scores).sum())
    facts = {"Trials": f"{len(results['params'])}, {n_failed} of them failed"}
    if hasattr(search, "best_score_"):
        over = f", mean of {search.n_splits_} splits" if search.n_splits_ > 1 else ", one split"
        facts["Best score"] = f"{score_name(search)} {show(search.best_score_)}{over}"
    seconds = search.n_splits_ * np.nansum(results["mean_fit_time"] + results["mean_score_time"])
    facts["Time of all fits"] = f"{show(float(seconds))} s"
    best = getattr(search, "best_params_", {})
    return facts | dict(zip(short_names(best), map(show, best.values()), strict=True))


def main_metric(search: Any) -> str:
    """Return the column that the page is about: that of the refit, else the first."""
    metrics = metric_names(search.cv_results_)
    return search.refit if search.refit in metrics else metrics[0]


def score_name(search: Any) -> str:
    """Return what the scores of a search are called."""
    metric = main_metric(search)
    if metric != "score":
        return metric
    if isinstance(search.scoring, str):
        return search.scoring
    if search.scoring is None and is_classifier(search.estimator):
        return "accuracy"
    return "R2" if search.scoring is None and is_regressor(search.estimator) else "score"


def _history(search: Any, metric: str, name: str) -> list[Block]:
    spread = " Bars are the standard error over the splits." if search.n_splits_ > 1 else ""
    return [
        picture(
            _draw_history,
            search,
            metric,
            name,
            alt=f"{name} of each trial, and the best so far",
            caption=f"Trials by their {name}; larger is better.{spread}",
        )
    ]


def _draw_history(search: Any, metric: str, name: str) -> Any:
    display = SearchHistoryDisplay.from_search(search, metric=metric)
    display.ax_.set_ylabel(literal(name))
    return display


def _hyperparameters(search: Any, metric: str) -> list[Block]:
    if not _several_configurations(search.cv_results_["params"]):
        return []
    blocks: list[Block] = []
    if hasattr(search, "surrogate_"):
        blocks += [
            picture(
                ImportanceDisplay.from_search,
                search,
                alt="Share of the score that depends on each hyperparameter",
                caption="Share of the score's variation that each hyperparameter explains.",
            ),
            picture(
                SurrogateDisplay.from_search,
                search,
                alt="Score expected for each value of a hyperparameter",
                caption="Score that the search's model expects for each value.",
            ),
        ]
    blocks.append(
        picture(
            ParallelCoordinatesDisplay.from_search,
            search,
            metric=metric,
            alt="Every trial as a line through its hyperparameters",
            caption="Every trial as a line through its hyperparameters, coloured by score.",
        )
    )
    return blocks


def _several_configurations(params: Sequence[dict]) -> bool:
    shown = {tuple((name, show(p[name])) for name in sorted(p)) for p in params}
    return len(shown) > 1


def _best(search: Any, metric: str, name: str) -> list[Block]:
    """The best configurations, sorted by score and by each hyperparameter."""
    results = search.cv_results_
    scores, spreads = results[f"mean_test_{metric}"], results[f"std_test_{metric}"]
    params = results["params"]
    names = list(dict.fromkeys(name for configuration in params for name in configuration))
    order = np.argsort(-scores, kind="stable")
    best = [int(i) for i in order if np.isfinite(scores[i])][:N_BEST]
    header = [name, "trial", *short_names(names)]
    rows = {
        i: [
            _with_error(scores[i], spreads[i], search.n_splits_),
            str(i + 1),
            *(show(params[i][key]) if key in params[i] else "" for key in names),
        ]
        for i in best
    }
    label = "Trials with the best scores"
    orders = [(name, Table(header, [rows[i] for i in best], label))]
    for key, shown in list(zip(names, header[2:], strict=True))[: _MOST_ORDERS - 1]:
        # By kind first: a column may hold numbers and words.
        keys = {i: _sort_key(params[i].get(key)) for i in best}
        by_value = sorted(best, key=keys.__getitem__)
        orders.append((shown, Table(header, [rows[i] for i in by_value], label)))
    return [SortedTable(orders, label)]


def _with_error(score: float, spread: float, n_splits: int) -> str:
    if n_splits == 1 or not np.isfinite(spread):
        return show(float(score))
    return f"{show(float(score))} ± {show(float(f'{spread / np.sqrt(n_splits):.2g}'))}"


def _sort_key(value: Any) -> tuple[str, Any, str]:
    """Numbers by size, the others by kind and text; nan, which no order has, is one of those."""
    if is_real(value) and value == value:
        return "", value, ""
    return type(value).__name__, 0, show(value)

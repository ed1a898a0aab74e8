"""``sknn-tune explain``: a description of a saved model."""

from pathlib import Path
from typing import Any

from sknn_tune.command_line.columns.kinds import KINDS
from sknn_tune.command_line.folder import SUMMARY, SavedModel, load_model
from sknn_tune.command_line.summary import count_of_kind
from sknn_tune.common.wording import show

_MOST_LISTED = 12
# Parameters that say what a network is; the others say how it is fitted.
_TOLD = (
    *("n_members", "hidden_layer_sizes", "numeric_embedding"),
    *("learning_rate_init", "dropout", "weight_decay"),
)


def explain_model(folder: str | Path, *, trust: bool = False) -> str:
    """Return what a folder's model predicts, from what, and how it is built.

    Parameters
    ----------
    folder : path-like
        What `fit` left.
    trust : bool, default=False
        Whether to load the pickle, which can run any code.

    Returns
    -------
    text : str

    Raises
    ------
    BadInput
        If the folder cannot be used.
    """
    saved = load_model(folder, trust=trust)
    lines = [_prediction(saved), *_columns(saved), "", *_networks(saved.model)]
    summary = Path(folder) / SUMMARY
    if summary.is_file():
        lines += ["", f"How good it is: {summary}"]
    return "\n".join(" ".join(line.splitlines()) for line in lines) + "\n"


def _prediction(saved: SavedModel) -> str:
    if saved.task == "regression":
        return f"Predicts {saved.target!r}, a number, from"
    classes = [repr(str(label)) for label in saved.model.classes_]
    more = ", ..." if len(classes) > _MOST_LISTED else ""
    listed = ", ".join(classes[:_MOST_LISTED])
    return f"Predicts {saved.target!r}, one of {len(classes)} classes ({listed}{more}), from"


def _columns(saved: SavedModel) -> list[str]:
    lines = []
    for kind in KINDS:
        names = [repr(column.name) for column in saved.columns if column.kind == kind]
        if names:
            more = ", ..." if len(names) > _MOST_LISTED else ""
            lines.append(
                f"  {count_of_kind(kind, len(names))}: {', '.join(names[:_MOST_LISTED])}{more}"
            )
    return lines


def _networks(model: Any) -> list[str]:
    network = model.named_steps["network"]
    members = getattr(network, "estimators_", None)
    if members is None:
        return ["By a network for tables:", *_told(network)]
    lines = [f"By the average of {len(members)} networks for tables:"]
    for place, member in enumerate(members, start=1):
        lines += [f" {place}.", *_told(member.estimator)]
    return lines


def _told(network: Any) -> list[str]:
    parameters = network.get_params()
    return [f"  {name}: {show(parameters[name])}" for name in _TOLD]

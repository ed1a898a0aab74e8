"""Sections about a model: its errors on the test rows, and the importance of the columns."""

import time
from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.calibration import CalibrationDisplay
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.metrics import (
    ConfusionMatrixDisplay,
    PrecisionRecallDisplay,
    RocCurveDisplay,
    confusion_matrix,
    log_loss,
    make_scorer,
)

from sknn_tune.common.wording import show
from sknn_tune.report.page import Block, Paragraph, Section, Table
from sknn_tune.report.pictures import picture, shortened

# Cells of a larger confusion matrix are shown by colour alone.
_MANY_CLASSES, _WORST_PAIRS = 12, 10
# Shares are raised to this for the colours of many classes.
_RARE_POWER = 0.4
_MOST_POINTS, _MOST_ROWS, _MOST_BARS = 3_000, 1_000, 20
# Seconds that shuffling columns may take, and how often each is shuffled.
_IMPORTANCE_SECONDS, _MOST_REPEATS = 4.0, 5
# Where curves of shares are drawn, with room for lines at the ends.
_UNIT = (-0.02, 1.02)
# With fewer rows the importance of a column is noise.
_FEWEST_ROWS = 100
_N_DEPENDENCES, _DEPENDENCE_ROWS, _MOST_WORDS = 3, 200, 40
# Seconds that their curves may take, and values on each, of which the fewest still show a bend.
_DEPENDENCE_SECONDS, _FEWEST_VALUES, _MOST_VALUES = 3.0, 8, 25


def make_model_sections(model: Any, X_test: Any, y_test: np.ndarray) -> list[Section]:
    """Return where a model errs, and which columns it looks at.

    Parameters
    ----------
    model : fitted estimator or search
    X_test : array-like of shape (n_samples, n_features)
    y_test : ndarray of shape (n_samples,)

    Returns
    -------
    sections : list of Section
        Empty for models that neither classify nor predict one number.
    """
    if y_test.ndim > 1:
        return []
    if is_classifier(model):
        blocks = _classification(model, X_test, y_test)
    elif is_regressor(model):
        blocks = _regression(model, X_test, y_test)
    else:
        return []
    return [
        Section("On the test rows", blocks),
        Section("What the model looks at", _columns(model, X_test, y_test)),
    ]


# ------------------------------------------------------------------------------- classification
def _classification(model: Any, X: Any, y: np.ndarray) -> list[Block]:
    predicted = model.predict(X)
    labels = np.union1d(y, predicted)
    blocks: list[Block] = [
        picture(
            _draw_confusion,
            y,
            predicted,
            labels,
            alt="Confusion matrix of the test rows",
            caption="Rows of each true class (left) by predicted class (below), as shares.",
        )
    ]
    worst = _worst_pairs(y, predicted, labels)
    if worst:
        blocks.append(Table(["true", "predicted", "rows", "share"], worst, "The worst confusions"))
    if hasattr(model, "predict_proba"):
        probabilities = model.predict_proba(X)
        draw = _draw_binary_curves if len(model.classes_) == 2 else _draw_calibration
        alt = (
            "ROC, precision and recall, and calibration on the test rows"
            if len(model.classes_) == 2
            else "Calibration on the test rows: how often the likeliest class is the right one"
        )
        blocks.append(picture(draw, model.classes_, y, probabilities, alt=alt, caption=f"{alt}."))
    return blocks


def _draw_confusion(y: np.ndarray, predicted: np.ndarray, labels: np.ndarray) -> Any:
    from matplotlib.colors import PowerNorm
    from matplotlib.figure import Figure

    size = float(np.clip(2.5 + 0.45 * len(labels), 4.0, 8.5))
    figure = Figure(figsize=(size + 1, size), layout="constrained")
    few = len(labels) <= _MANY_CLASSES
    display = ConfusionMatrixDisplay.from_predictions(
        y,
        predicted,
        labels=labels,
        normalize="true",
        display_labels=[shortened(label, 18) for label in labels],
        cmap="Blues",
        include_values=few,
        values_format=".2f",
        xticks_rotation="vertical" if len(labels) > 4 else "horizontal",
        # Where rows of many classes are mostly right, the few confusions are to be seen as well.
        im_kw={"norm": PowerNorm(1.0 if few else _RARE_POWER, 0.0, 1.0)},
        ax=figure.subplots(),
    )
    display.ax_.set(xlabel="predicted", ylabel="true")
    return figure


def _worst_pairs(y: np.ndarray, predicted: np.ndarray, labels: np.ndarray) -> list[list[str]]:
    counts = confusion_matrix(y, predicted, labels=labels)
    totals = np.maximum(counts.sum(axis=1), 1)
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:_WORST_PAIRS]
    pairs = [np.unravel_index(place, counts.shape) for place in order]
    return [
        [show(labels[i]), show(labels[j]), str(counts[i, j]), f"{counts[i, j] / totals[i]:.1%}"]
        for i, j in pairs
        if counts[i, j] > 0
    ]


def _draw_binary_curves(classes: np.ndarray, y: np.ndarray, probabilities: np.ndarray) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 3.6), layout="constrained")
    roc, precision, calibration = figure.subplots(1, 3)
    positive, share = classes[1], probabilities[:, 1]
    settings = {"name": shortened(positive, 16)}
    hits = (y == positive).astype(int)
    RocCurveDisplay.from_predictions(hits, share, ax=roc, **settings)
    PrecisionRecallDisplay.from_predictions(hits, share, ax=precision, **settings)
    CalibrationDisplay.from_predictions(
        hits, share, n_bins=8, strategy="quantile", ax=calibration, **settings
    )
    roc.set(xlabel="false positive rate", ylabel="true positive rate", title="ROC")
    precision.set(xlabel="recall", ylabel="precision", title="Precision and recall")
    name = shortened(positive, 16)
    calibration.set(xlabel=f"probability of {name}", ylabel="share of it", title="Calibration")
    for ax in (roc, precision, calibration):  # side by side
        ax.set(xlim=_UNIT, ylim=_UNIT, aspect="equal")
    return figure


def _draw_calibration(classes: np.ndarray, y: np.ndarray, probabilities: np.ndarray) -> Any:
    """How often the likeliest class is right, over its probability."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 4.2), layout="constrained")
    ax = figure.subplots()
    right = classes[probabilities.argmax(axis=1)] == y
    share = probabilities.max(axis=1)
    CalibrationDisplay.from_predictions(
        right.astype(int), share, n_bins=8, strategy="quantile", name="likeliest class", ax=ax
    )
    ax.set(xlabel="probability of the likeliest class", ylabel="share of right predictions")
    return figure


# ------------------------------------------------------------------------------- regression
def _regression(model: Any, X: Any, y: np.ndarray) -> list[Block]:
    predicted = np.asarray(model.predict(X))
    if predicted.ndim > 1 and predicted.shape[1] > 1:
        return []
    sampled = f" {_MOST_POINTS} of {len(y)} rows are drawn." if len(y) > _MOST_POINTS else ""
    return [
        picture(
            _draw_errors,
            y,
            predicted.ravel(),
            alt="True over predicted numbers of the test rows, and residuals",
            caption=f"True numbers, and true minus predicted, over predicted ones.{sampled}",
        )
    ]


def _draw_errors(y: np.ndarray, predicted: np.ndarray) -> Any:
    from matplotlib.figure import Figure

    rows = np.random.default_rng(0).permutation(len(y))[:_MOST_POINTS]
    y, predicted = y[rows], predicted[rows]
    figure = Figure(figsize=(9.6, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    ends = [min(y.min(), predicted.min()), max(y.max(), predicted.max())]
    left.plot(ends, ends, color="0.5", linewidth=1)
    left.scatter(predicted, y, s=10, alpha=0.5)
    left.set(xlabel="predicted", ylabel="true", title="True over predicted")
    right.axhline(0, color="0.5", linewidth=1)
    right.scatter(predicted, y - predicted, s=10, alpha=0.5)
    right.set(xlabel="predicted", ylabel="true - predicted", title="Residuals")
    return figure


# ------------------------------------------------------------------------------- columns
def _columns(model: Any, X: Any, y: np.ndarray) -> list[Block]:
    rows = np.random.default_rng(0).permutation(len(y))[:_MOST_ROWS]
    n_columns = X.shape[1]
    n_rows, n_repeats = _affordable(n_columns * _seconds_of(model, X, rows), len(rows))
    if n_rows < min(_FEWEST_ROWS, len(rows)):
        return [Paragraph(f"There was no time to shuffle each of the {n_columns} columns.")]
    X, y = _take(X, rows[:n_rows]), y[rows[:n_rows]]
    names = [str(name) for name in getattr(X, "columns", range(n_columns))]
    metric, scoring = _scoring(model)
    try:
        found = permutation_importance(
            model, X, y, n_repeats=n_repeats, random_state=0, scoring=scoring
        )
    except Exception as error:  # of an estimator that cannot be scored
        return [Paragraph(f"The importance of columns is not known: {type(error).__name__}.")]
    order = np.argsort(-found.importances_mean, kind="stable")
    shown = f", of the {_MOST_BARS} most important" if len(names) > _MOST_BARS else ""
    lines = f"; lines are the spread over {n_repeats} shuffles" if n_repeats > 1 else ""
    blocks: list[Block] = [
        picture(
            _draw_importance,
            found,
            [names[i] for i in order],
            order,
            metric,
            alt=f"How much worse {metric} is when a column is shuffled",
            caption=f"How much worse {metric} is when a column is shuffled{shown}, on "
            f"{len(y):,} test rows{lines}.",
        )
    ]
    drawable = [int(i) for i in order if found.importances_mean[i] > 0 and _has_few_words(X, i)]
    places, n_values = _in_time(
        drawable[:_N_DEPENDENCES], _seconds_of(model, X, np.arange(len(y))[:_DEPENDENCE_ROWS])
    )
    if places:
        listed = ", ".join(names[place] for place in places)
        has_dates = any(_values(X, place).dtype.kind == "M" for place in places)
        dots = "; a dot over a date is a row" if has_dates else ""
        blocks.append(
            picture(
                _draw_dependences,
                model,
                X,
                places,
                names,
                n_values,
                alt=f"Prediction by the values of {listed}, averaged over the rows",
                caption=f"Prediction by the values of {listed}, averaged over the rows{dots}.",
            )
        )
    return blocks


def _take(X: Any, rows: np.ndarray) -> Any:
    return X.iloc[rows] if hasattr(X, "iloc") else np.asarray(X)[rows]


def _values(X: Any, place: int) -> np.ndarray:
    return np.asarray(X.iloc[:, place] if hasattr(X, "iloc") else X[:, place])


def _seconds_of(model: Any, X: Any, rows: np.ndarray) -> float:
    """Seconds that predicting rows takes; a first call would be slower."""
    model.predict(_take(X, rows[:1]))
    began = time.monotonic()
    model.predict(_take(X, rows))
    return max(time.monotonic() - began, 1e-4)


def _affordable(seconds: float, n_rows: int) -> tuple[int, int]:
    """Rows and repeats for which there is time, where one repeat of all rows takes some."""
    share = _IMPORTANCE_SECONDS / seconds
    return int(min(share, 1.0) * n_rows), min(_MOST_REPEATS, max(int(share), 1))


def _in_time(places: list[int], seconds: float) -> tuple[list[int], int]:
    """Columns for whose dependences there is time, and on how many values of each."""
    n_calls = int(_DEPENDENCE_SECONDS / seconds)
    places = places[: n_calls // _FEWEST_VALUES]
    return places, int(np.clip(n_calls // max(len(places), 1), _FEWEST_VALUES, _MOST_VALUES))


def _has_few_words(X: Any, place: int) -> bool:
    """Whether there is room for all values of a column of words; a text has another in each row."""
    column = _values(X, place)
    return column.dtype.kind in "fiubM" or len({str(value) for value in column}) <= _MOST_WORDS


def _scoring(model: Any) -> tuple[str, Any]:
    """What a shuffled column makes worse: its name, and the scorer."""
    if not is_classifier(model):
        return "R²", None
    if not hasattr(model, "predict_proba"):
        return "accuracy", None
    # All classes are named: some rows may lack one.
    return "log-loss", make_scorer(
        log_loss, labels=model.classes_, response_method="predict_proba", greater_is_better=False
    )


def _draw_importance(found: Any, names: list[str], order: np.ndarray, metric: str) -> Any:
    from matplotlib.figure import Figure

    order, names = order[:_MOST_BARS], names[:_MOST_BARS]
    figure = Figure(figsize=(7.5, 1.2 + 0.3 * len(order)), layout="constrained")
    ax = figure.subplots()
    places = np.arange(len(order))[::-1]
    spread = found.importances_std[order] if found.importances.shape[1] > 1 else None
    ax.barh(places, found.importances_mean[order], xerr=spread)
    ax.set_yticks(places, [shortened(name, 30) for name in names])
    ax.axvline(0.0, color="0.5", linewidth=0.8)
    ax.set_xlabel(f"{metric}, how much worse")
    return figure


def _draw_dependences(
    model: Any, X: Any, places: list[int], names: list[str], n_values: int
) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.2 * max(len(places), 2), 3.2), layout="constrained")
    axes = figure.subplots(1, len(places), squeeze=False, sharey=True)[0]
    for ax, place in zip(axes, places, strict=True):
        column = _values(X, place)
        if column.dtype.kind == "M":
            _draw_by_date(model, X, column, ax)
        else:
            _draw_by_value(model, X, column, place, n_values, ax)
        ax.set(xlabel=shortened(names[place], 24), ylabel="")
        ax.grid(axis="y", alpha=0.3)
    axes[0].set_ylabel(_what_is_predicted(model))
    return figure


def _draw_by_value(
    model: Any, X: Any, column: np.ndarray, place: int, n_values: int, ax: Any
) -> None:
    """What the model predicts on average for values of a column."""
    is_words = column.dtype.kind not in "fiub"
    known = np.array([value == value and value is not None for value in column])
    X = (X.iloc if hasattr(X, "iloc") else X)[np.flatnonzero(known)[:_DEPENDENCE_ROWS]]
    found = partial_dependence(
        model,
        X,
        [place],
        categorical_features=[place] if is_words else None,
        grid_resolution=n_values,
        kind="average",
    )
    values, average = found.grid_values[0], found.average[-1]
    if is_words:
        at = np.arange(len(values))
        ax.plot(at, average, "o")
        ax.vlines(at, 0.0, average, linewidth=2)
        ax.set_xticks(at, [shortened(value, 14) for value in values], rotation="vertical")
        ax.margins(x=0.1)
        return
    ax.plot(values, average)
    deciles = np.quantile(column[known].astype(float), np.linspace(0.1, 0.9, 9))
    ax.plot(deciles, np.zeros(9), "|", color="0.4", transform=ax.get_xaxis_transform(), ms=12)


def _draw_by_date(model: Any, X: Any, dates: np.ndarray, ax: Any) -> None:
    """Predictions of the rows over a date, which has no grid of values to be set to."""
    shares = model.predict_proba(X)[:, -1] if is_classifier(model) else model.predict(X)
    ax.scatter(dates, shares, s=10, alpha=0.5)
    ax.tick_params("x", rotation=90)


def _what_is_predicted(model: Any) -> str:
    if is_classifier(model):
        return f"probability of {shortened(model.classes_[-1], 16)}"
    return "prediction"

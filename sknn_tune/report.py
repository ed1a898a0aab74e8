"""One page about a search that opens anywhere: no other file, no network, no script."""

import html
from pathlib import Path

import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.metrics import ConfusionMatrixDisplay, PredictionErrorDisplay
from sklearn.utils.validation import check_is_fitted

from sknn_tune.common.cv_results import metric_names
from sknn_tune.common.estimators import innermost_estimator
from sknn_tune.common.parameter_names import short_names
from sknn_tune.displays import (
    ImportanceDisplay,
    LossCurveDisplay,
    ParallelCoordinatesDisplay,
    SearchHistoryDisplay,
    SurrogateDisplay,
)
from sknn_tune.report_pictures import literal, picture

N_BEST = 10
# Confusions of more classes are shown by colour alone.
MANY_CLASSES = 12
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
img { max-width: 100%; height: auto; background: white; border-radius: 6px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; }
th, td { padding: 0.25rem 0.75rem; text-align: left; border-bottom: 1px solid #8884; }
td { font-variant-numeric: tabular-nums; }
"""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def search_report(
    search, path, *, estimator=None, X_test=None, y_test=None, title=None, facts=None, notes=()
):
    """Write one self-contained HTML page about a fitted search.

    What was found, how the search came there, what each hyperparameter did, the best
    configurations, the training of the winner and, with test rows, where it errs. Pictures are
    part of the page, so that it opens without a network.

    Parameters
    ----------
    search : fitted search
        `BayesSearchCV`, `RandomizedSearchCV`, `GridSearchCV` or another with `cv_results_`.
    path : str or path-like
        The file to write.
    X_test : array-like of shape (n_samples, n_features), default=None
        Rows that the search has not seen; needs the refitted winner.
    y_test : array-like of shape (n_samples,), default=None
        Their target.
    title : str, default=None
        Heading of the page; None names the estimator.
    facts : dict of str to str, default=None
        Rows of your own at the top of the page.
    notes : sequence of str, default=()
        Sentences below them.

    Returns
    -------
    path : Path
        The file written.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If only one of `X_test` and `y_test` is given.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sknn_tune import BayesSearchCV, search_report
    >>> X, y = load_iris(return_X_y=True)
    >>> search = BayesSearchCV(SVC(), {"C": loguniform(1e-3, 1e3)}, n_iter=5, random_state=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = search_report(search.fit(X, y), Path(folder) / "report.html")
    ...     "How the search went" in page.read_text("utf-8")
    True
    """
    check_is_fitted(search, "cv_results_")
    if (X_test is None) != (y_test is None):
        raise ValueError("X_test and y_test must be given together.")
    _check_matplotlib()
    title = title or f"Search of {type(search.estimator).__name__}"
    metric = _metric(search)
    sections = [_facts_section(search, facts, notes)]
    if X_test is not None:
        sections.append(_test_section(estimator or search, X_test, np.asarray(y_test)))
    if np.isfinite(search.cv_results_[f"mean_test_{metric}"]).any():
        sections += [
            _history_section(search, metric),
            _hyperparameters_section(search, metric),
            _best_section(search, metric),
        ]
    sections.append(_training_section(estimator or getattr(search, "best_estimator_", None)))
    page = _PAGE.format(title=html.escape(title), style=_STYLE, body="\n".join(sections))
    path = Path(path)
    path.write_text(page, encoding="utf-8")
    return path


def _check_matplotlib():
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "search_report needs matplotlib: pip install 'sknn-tune[plot]'."
        ) from error


def _metric(search):
    """The metric that the page is about: that of the refit, else the first."""
    metrics = metric_names(search.cv_results_)
    return search.refit if search.refit in metrics else metrics[0]


# ------------------------------------------------------------------------------- the sections
def _facts_section(search, facts, notes):
    results = search.cv_results_
    rows = dict(facts or {})
    n_failed = np.isnan(results[f"mean_test_{_metric(search)}"]).sum()
    rows["Trials"] = f"{len(results['params'])}, {n_failed} of them failed"
    if hasattr(search, "best_score_"):
        rows["Best score"] = f"{search.best_score_:.4g}, mean of {search.n_splits_} splits"
    seconds = search.n_splits_ * np.nansum(results["mean_fit_time"] + results["mean_score_time"])
    rows["Time of all fits"] = f"{seconds:.1f} s"
    best = getattr(search, "best_params_", {})
    rows |= dict(zip(short_names(best), map(_show, best.values()), strict=True))
    return _table(["", ""], rows.items()) + "".join(f"<p>{html.escape(n)}</p>" for n in notes)


def _test_section(search, X_test, y_test):
    predicted = search.predict(X_test)
    if is_classifier(search):
        draw = ConfusionMatrixDisplay.from_predictions
        few = len(np.unique(y_test)) <= MANY_CLASSES
        labels = [literal(label) for label in np.union1d(y_test, predicted)]
        settings = {
            "cmap": "Blues",
            "xticks_rotation": 30,
            "include_values": few,
            "display_labels": labels,
        }
        told = "Confusion matrix of the test rows"
    elif is_regressor(search) and predicted.ndim == 1:
        draw = PredictionErrorDisplay.from_predictions
        settings = {"kind": "actual_vs_predicted", "random_state": 0}
        told = "True over predicted numbers of the test rows"
    else:
        return ""
    drawn = picture(draw, y_test, predicted, **settings)
    return _section("On the test rows", _image(drawn, told))


def _history_section(search, metric):
    drawn = picture(SearchHistoryDisplay.from_search, search, metric=metric)
    text = "<p>Bars are the spread over the splits. Larger scores are better.</p>"
    return _section("How the search went", _image(drawn, "Score of each trial") + text)


def _hyperparameters_section(search, metric):
    params = search.cv_results_["params"]
    if len({str(sorted(configuration.items(), key=str)) for configuration in params}) < 2:
        return ""
    pictures = []
    if hasattr(search, "surrogate_"):
        pictures += [
            (ImportanceDisplay, {}, "Share of the score that hangs on each hyperparameter"),
            (SurrogateDisplay, {}, "Score expected for each value, the others averaged out"),
        ]
    pictures.append((ParallelCoordinatesDisplay, {"metric": metric}, "Every trial as a line"))
    content = "".join(
        f"<p>{told}:</p>" + _image(picture(display.from_search, search, **settings), told)
        for display, settings, told in pictures
    )
    return _section("What the hyperparameters did", content)


def _best_section(search, metric):
    results = search.cv_results_
    scores = results[f"mean_test_{metric}"]
    errors = results[f"std_test_{metric}"] / np.sqrt(search.n_splits_)
    params = results["params"]
    names = list(dict.fromkeys(name for p in params for name in p))
    best = [i for i in np.argsort(-scores, kind="stable")[:N_BEST] if np.isfinite(scores[i])]
    rows = [
        [f"{scores[i]:.4g} ± {errors[i]:.2g}", i + 1]
        + [_show(params[i][name]) if name in params[i] else "" for name in names]
        for i in best
    ]
    return _section(
        "The best configurations", _table(["score", "trial", *short_names(names)], rows)
    )


def _training_section(model):
    network = innermost_estimator(model)
    if not getattr(network, "loss_curve_", None):
        return ""
    drawn = picture(LossCurveDisplay.from_estimator, network)
    return _section("The training of the winner", _image(drawn, "Loss over the epochs"))


# ------------------------------------------------------------------------------- pieces of HTML
def _section(heading, content):
    return f"<h2>{html.escape(heading)}</h2>\n{content}" if content else ""


def _image(address, alt):
    return f'<p><img src="{address}" alt="{html.escape(alt)}"></p>'


def _table(header, rows):
    head = "".join(f"<th>{html.escape(str(cell))}</th>" for cell in header)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    head = f"<thead><tr>{head}</tr></thead>" if any(header) else ""
    return f'<div class="wide"><table>{head}<tbody>{body}</tbody></table></div>'


def _show(value):
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)

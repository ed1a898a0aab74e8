"""One page about a search that opens anywhere: no other file, no network, no script."""

import html
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.metrics import confusion_matrix
from sklearn.utils.validation import check_is_fitted

from .report_pictures import (
    draw,
    plot_confusion,
    plot_history,
    plot_loss,
    plot_predictions,
    plot_slices,
    slices_size,
)

N_BEST = 10
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


def search_report(search, path, *, X_test=None, y_test=None, title=None, facts=None, notes=()):
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
    scores, errors = _scores(search)
    sections = [_facts_section(search, scores, facts, notes)]
    if X_test is not None:
        sections.append(_test_section(search, X_test, np.asarray(y_test)))
    if np.isfinite(scores).any():
        sections += [_history_section(scores, errors), _slices_section(search, scores)]
        sections += [_best_section(search, scores, errors)]
    sections.append(_training_section(search))
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


def _scores(search):
    """Mean score of each trial and its standard error over the splits; larger is better."""
    results = search.cv_results_
    metric = search.refit if isinstance(search.refit, str) else None
    name = metric if f"mean_test_{metric}" in results else _first_metric(results)
    mean, std = results[f"mean_test_{name}"], results[f"std_test_{name}"]
    return np.asarray(mean, float), np.asarray(std, float) / np.sqrt(search.n_splits_)


def _first_metric(results):
    return next(key for key in results if key.startswith("mean_test_")).removeprefix("mean_test_")


# ------------------------------------------------------------------------------- the sections
def _facts_section(search, scores, facts, notes):
    rows = dict(facts or {})
    rows["Trials"] = f"{len(scores)}, {np.isnan(scores).sum()} of them failed"
    if hasattr(search, "best_score_"):
        rows["Best score"] = f"{search.best_score_:.4g}, mean of {search.n_splits_} splits"
    results = search.cv_results_
    seconds = search.n_splits_ * np.nansum(results["mean_fit_time"] + results["mean_score_time"])
    rows["Time of all fits"] = f"{seconds:.1f} s"
    rows |= {short: _show(value) for short, value in _short_params(search).items()}
    return _table(["", ""], rows.items()) + "".join(f"<p>{html.escape(n)}</p>" for n in notes)


def _test_section(search, X_test, y_test):
    predicted = search.predict(X_test)
    if is_classifier(search):
        labels = np.unique(np.concatenate([y_test, predicted]))
        matrix = confusion_matrix(y_test, predicted, labels=labels)
        side = float(np.clip(0.45 * len(labels) + 2, 3.5, 9))
        picture = draw(partial(plot_confusion, matrix=matrix, labels=labels), (side, side))
        alt = "Confusion matrix of the test rows"
    elif is_regressor(search) and predicted.ndim == 1:
        picture = draw(partial(plot_predictions, true=y_test, predicted=predicted), (4.5, 4.5))
        alt = "Predicted over true numbers of the test rows"
    else:
        return ""
    return _section("On the test rows", _image(picture, alt))


def _history_section(scores, errors):
    picture = draw(partial(plot_history, scores=scores, errors=errors))
    text = "<p>Bars are standard errors over the splits. Larger scores are better.</p>"
    return _section("How the search went", _image(picture, "Score of each trial") + text)


def _slices_section(search, scores):
    params = search.cv_results_["params"]
    names = list(dict.fromkeys(name for configuration in params for name in configuration))
    shorts = _short_names(names)
    values = {
        shorts[name]: [configuration.get(name, "-") for configuration in params] for name in names
    }
    values = {name: seen for name, seen in values.items() if len(set(map(str, seen))) > 1}
    if not values:
        return ""
    plot = partial(plot_slices, values=values, scores=scores)
    picture = draw(plot, slices_size(len(values)))
    text = "<p>Every dot is a trial; the best one is orange. Layer sizes show their sum.</p>"
    return _section("What each hyperparameter did", _image(picture, "Score by value") + text)


def _best_section(search, scores, errors):
    params = search.cv_results_["params"]
    shorts = _short_names(list(dict.fromkeys(name for p in params for name in p)))
    best = [i for i in np.argsort(-scores, kind="stable")[:N_BEST] if np.isfinite(scores[i])]
    rows = [
        [f"{scores[i]:.4g} ± {errors[i]:.2g}", i + 1]
        + [_show(params[i][name]) if name in params[i] else "" for name in shorts]
        for i in best
    ]
    return _section("The best configurations", _table(["score", "trial", *shorts.values()], rows))


def _training_section(search):
    network = _network(getattr(search, "best_estimator_", None))
    losses = getattr(network, "loss_curve_", None)
    if not losses:
        return ""
    picture = draw(partial(plot_loss, losses=losses))
    return _section("The training of the winner", _image(picture, "Training loss over epochs"))


def _network(model):
    """The estimator within pipelines and transformed targets."""
    while model is not None:
        if hasattr(model, "steps"):
            model = model.steps[-1][1]
        elif hasattr(model, "regressor_"):
            model = model.regressor_
        else:
            break
    return model


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


def _short_params(search):
    best = getattr(search, "best_params_", {})
    shorts = _short_names(list(best))
    return {shorts[name]: value for name, value in best.items()}


def _short_names(names):
    """The last part of nested names, where that tells them apart."""
    lasts = [name.rpartition("__")[2] for name in names]
    return {
        name: last if lasts.count(last) == 1 else name
        for name, last in zip(names, lasts, strict=True)
    }


def _show(value):
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)

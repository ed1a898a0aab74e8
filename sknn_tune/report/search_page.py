"""The page about a search."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sknn_tune.report.model_sections import make_model_sections
from sknn_tune.report.page import Block, Paragraph, Section, Table, render_page, write_page
from sknn_tune.report.search_sections import (
    make_search_facts,
    make_search_sections,
    make_training_section,
)


def search_report(
    search: Any,
    path: str | Path,
    *,
    estimator: Any = None,
    X_test: Any = None,
    y_test: Any = None,
    title: str | None = None,
    facts: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> Path:
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
    estimator : fitted estimator, default=None
        The model that the page is about; None takes the search's `best_estimator_`.
    X_test : array-like of shape (n_samples, n_features), default=None
        Rows that the search has not seen.
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
        If matplotlib or jinja2 is not installed.
    ValueError
        If only one of `X_test` and `y_test` is given, or there is no fitted model for them.

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
    check_packages()
    model = estimator or getattr(search, "best_estimator_", None)
    if X_test is not None and model is None:
        raise ValueError("X_test needs a fitted model: give estimator, or search with refit=True.")
    rows = [(str(name), str(text)) for name, text in (facts or {}).items()]
    rows += list(make_search_facts(search).items())
    opening: list[Block] = [Table((), rows, "What was found"), *map(Paragraph, notes)]
    sections: list[Section] = []
    if X_test is not None:
        sections += make_model_sections(model, X_test, np.asarray(y_test))
    sections += [*make_search_sections(search), make_training_section(model)]
    title = title or f"Search of {type(search.estimator).__name__}"
    return write_page(path, render_page(title, opening, sections))


def check_packages() -> None:
    """Raise an ImportError if what draws or what writes a page is missing."""
    missing = [name for name in ("matplotlib", "jinja2") if find_spec(name) is None]
    if missing:
        needed = " and ".join(missing)
        raise ImportError(f"search_report needs {needed}: pip install 'sknn-tune[plot]'.")

"""The page about a search: all in one file, every picture drawn, nothing fetched."""

import base64
import re
import shutil
import subprocess
import sys
import warnings
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sknn_tune import BayesSearchCV, MLPClassifier, search_report
from sknn_tune.report.model_sections import _in_time

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SCHEME = "data:image/svg+xml;base64,"


class Page(HTMLParser):
    """What a page shows and what it asks for."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.pictures, self.asked_for, self.text = [], [], [], ""
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        attributes = dict(attributes)
        self.asked_for += [attributes[name] for name in ("src", "href") if name in attributes]
        if tag == "img":
            self.pictures.append(attributes)

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


@pytest.fixture(scope="module")
def search(iris):
    space = {"svc__C": loguniform(1e-3, 1e3), "svc__kernel": ["linear", "rbf"]}
    model = make_pipeline(StandardScaler(), SVC())
    return BayesSearchCV(model, space, n_iter=6, cv=3, random_state=0).fit(*iris)


def test_the_page_needs_no_other_file(search, iris, tmp_path):
    path = search_report(search, tmp_path / "report.html", X_test=iris[0], y_test=iris[1])
    page = Page(path)
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    assert all(address.startswith("data:") for address in page.asked_for)
    assert not {"script", "iframe"} & set(page.tags)
    assert "url(" not in path.read_text("utf-8")


def test_every_picture_is_whole_and_told_in_words(search, iris, tmp_path):
    page = Page(search_report(search, tmp_path / "r.html", X_test=iris[0], y_test=iris[1]))
    assert len(page.pictures) == 7
    for picture in page.pictures:
        assert picture["alt"]
        drawn = ElementTree.fromstring(base64.b64decode(picture["src"].removeprefix(SCHEME)))
        assert len(list(drawn.iter("{http://www.w3.org/2000/svg}path"))) > 10


def test_the_page_tells_what_the_search_found(search, tmp_path):
    page = Page(
        search_report(
            search,
            tmp_path / "r.html",
            title="Irises & <tags>",
            facts={"File": "<iris>.csv"},
            notes=["Nothing was left out."],
        )
    )
    assert "Irises & <tags>" in page.text
    assert "<iris>.csv" in page.text
    assert "Nothing was left out." in page.text
    assert f"{search.best_score_:.4g}, mean of 3 splits" in page.text
    assert f"{search.best_params_['svc__C']:.4g}" in page.text
    assert "svc__C" not in page.text  # the short name tells it


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite:UserWarning")
@pytest.mark.parametrize("kind", ["grid", "random", "several metrics", "failing", "one trial"])
def test_any_search_has_a_page(kind, iris, tmp_path):
    search = {
        "grid": GridSearchCV(SVC(), {"C": [0.1, 1], "gamma": ["scale", 0.1]}, cv=2),
        "random": RandomizedSearchCV(SVC(), {"C": loguniform(1e-3, 1e3)}, n_iter=4, cv=2),
        "several metrics": GridSearchCV(
            SVC(), {"C": [0.1, 1]}, cv=2, scoring=["accuracy", "f1_macro"], refit="f1_macro"
        ),
        "failing": GridSearchCV(SVC(), {"C": [1.0, -1.0]}, cv=2),
        "one trial": GridSearchCV(SVC(), {"C": [1.0]}, cv=2),
    }[kind]
    search.fit(*iris)
    text = Page(search_report(search, tmp_path / "r.html")).text
    assert "The best configurations" in text
    assert ("1 of them failed" in text) == (kind == "failing")


def test_a_search_of_one_trial_or_one_value_has_a_page(iris, tmp_path):
    search = BayesSearchCV(SVC(), {"C": [1.0]}, n_iter=1, cv=2).fit(*iris)
    assert (
        "What the hyperparameters did" not in Page(search_report(search, tmp_path / "r.html")).text
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_networks_show_their_training(iris, tmp_path):
    model = make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=3, random_state=0))
    search = GridSearchCV(model, {"mlpclassifier__alpha": [1e-4, 1e-2]}, cv=2).fit(*iris)
    assert "The training of the winner" in Page(search_report(search, tmp_path / "r.html")).text


def test_regressors_show_predicted_over_true(tmp_path):
    X, y = load_diabetes(return_X_y=True)
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2).fit(X[:300], y[:300])
    page = Page(search_report(search, tmp_path / "r.html", X_test=X[300:], y_test=y[300:]))
    assert "True over predicted" in page.pictures[0]["alt"]


def test_test_rows_come_with_their_target(search, tmp_path):
    with pytest.raises(ValueError, match="X_test and y_test must be given together"):
        search_report(search, tmp_path / "r.html", X_test=np.zeros((2, 4)))


def test_without_matplotlib_it_says_what_to_install(search, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"sknn-tune\[plot\]"):
        search_report(search, tmp_path / "r.html")
    assert list(tmp_path.iterdir()) == []


class Unprintable:
    """An object of a search's space that cannot be shown."""

    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__


def odd_search(iris, params, scores, scoring=None):
    """A finished search of which the table was changed."""
    search = GridSearchCV(SVC(), {"C": [0.1, 1.0, 10.0]}, cv=2, scoring=scoring).fit(*iris)
    search.cv_results_ = search.cv_results_ | {
        "params": [{"C": value} for value in params],
        "mean_test_score": np.asarray(scores, dtype=float),
    }
    return search


@pytest.mark.parametrize(
    "params",
    [
        [np.ones(2), np.ones(3), np.ones((2, 2))],
        [[1], [1, 2], []],
        [Unprintable(), Unprintable(), 1.0],
        ["$5% to $6", "$x", "a\nb"],
        [None, "None", np.nan],
        ["<script>alert(1)</script>", "{{ 7 * 7 }}", "x" * 5000],
        [{"a": 1}, {1, 2}, "\ud800"],
        [1e300, -1e300, 1e-300],
        [np.inf, -np.inf, 10**400],
    ],
)
def test_values_of_any_kind_have_a_page(params, iris, tmp_path):
    search = odd_search(iris, params, [0.1, 0.2, 0.3])
    page = Page(search_report(search, tmp_path / "r.html"))
    assert "The best configurations" in page.text
    assert "script" not in page.tags


@pytest.mark.parametrize(
    "scores",
    [
        [np.inf, 0.5, 0.6],
        [-np.inf, 0.5, np.nan],
        [-np.inf, -np.inf, -np.inf],
        [np.nan, np.nan, np.nan],
        [1e300, -1e300, 0],
        [0.5, 0.5, 0.5],
    ],
)
def test_scores_of_any_size_have_a_page(scores, iris, tmp_path):
    page = Page(search_report(odd_search(iris, [1, 2, 3], scores), tmp_path / "r.html"))
    assert "How the search went" in page.text


def test_a_picture_that_cannot_be_drawn_leaves_the_page(search, iris, tmp_path, monkeypatch):
    def fail(*args, **kwargs):
        raise ValueError("no\nsuch font")

    monkeypatch.setattr("sknn_tune.report.search_sections.SearchHistoryDisplay.from_search", fail)
    page = Page(search_report(search, tmp_path / "r.html"))
    assert "could not be drawn (ValueError: no such font)" in page.text
    assert len(page.pictures) == 3


def test_the_page_names_the_metric_and_claims_no_spread_of_one_split(iris, tmp_path):
    split = [(np.arange(0, 150, 2), np.arange(1, 150, 2))]
    search = GridSearchCV(SVC(), {"C": [0.1, 1]}, cv=split, scoring="f1_macro").fit(*iris)
    text = Page(search_report(search, tmp_path / "r.html")).text
    assert f"f1_macro {search.best_score_:.4g}" in text
    assert "one split" in text
    assert "±" not in text
    assert "Bars" not in text


def test_many_classes_have_a_list_of_the_worst_confusions(tmp_path):
    rng = np.random.default_rng(0)
    y = np.array([f"class {i}" for i in np.arange(26)])[rng.integers(26, size=400)]
    X = np.c_[[int(label.split()[1]) // 2 for label in y]] + 0.01 * rng.normal(size=(400, 1))
    search = GridSearchCV(DecisionTreeClassifier(max_depth=4), {"max_depth": [4, 6]}, cv=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    page = Page(search_report(search, tmp_path / "r.html", X_test=X, y_test=y))
    assert "predicted" in page.text
    assert re.search(r"class \d+\s+class \d+\s+\d+\s+[\d.]+%", page.text)


def test_a_binary_problem_shows_its_curves(iris, tmp_path):
    X, y = iris[0][:100], np.array(["$a", "b$"])[iris[1][:100]]
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2).fit(X, y)
    page = Page(search_report(search, tmp_path / "r.html", X_test=X, y_test=y))
    assert any("ROC" in picture["alt"] for picture in page.pictures)
    assert "could not be drawn" not in page.text


def test_texts_have_an_importance_but_no_picture_of_their_values(tmp_path):
    rng = np.random.default_rng(0)
    words = rng.choice(["good", "bad"], 200)
    texts = [f"{word} {i}" for i, word in enumerate(words)]
    X = pd.DataFrame({"text": texts, "word": rng.choice(["u", "v"], 200)})
    encode = ColumnTransformer(
        [("text", CountVectorizer(), "text"), ("word", OneHotEncoder(), ["word"])]
    )
    model = make_pipeline(encode, LogisticRegression())
    search = GridSearchCV(model, {"logisticregression__C": [0.1, 1]}, cv=2)
    y = (words == "good") ^ (rng.random(200) < 0.1 * (X["word"] == "u"))
    page = Page(search_report(search.fit(X, y), tmp_path / "r.html", X_test=X, y_test=y.to_numpy()))
    shown = [picture["alt"] for picture in page.pictures if "by the values" in picture["alt"]]
    assert any("shuffled" in picture["alt"] for picture in page.pictures)
    assert not any("text" in alt for alt in shown)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.1, "on 150 test rows; lines are the spread over 5 shuffles."),
        (0.9, "on 150 test rows."),
        (1.25, "on 120 test rows."),
        (9.0, "There was no time to shuffle each of the 4 columns."),
    ],
)
def test_columns_are_shuffled_while_there_is_time(
    seconds, words, search, iris, tmp_path, monkeypatch
):
    monkeypatch.setattr("sknn_tune.report.model_sections._seconds_of", lambda *_: seconds)
    page = Page(search_report(search, tmp_path / "r.html", X_test=iris[0], y_test=iris[1]))
    assert words in page.text


def test_a_search_that_refits_nothing_takes_the_model(iris, tmp_path):
    search = GridSearchCV(SVC(), {"C": [0.1, 1]}, cv=2, refit=False).fit(*iris)
    with pytest.raises(ValueError, match="estimator"):
        search_report(search, tmp_path / "r.html", X_test=iris[0], y_test=iris[1])
    model = SVC().fit(*iris)
    page = Page(
        search_report(search, tmp_path / "r.html", estimator=model, X_test=iris[0], y_test=iris[1])
    )
    assert "On the test rows" in page.text


def with_long_names(n_names, iris):
    """A finished search over as many hyperparameters whose names leave no room."""
    search = odd_search(iris, [0.1, 1.0, 10.0], [0.1, 0.2, 0.3])
    names = [f"step_{i}_of_a_pipeline_with_many__a_rather_long_parameter" for i in range(n_names)]
    params = [dict.fromkeys(names, value) for value in (0.1, 1.0, 10.0)]
    search.cv_results_ = search.cv_results_ | {"params": params}
    return search


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, BROWSERS)), reason="no Chromium is installed")
@pytest.mark.parametrize("width", [800, 1300])
@pytest.mark.parametrize("n_names", [0, 20])
def test_a_browser_draws_every_picture_and_asks_no_host(width, n_names, search, iris, tmp_path):
    path, n_pictures = tmp_path / "report.html", 2 if n_names else 7
    if n_names:
        search_report(with_long_names(n_names, iris), path)
    else:
        search_report(search, path, X_test=iris[0], y_test=iris[1])
    probe = """<script>addEventListener("load", () => {
      const drawn = [...document.images].filter(i => i.complete && i.naturalWidth > 0).length;
      const asked = performance.getEntriesByType("resource").filter(r => /^http/.test(r.name));
      const wide = document.documentElement.scrollWidth > innerWidth;
      document.title = `${drawn} drawn, ${asked.length} asked for, wide: ${wide}`;
    });</script></body>"""
    path.write_text(path.read_text("utf-8").replace("</body>", probe), "utf-8")
    browser = next(filter(None, map(shutil.which, BROWSERS)))
    flags = [
        *("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000"),
        *("--no-first-run", "--disable-background-networking", "--disable-sync"),
        *("--disable-component-update", f"--user-data-dir={tmp_path / 'profile'}"),
        f"--window-size={width},900",
    ]
    done = subprocess.run(
        [browser, *flags, "--enable-logging=stderr", "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert f"<title>{n_pictures} drawn, 0 asked for, wide: false</title>" in done.stdout
    assert "CONSOLE" not in done.stderr


@pytest.mark.parametrize(
    ("seconds", "n_places", "n_values"), [(1e-3, 3, 25), (0.08, 3, 12), (0.15, 2, 10), (1.0, 0, 8)]
)
def test_dependences_are_drawn_while_there_is_time(seconds, n_places, n_values):
    assert _in_time([4, 2, 7], seconds) == ([4, 2, 7][:n_places], n_values)

"""The page about a search: all in one file, every picture drawn, nothing fetched."""

import base64
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sknn_tune import BayesSearchCV, MLPClassifier, search_report

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
    assert len(page.pictures) == 9
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


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, BROWSERS)), reason="no Chromium is installed")
def test_a_browser_draws_every_picture_and_asks_no_host(search, iris, tmp_path):
    path = search_report(search, tmp_path / "report.html", X_test=iris[0], y_test=iris[1])
    probe = """<script>addEventListener("load", () => {
      const drawn = [...document.images].filter(i => i.complete && i.naturalWidth > 0).length;
      const asked = performance.getEntriesByType("resource").filter(r => /^http/.test(r.name));
      document.title = `${drawn} drawn, ${asked.length} asked for`;
    });</script></body>"""
    path.write_text(path.read_text("utf-8").replace("</body>", probe), "utf-8")
    browser = next(filter(None, map(shutil.which, BROWSERS)))
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000"]
    done = subprocess.run(
        [browser, *flags, "--enable-logging=stderr", "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "<title>9 drawn, 0 asked for</title>" in done.stdout
    assert "CONSOLE" not in done.stderr

"""What the documentation says holds: its Python runs, its lists are whole, its recipe works."""

import ast
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sknn_tune

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
RECIPE = DOCS / "add_an_activation.md"
PAGES = sorted(set(DOCS.glob("*.md")) - {RECIPE})
SLOW_PAGES = {"guide_scale.md", "guide_search.md"}


def python_blocks(page):
    """The blocks of Python code of a Markdown page."""
    return re.findall(r"(?ms)^```python\n(.*?)^```$", page.read_text(encoding="utf-8"))


def pages_with_python():
    """The pages as parameters of a test."""
    for page in PAGES:
        if python_blocks(page):
            marks = [pytest.mark.slow] if page.name in SLOW_PAGES else []
            yield pytest.param(page, id=page.name, marks=marks)


@pytest.mark.parametrize("page", list(pages_with_python()))
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_python_of_the_pages_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # pages write files
    monkeypatch.setenv("MPLBACKEND", "agg")
    names = {}
    for number, block in enumerate(python_blocks(page)):
        exec(compile(block, f"{page.name}, block {number}", "exec"), names)


def test_the_first_steps_are_short():
    readme = (ROOT / "README.md").read_text("utf-8")
    for step in ("First fit", "First table", "First search"):
        assert f"## {step}" in readme
    for block in python_blocks(ROOT / "README.md"):
        assert len([line for line in block.splitlines() if line.strip()]) <= 16


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_readme_shows_what_its_blocks_print(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"(?ms)^```python\n(.*?)^```\n+```text\n(.*?)^```", text)
    assert len(shown) == len(python_blocks(ROOT / "README.md"))
    names = {}
    for block, output in shown:
        exec(compile(block, "README.md", "exec"), names)
        printed = capsys.readouterr().out
        number = r"\d+\.\d+"
        assert re.sub(number, "#", printed) == re.sub(number, "#", output)
        found, expected = (list(map(float, re.findall(number, t))) for t in (printed, output))
        # Other versions of numpy and of the BLAS give other last digits, and so other networks.
        assert found == pytest.approx(expected, abs=0.02)


def test_the_picture_of_the_readme_follows_from_the_figures_of_the_documentation(tmp_path):
    pytest.importorskip("matplotlib").use("agg")
    overview = runpy.run_path(str(DOCS / "pictures" / "overview.py"))
    for theme in overview["THEMES"]:
        picture = overview["draw"](theme, tmp_path).read_text("utf-8")
        # One bar for each library, and for each library and fit.
        n_bars = 3 * len(overview["FITS"]) + len(overview["PEERS"]) + 4
        colours = [overview["THEMES"][theme][name] for name in ("ours", "others")]
        assert sum(picture.count(f"fill: {colour}") for colour in colours) == n_bars
        assert f"overview-{theme}.svg" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.slow  # the pages are measured again, and the README follows
def test_the_readme_repeats_the_speed_that_was_measured():
    overview = runpy.run_path(str(DOCS / "pictures" / "overview.py"))
    columns = ["fit", "seconds", "scikit-learn", "PyTorch"]
    measured, shown = (
        [[row[name] for name in columns] for row in overview["read_table"](page, *columns)]
        for page in ("benchmarks.md", "../README.md")
    )
    assert shown == measured


def test_the_gallery_is_a_course_of_examples_that_draw():
    examples = sorted((DOCS / "examples").glob("plot_*.py"))
    assert len(examples) >= 12
    for example in examples:
        title, rule = ast.get_docstring(ast.parse(example.read_text("utf-8"))).splitlines()[:2]
        assert rule == "=" * len(title), example.name
        assert "fetch_" not in example.read_text("utf-8"), example.name


@pytest.mark.parametrize("page", [ROOT / "README.md", *DOCS.glob("*.md")], ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_api_reference_lists_every_public_name():
    listed = re.findall(r"(?m)^   (\w+)$", (DOCS / "api.md").read_text(encoding="utf-8"))
    # The list for skops is explained where it is used, in docs/guide_training.md.
    assert sorted(listed) == sorted(set(sknn_tune.__all__) - {"__version__", "SKOPS_TRUSTED"})


@pytest.mark.parametrize("without_compilation", ["1", pytest.param("0", marks=pytest.mark.slow)])
def test_a_new_activation_needs_a_pair_of_functions_and_a_row(tmp_path, without_compilation):
    functions, row, use, _ = python_blocks(RECIPE)  # the last is for the tests
    package = shutil.copytree(
        ROOT / "sknn_tune", tmp_path / "sknn_tune", ignore=shutil.ignore_patterns("__pycache__")
    )
    module = package / "network" / "activations.py"
    source = module.read_text(encoding="utf-8")
    above, table, below = re.split(r"(?ms)^(ACTIVATIONS = registry\(\n.*?)(?=^    \},$)", source)
    module.write_text(f"{above}{functions}\n\n{table}{row}{below}", encoding="utf-8")
    program = f"""
import numpy as np
import sknn_tune
from sknn_tune import MLPClassifier

assert sknn_tune.__path__[0].startswith({str(tmp_path)!r})
X = np.linspace(-3, 3, 20).reshape(-1, 1)
y = X[:, 0] > 0.5
{use}
network = MLPClassifier((2,), activation="softsign", max_iter=2, random_state=0).fit(X, y)
hidden = X @ network.coefs_[0] + network.intercepts_[0]
hidden = hidden / (1 + np.abs(hidden))
score = hidden @ network.coefs_[1] + network.intercepts_[1]
assert np.allclose(network.predict_proba(X)[:, 1:], 1 / (1 + np.exp(-score)))
"""
    environment = os.environ | {
        "PYTHONPATH": str(tmp_path),
        "PYTHONWARNINGS": "ignore",
        "NUMBA_DISABLE_JIT": without_compilation,
    }
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, cwd=tmp_path)

"""Each page of the course has its parts, is short, and runs, its exercises included."""

import ast
import re
import textwrap
from pathlib import Path

import pytest

LESSONS = sorted((Path(__file__).parents[1] / "docs" / "course").glob("lesson_*.py"))
SECTIONS = (
    "The formula",
    "The picture",
    "The one line",
    "When it helps, and when not",
    "Exercises",
    "References",
)
#: Of Keras, KerasTuner and TensorFlow.js; the page on vocabulary says where each is explained.
TERMS = {
    "units": 1,
    "fit": 1,
    "kernelInitializer": 4,
    "leCunNormal": 4,
    "glorotNormal": 4,
    "optimizer": 5,
    "compile": 5,
    "gradient descent": 5,
    "weight regularization": 6,
    "regularization factors": 6,
    "dropout layers": 6,
    "hyperparameter optimization": 9,
    "categorical parameter": 9,
    "model quality": 10,
}
LONGEST_LINE = 100
MOST_LINES = 25
# Of code and text together, at 200 words a minute: ten minutes.
MOST_WORDS = 2000

by_name = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)


def prose(lesson):
    """The text of a page, as reStructuredText."""
    source = lesson.read_text(encoding="utf-8")
    comments = re.findall(r"(?m)^#(?: (.*))?$", source)
    return ast.get_docstring(ast.parse(source)) + "\n\n" + "\n".join(comments)


def answers(lesson):
    """The code in the answers of a page."""
    exercises = re.split(r"(?m)^Exercises\n-+$", prose(lesson))[1].split("\nReferences\n")[0]
    blocks = re.findall(r"(?m)^ +\.\. code-block:: python\n\n((?: {7}.*\n|\n)+)", exercises)
    return [textwrap.dedent(block) for block in blocks]


def names_in(node):
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def drawing_names(tree):
    """Names of pyplot, displays, functions that draw, and all that is made with them."""
    drawing = {"plt"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            drawing |= {a.name for a in node.names if a.name.endswith("Display")}
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("draw"):
            drawing.add(node.name)
    before = None
    while before != drawing:
        before = set(drawing)
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and names_in(node.value) & drawing:
                drawing |= {name for target in node.targets for name in names_in(target)}
            elif isinstance(node, ast.For) and names_in(node.iter) & drawing:
                # Of a zip the axes come first, and what belongs to them follows.
                first = node.target.elts[0] if isinstance(node.target, ast.Tuple) else node.target
                drawing |= names_in(first)
    return drawing


def code_statements(body, drawing):
    """Yield the statements that import nothing, say nothing and draw nothing, as text."""
    for node in body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_text or isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if not hasattr(node, "body"):
            if not names_in(node) & drawing:
                yield ast.unparse(node)
            continue
        if getattr(node, "name", None) in drawing:
            continue
        parts = [node, *getattr(node, "handlers", [])]
        inner = [s for part in parts for s in code_statements(part.body, drawing)]
        if inner:
            is_over_axes = isinstance(node, ast.For) and names_in(node.iter) & drawing
            yield from [] if is_over_axes else [type(part).__name__ for part in parts]
        yield from inner


def n_code_lines(lesson):
    """Lines of code besides drawing; a long statement counts as the lines that it would fill."""
    tree = ast.parse(lesson.read_text(encoding="utf-8"))
    statements = code_statements(tree.body, drawing_names(tree))
    return sum(-(-len(statement) // LONGEST_LINE) for statement in statements)


def run(lesson):
    """Run a page; returns its names."""
    names = {"__name__": lesson.stem}
    exec(compile(lesson.read_text(encoding="utf-8"), lesson.name, "exec"), names)
    return names


def test_the_course_has_eleven_pages_in_order():
    numbers = [int(lesson.stem.split("_")[1]) for lesson in LESSONS]
    assert numbers == list(range(1, 12))
    for number, lesson in zip(numbers, LESSONS, strict=True):
        title, rule = prose(lesson).splitlines()[:2]
        assert title.startswith(f"{number}. ")
        assert rule == "=" * len(title)


def test_the_vocabulary_points_to_a_page_for_each_term():
    vocabulary = LESSONS[0].parents[1] / "vocabulary.md"
    rows = re.findall(r"(?m)^\| (.+) \| \{doc\}`lessons/(\w+)` \|$", vocabulary.read_text("utf-8"))
    assert {target for _, target in rows} <= {lesson.stem for lesson in LESSONS}
    pages = {
        term: int(target.split("_")[1])
        for terms, target in rows
        for term in re.split(", |: ", terms)
    }
    assert {term: pages.get(term) for term in TERMS} == TERMS


@by_name
def test_a_page_has_its_parts(lesson):
    text = prose(lesson)
    assert "**The question.**" in text
    places = [re.search(rf"(?m)^{section}.*\n-+$", text) for section in SECTIONS]
    missing = [s for s, place in zip(SECTIONS, places, strict=True) if place is None]
    assert not missing
    assert [place.start() for place in places] == sorted(place.start() for place in places)
    exercises, references = text[places[4].end() : places[5].start()], text[places[5].end() :]
    assert len(re.findall(r"(?m)^\*\*\d\.\*\*", exercises)) == 2
    assert len(re.findall(r"admonition:: Answer\n +:collapsible: closed", exercises)) == 2
    papers = re.findall(r"(?m)^- (?:.+\n?)(?:  .+\n?)*", references)
    assert len(papers) >= 3
    assert all(re.search(r"\((19|20)\d\d\)", paper) for paper in papers)
    # A reference on one line that begins with an initial would be item I. of an enumeration.
    assert not re.search(r"(?m)^- [A-Z]\. .*\n(?!  )", references + "\n")


@by_name
def test_a_page_is_short(lesson):
    assert n_code_lines(lesson) <= MOST_LINES
    assert len(prose(lesson).split()) <= MOST_WORDS
    assert "fetch_" not in lesson.read_text(encoding="utf-8")


def test_code_is_told_from_drawing():
    tree = ast.parse(
        """
import numpy as np
figure, axes = plt.subplots(2)
def draw_it(ax):
    ax.plot([1])
for ax, n in zip(axes, (1, 2)):
    total = n + 1
    ax.plot(total)
for n in range(3):
    value = n
"""
    )
    found = list(code_statements(tree.body, drawing_names(tree)))
    assert [s for s in found if "=" in s] == ["total = n + 1", "value = n"]
    assert len(found) == 3  # the second loop besides


@pytest.mark.slow
@by_name
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_page_and_its_exercises_run(lesson, monkeypatch, tmp_path):
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    monkeypatch.chdir(tmp_path)
    names = run(lesson)
    assert plt.get_fignums()
    plt.close("all")
    for number, code in enumerate(answers(lesson), start=1):
        exec(compile(code, f"{lesson.name}, answer {number}", "exec"), dict(names))
    plt.close("all")

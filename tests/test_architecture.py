"""The floors of the house: an arrow never runs up."""

import ast
import sys
from pathlib import Path

import pytest

import sknn_tune

ROOT = Path(sknn_tune.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
NETWORK_MAY_IMPORT = {"numpy", "scipy", "numba", "threadpoolctl"}
#: Either wing may use these.
NEUTRAL = {"common", "deadline"}
LONGEST_FILE, LONGEST_BODY = 500, 60


def imports(path):
    """Absolute names of the modules that a file imports."""
    package = ["sknn_tune", *path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            yield ".".join([*above, *([node.module] if node.module else [])])


def modules_in(folder):
    return [path for path in MODULES if path.is_relative_to(ROOT / folder)]


def named(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", modules_in("network"), ids=named)
def test_network_knows_arrays_only(path):
    for name in imports(path):
        top = name.partition(".")[0]
        own = name.startswith(("sknn_tune.network", "sknn_tune.common"))
        assert own or top in NETWORK_MAY_IMPORT | sys.stdlib_module_names, name


@pytest.mark.parametrize("path", modules_in("search"), ids=named)
def test_search_never_imports_the_network(path):
    for name in imports(path):
        assert not name.startswith(("sknn_tune.network", "sknn_tune.mlp")), name


@pytest.mark.parametrize("path", modules_in("interchange"), ids=named)
def test_interchange_never_imports_the_estimators(path):
    for name in imports(path):
        assert not name.startswith(("sknn_tune.mlp", "sknn_tune.search")), name


@pytest.mark.parametrize("path", modules_in("mlp"), ids=named)
def test_estimators_never_import_what_stands_on_them(path):
    for name in imports(path):
        allowed = tuple(f"sknn_tune.{part}" for part in NEUTRAL | {"network", "interchange", "mlp"})
        assert not name.startswith("sknn_tune") or name.startswith(allowed), name


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_private_names_of_scikit_learn_live_in_compat(path):
    if path.name == "compat.py":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sklearn"):
            parts = [*node.module.split("."), *(alias.name for alias in node.names)]
            assert not any(part.startswith("_") for part in parts), parts


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_only_one_place_says_njit(path):
    says = "njit" in {
        node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)
    }
    assert says == (path == ROOT / "network" / "jit.py")


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_files_and_functions_stay_short(path):
    source = path.read_text()
    assert len(source.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert length <= LONGEST_BODY, node.name

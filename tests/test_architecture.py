"""Imports run downward only, private names stay in one place, files and functions stay short."""

import ast
import os
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import sknn_tune

ROOT = Path(sknn_tune.__file__).parent
LONGEST_FILE, LONGEST_BODY = 400, 60

#: What each part may import beside itself; a module belongs to the longest name that it starts
#: with. Helpers in `common` and `deadline` are neutral: they import nothing above them.
MAY_IMPORT = {
    "common": set(),
    "deadline": set(),
    "network": {"common"},
    "network.precompilation": {"common", "network"},
    "interchange": {"common", "network"},
    "mlp": {"common", "deadline", "network", "interchange"},
    "tabular": {"common", "deadline", "network", "interchange", "mlp"},
    "search.engine": {"common"},
    "search.compat": {"common"},
    "search.estimators": {"common", "search.engine"},
    "search.predictions": {"common"},
    "search.resource": {"common", "search.engine", "search.estimators"},
    "search.storage": {"common", "search.engine", "search.compat", "search.estimators"},
    "search.ensembles": {"common", "search.compat", "search.estimators", "search.predictions"}
    | {"search.trials"},
    "search.trials": {
        "common",
        "deadline",
        "search.engine",
        "search.compat",
        "search.estimators",
        "search.predictions",
        "search.resource",
        "search.storage",
    },
    "search": {"common", "deadline"},
    "quality": {"common", "deadline"},
    "displays": {"common", "quality", "search"},
    "report": {"common", "displays", "quality", "search"},
    "command_line.errors": set(),
    "command_line.cells": set(),
    "command_line.files": {"command_line.cells", "command_line.errors"},
    "command_line.columns": {
        "command_line.cells",
        "command_line.files",
        "command_line.errors",
    },
    "command_line.clock": set(),
    "command_line.stages": {"common", "command_line.clock"},
    "command_line.options": {"command_line.columns"},
    "command_line.contest": {
        "common",
        "search",
        "tabular",
        "command_line.cells",
        "command_line.files",
        "command_line.columns",
        "command_line.errors",
        "command_line.clock",
        "command_line.stages",
        "command_line.options",
    },
    "command_line": {"", "common", "deadline", "displays", "mlp", "quality", "report", "search"}
    | {"tabular", "interchange", "network.precompilation"},
    "trusted": {"search", "tabular"},
    "__main__": {"", "command_line", "common"},
    # The public names; the parts that they come from import it nowhere but on the command line.
    "": {"common", "displays", "interchange", "mlp", "network", "quality", "report", "search"}
    | {"tabular", "trusted"},
}

#: Packages that the compiled core, and the helpers that it uses, may import.
NETWORK_PACKAGES = {"numpy", "scipy", "numba", "llvmlite", "threadpoolctl"}
#: The engine of the search knows points and scores: of scikit-learn only what draws numbers.
ENGINE_SKLEARN = {"sklearn.utils.check_random_state"}
#: Private names of others than scikit-learn that have no public equivalent.
PRIVATE_ELSEWHERE = {
    "_at_fork_reinit",  # of locks, as `threading` itself frees them in a child
    "_bit_generator",  # of numpy's RandomState
    "_asdict",  # of named tuples, where the underscore keeps the fields' names free
    "_getframe",  # sys
    "_getvalue",  # numba
    "_rebuild",  # numba
    "_reduce",  # numba
    "_replace",  # of named tuples
    "_shape_info",  # scipy's distributions: which of their arguments are integers
}


class Module:
    """A file of the package: its dotted name without ``sknn_tune``, its tree, its imports.

    `imports` are those of a running program, `all_imports` those for type checkers as well.
    """

    def __init__(self, path):
        self.path, self.file = path, path.relative_to(ROOT).as_posix()
        parts = list(path.relative_to(ROOT).with_suffix("").parts)
        self.name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        self.source = path.read_text("utf-8")
        self.tree = ast.parse(self.source)
        self.imports = set(self._names(_outside_type_checking(self.tree)))
        self.all_imports = set(self._names(ast.walk(self.tree)))

    def _names(self, nodes):
        """Absolute names of what nodes import, names within modules included."""
        for node in nodes:
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.file}:{node.lineno}: import by the absolute name"
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def nodes(self, *kinds):
        return [node for node in ast.walk(self.tree) if isinstance(node, kinds)]


def _outside_type_checking(tree):
    """Nodes of a tree but for those below ``if TYPE_CHECKING``."""
    for node in ast.iter_child_nodes(tree):
        is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if not is_for_types:
            yield node
            yield from _outside_type_checking(node)


MODULES = [Module(path) for path in sorted(ROOT.rglob("*.py"))]
BY_NAME = {module.name: module for module in MODULES}


def own_modules(imports):
    """Names of the modules of the package among those imported."""
    for name in imports:
        if name == "sknn_tune" or name.startswith("sknn_tune."):
            inner = name.removeprefix("sknn_tune").removeprefix(".")
            yield inner if inner in BY_NAME else inner.rpartition(".")[0]


def part_of(name):
    return max((part for part in MAY_IMPORT if is_in(name, part)), key=len)


def is_in(name, part):
    return name == part or not part or name.startswith(f"{part}.")


def modules_in(part):
    """Parametrize a test over the modules of a part of the package; "" is all of it."""
    modules = [module for module in MODULES if is_in(module.name, part)]
    return pytest.mark.parametrize("module", modules, ids=[module.file for module in modules])


def reached_from(names):
    """Modules of the package that are imported from those of given names, at any distance."""
    found, left = set(), list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += own_modules(BY_NAME[name].imports)
    return found


# ---------------------------------------------------------------------------------- imports
def test_every_part_of_the_package_has_a_rule():
    tops = {module.name.partition(".")[0] for module in MODULES}
    assert tops <= set(MAY_IMPORT), "a part of the package that no rule is about"


@modules_in("")
def test_no_import_runs_upward(module):
    part = part_of(module.name)
    for name in own_modules(module.all_imports):
        other = part_of(name)
        allowed = MAY_IMPORT[part] | {part}
        inside = part in ("search", "command_line") and is_in(other, part)
        assert inside or any(other == a or (a and is_in(other, a)) for a in allowed), name


def test_imports_form_no_cycle():
    graph = {module.name: set(own_modules(module.imports)) - {module.name} for module in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(name or "sknn_tune" for name in error.args[1]))


NETWORK = [module.name for module in MODULES if is_in(module.name, "network")]


@pytest.mark.parametrize("name", sorted(reached_from(NETWORK)))
def test_the_network_knows_arrays_only(name):
    for imported in BY_NAME[name].imports:
        top = imported.partition(".")[0]
        assert top in NETWORK_PACKAGES | {"sknn_tune"} | sys.stdlib_module_names, imported


@modules_in("search.engine")
def test_the_engine_knows_no_estimator(module):
    for imported in module.imports:
        assert not imported.startswith("sklearn") or imported in ENGINE_SKLEARN, imported


# ------------------------------------------------------------ private names of scikit-learn
def defined_names():
    """Every name with an underscore in front that the package itself gives to something."""
    for module in MODULES:
        for node in module.nodes(ast.FunctionDef, ast.ClassDef):
            yield node.name
        for node in module.nodes(ast.Attribute, ast.Name):
            if isinstance(node.ctx, ast.Store):
                yield node.attr if isinstance(node, ast.Attribute) else node.id


DEFINED = set(defined_names())


def private_attributes(module):
    """Private attributes that a module reads and the package does not define."""
    for node in module.nodes(ast.Attribute):
        yield node.attr
    for call in module.nodes(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id in ("getattr", "hasattr", "setattr"):
            yield from (a.value for a in call.args[1:2] if isinstance(a, ast.Constant))


def is_private(name):
    return name.startswith("_") and not name.startswith("__")


@modules_in("")
def test_private_names_of_scikit_learn_live_in_compat(module):
    if module.path.name == "compat.py":
        return
    for imported in module.imports:
        if imported.startswith("sklearn."):
            assert not any(map(is_private, imported.split("."))), imported
    foreign = {name for name in private_attributes(module) if is_private(name)} - DEFINED
    assert foreign <= PRIVATE_ELSEWHERE


# ------------------------------------------------------------------- the way from fit to BLAS
PRINT_THE_FILES_ON_THE_STACK = """
import inspect
import numpy as np
from sknn_tune import MLPClassifier

dot = np.dot

def dot_that_looks_back(*arrays):
    files = [frame.filename for frame in reversed(inspect.stack())]
    print("|".join(dict.fromkeys(files)))
    return dot(*arrays)

np.dot = dot_that_looks_back
MLPClassifier((2,), max_iter=1).fit(np.eye(4), [0, 0, 1, 1])
"""


def test_the_call_stack_from_fit_to_a_matrix_product_is_short():
    plain = {"NUMBA_DISABLE_JIT": "1", "PYTHONWARNINGS": "ignore", "PYTHONPATH": str(ROOT.parent)}
    printed = subprocess.run(
        [sys.executable, "-c", PRINT_THE_FILES_ON_THE_STACK],
        env=os.environ | plain,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for line in printed:
        files = [Path(file) for file in line.split("|") if Path(file).is_relative_to(ROOT)]
        # Compiled code jumps to the address of a unit; only plain Python calls `units.invoke`.
        names = [file.stem for file in files if file.stem != "units"]
        assert (names[0], names[-1]) == ("base", "layers")
        assert len(names) <= 6, names
    assert len(printed) > 3


# ------------------------------------------------------------------------- the written map
def test_the_page_about_the_inside_names_every_module():
    """Each table "file of `sknn_tune/folder/`" of the page lists the files of that folder."""
    page = (ROOT.parent / "docs" / "how_it_works_inside.md").read_text("utf-8")
    named = [
        folder + file
        for folder, rows in re.findall(r"(?m)^\| file of `sknn_tune/([\w/]*)`.*((?:\n\|.*)+)", page)
        for row in rows.strip().splitlines()
        for file in re.findall(r"`(\w+\.py)`", row.split("|")[1])
    ]
    files = [module.file for module in MODULES if module.path.name != "__init__.py"]
    assert sorted(named) == sorted(files)


# ------------------------------------------------------------------------- shape of the code
@modules_in("")
def test_only_one_place_says_njit(module):
    says = "njit" in {node.id for node in module.nodes(ast.Name)}
    assert says == (module.file == "network/jit.py")


@modules_in("")
def test_classes_are_composed_rather_than_inherited(module):
    """No class has more than one base class of the package."""
    local = {node.name for node in module.nodes(ast.ClassDef)}
    for node in module.nodes(ast.ImportFrom):
        if node.module.partition(".")[0] == "sknn_tune":
            local |= {alias.asname or alias.name for alias in node.names}
    for node in module.nodes(ast.ClassDef):
        own = [ast.unparse(base) for base in node.bases if ast.unparse(base) in local]
        assert len(own) <= 1, f"{node.name}({', '.join(own)})"


@modules_in("")
def test_files_are_short(module):
    assert len(module.source.splitlines()) <= LONGEST_FILE


@modules_in("")
def test_functions_are_short(module):
    for node in module.nodes(ast.FunctionDef, ast.AsyncFunctionDef):
        body = node.body[1:] if ast.get_docstring(node) else node.body
        length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
        assert length <= LONGEST_BODY, node.name

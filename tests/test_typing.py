"""Type checkers accept a program that uses the package, and find the mistakes in another."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy")
pytest.importorskip("pyright")

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "tests" / "typing_samples"
PLANTED = {
    number
    for number, line in enumerate((SAMPLES / "mistakes.py").read_text().splitlines(), start=1)
    if line.endswith("# mistake")
}


def run(*command):
    """Standard output of a type checker, which looks for the package in this tree."""
    environment = os.environ | {"MYPYPATH": str(ROOT), "PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, "-m", *command]
    done = subprocess.run(arguments, capture_output=True, text=True, env=environment, cwd=SAMPLES)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def mypy_errors(name, tmp_path):
    """Lines with an error, and the whole output."""
    options = ["--strict", "--follow-imports=silent", "--ignore-missing-imports"]
    output = run("mypy", *options, "--config-file=", f"--cache-dir={tmp_path}", name)
    return {int(line) for line in re.findall(rf"(?m)^{name}:(\d+): error", output)}, output


def pyright_errors(name, tmp_path):
    """Lines with an error, and the whole output."""
    output = run("pyright", "--outputjson", f"--pythonpath={sys.executable}", name)
    found = json.loads(output)["generalDiagnostics"]
    errors = [entry for entry in found if entry["severity"] == "error"]
    return {entry["range"]["start"]["line"] + 1 for entry in errors}, output


checkers = pytest.mark.parametrize("errors_in", [mypy_errors, pyright_errors])


@checkers
def test_a_users_program_has_no_type_errors(errors_in, tmp_path):
    lines, output = errors_in("user.py", tmp_path)
    assert not lines, output


@checkers
def test_planted_mistakes_are_found(errors_in, tmp_path):
    assert len(PLANTED) == 10
    lines, output = errors_in("mistakes.py", tmp_path)
    assert lines == PLANTED, output

"""Build the sdist and the wheel, check what they hold, and use the installed wheel.

    python .ci/check_distributions.py

The wheel is built from the sdist and installed into a new environment, away from the sources, as
a user's is. Exits with an error at the first thing that is wrong.
"""

import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
IN_SDIST = {
    "CHANGELOG.md", "LICENSE", "README.md", "docs/index.md", "pyproject.toml",
    "sknn_tune/__init__.pyi", "sknn_tune/py.typed", "tests/naive.py",
}  # fmt: skip
IN_WHEEL = {
    "sknn_tune/__init__.pyi", "sknn_tune/mlp/portfolio.csv", "sknn_tune/network/passes.py",
    "sknn_tune/py.typed",
    "sknn_tune/report/templates/page.html.jinja", "sknn_tune/report/templates/page.css",
}  # fmt: skip
SMOKE_TEST = """
import numpy as np
from scipy.stats import loguniform
from sknn_tune import BayesSearchCV, MLPClassifier, __version__

X = np.random.default_rng(0).normal(size=(200, 4))
y = X[:, 0] > 0
model = MLPClassifier((8,), learning_rate_init=0.02, max_iter=40, tol=0, n_iter_no_change=99)
space = {"alpha": loguniform(1e-5, 1e-1)}
search = BayesSearchCV(model, space, n_iter=2, cv=2, random_state=0).fit(X, y)
assert search.score(X, y) > 0.9, search.score(X, y)
print(f"sknn_tune {__version__}: fit and search work")
"""


def run(*command, cwd=None):
    """Run a command that must succeed."""
    subprocess.run([str(part) for part in command], check=True, cwd=cwd)


def check_names(archive, names, required):
    """Compare the files of an archive with what must and must not be there."""
    missing = required - names
    litter = {name for name in names if "__pycache__" in name or name.endswith((".pyc", ".orig"))}
    if missing or litter:
        sys.exit(f"{archive.name}: missing {sorted(missing)}, unwanted {sorted(litter)}")
    print(f"{archive.name}: {len(names)} files")


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
        (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
        with tarfile.open(sdist) as archive:
            names = {name.partition("/")[2] for name in archive.getnames()}
        check_names(sdist, names, IN_SDIST)
        names = set(zipfile.ZipFile(wheel).namelist())
        check_names(wheel, names, IN_WHEEL)
        outside = {name.partition("/")[0] for name in names} - {"sknn_tune"}
        if not all(name.endswith(".dist-info") for name in outside):
            sys.exit(f"{wheel.name} installs more than the package: {sorted(outside)}")
        environment = folder / "environment"
        venv.create(environment, with_pip=True)
        python = environment / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        run(python, "-m", "pip", "install", "--quiet", wheel)
        run(python, "-I", "-W", "ignore::UserWarning", "-c", SMOKE_TEST, cwd=folder)
        run(python, "-I", "-m", "sknn_tune", "--version", cwd=folder)


if __name__ == "__main__":
    main()

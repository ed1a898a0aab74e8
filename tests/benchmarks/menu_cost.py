"""What the whole menu of options costs a network that uses none of it.

    python tests/benchmarks/menu_cost.py [pairs]

A copy of the package keeps only what scikit-learn has in its tables of activations and
optimizers; two processes, one with each package, fit the same network in turns.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "sknn_tune"
KEPT = {
    "activations": ("ACTIVATIONS", {"identity", "logistic", "tanh", "relu"}),
    "optimizers": ("OPTIMIZERS", {"sgd", "adam"}),
}
WORKER = """
import os, sys, time, warnings
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
sys.path.insert(0, sys.argv[1])
import numpy as np
from sklearn.datasets import load_digits
from sknn_tune import MLPClassifier
warnings.filterwarnings("ignore")
X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
SIZES = [((100,), 32, 8), ((100,), 200, 25), ((256, 256), 256, 10)]
for line in sys.stdin:
    hidden, batch_size, epochs = SIZES[int(line)]
    model = MLPClassifier(
        hidden, batch_size=batch_size, max_iter=epochs, random_state=0, tol=0.0,
        n_iter_no_change=10**6,
    )
    start = time.perf_counter()
    model.fit(X, y)
    print(time.perf_counter() - start, float(np.abs(model.coefs_[0]).sum()), flush=True)
"""


def cut_menu(folder):
    """Copy the package without the rows that scikit-learn lacks."""
    shutil.copytree(PACKAGE, folder / "sknn_tune", ignore=shutil.ignore_patterns("__pycache__"))
    for module, (table, names) in KEPT.items():
        path = folder / "sknn_tune" / "network" / f"{module}.py"
        head, row, tail = path.read_text().partition("\n}\n")
        cut = f"{table} = {{name: {table}[name] for name in {table} if name in {names}}}\n"
        path.write_text(head + row + cut + tail)


def start_worker(folder):
    """A process that fits network number i with the package in a folder, for each line i."""
    command = [sys.executable, "-c", WORKER, str(folder)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder
    )


def ask(worker, number):
    """Seconds of a fit, and a sum that says which network came out."""
    print(number, file=worker.stdin, flush=True)
    seconds, total = worker.stdout.readline().split()
    return float(seconds), float(total)


def main(pairs):
    """Print the median ratio of paired times for each network."""
    with tempfile.TemporaryDirectory() as folder:
        cut_menu(Path(folder))
        whole, small = start_worker(PACKAGE.parent), start_worker(Path(folder))
        for number, name in enumerate(["100, batch 32", "100, batch 200", "256, 256, batch 256"]):
            ask(whole, number), ask(small, number)
            rows = [(ask(whole, number), ask(small, number)) for _ in range(pairs)]
            assert all(a[1] == b[1] for a, b in rows), "the two packages fit different networks"
            ratio = statistics.median(a[0] / b[0] for a, b in rows)
            print(f"hidden {name}: whole menu / scikit-learn's rows = {ratio:.3f}")
        for worker in (whole, small):
            worker.stdin.close()
            worker.wait()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 41)

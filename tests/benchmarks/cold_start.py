"""Cold start: import, first fit ever, first fit of a later process, beside scikit-learn.

    python tests/benchmarks/cold_start.py [--repeats 3]

Each figure is of a new process; the kernel cache is an empty folder at first. The least of the
repeats counts.
"""

import argparse
import os
import subprocess
import sys
import tempfile

from common import describe_run, print_header, print_row

_IMPORT = """
import time
began = time.perf_counter()
import sklearn.neural_network, sklearn.utils.validation, {module}
print(time.perf_counter() - began)
"""
_FIT = """
import time, warnings
import numpy as np
from sklearn.datasets import load_digits
from {module} import MLPClassifier
warnings.simplefilter("ignore")
X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.{dtype})
began = time.perf_counter()
MLPClassifier(max_iter=2).fit(X, y).predict(X)
print(time.perf_counter() - began)
"""
_SKLEARN = "sklearn.neural_network"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    describe_run()
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"NUMBA_CACHE_DIR": folder, "OMP_NUM_THREADS": "1"}

        def seconds(script, **names):
            command = [sys.executable, "-c", script.format(**names)]
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=True
            )
            return float(done.stdout)

        def least(script, **names):
            return min(seconds(script, **names) for _ in range(repeats))

        print_header("", "sknn_tune, s", "scikit-learn, s")
        imports = [least(_IMPORT, module=name) for name in ("sknn_tune", _SKLEARN)]
        print_row("import", *(f"{value:.2f}" for value in imports))
        for dtype in ("float32", "float64"):
            first = seconds(_FIT, module="sknn_tune", dtype=dtype)
            later, peer = (least(_FIT, module=m, dtype=dtype) for m in ("sknn_tune", _SKLEARN))
            print_row(f"first fit and predict ever, {dtype}", f"{first:.2f}", "")
            print_row(f"the same in a later process, {dtype}", f"{later:.2f}", f"{peer:.2f}")


if __name__ == "__main__":
    main()

"""Rows that stay on disk: seconds and memory of an epoch, and of predictions, beside others.

    python tests/benchmarks/large_data.py [rows] [folder]

A float32 file of rows x 100 is mapped read-only, and a sparse matrix of rows x 1000, ten ones in a
row, is in memory. Each figure is of a new process with one BLAS thread: the time that a second
epoch adds to a fit (hidden 100, batches of 200), and how much anonymous memory (neither the mapped
file nor what the process had before) it needs at most. PyTorch is left out where it is not
installed, and for sparse input.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from common import describe_run, print_header, print_row

N_COLUMNS = 100
WORKER = """
import sys, threading, time, warnings
import numpy as np, scipy.sparse
library, kind, rows, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
warnings.simplefilter("ignore")
if kind == "mapped":
    X = np.load(folder + "/X.npy", mmap_mode="r")
else:
    columns = np.sort(np.random.default_rng(0).integers(0, 1000, (rows, 10), np.int32), axis=1)
    starts = np.arange(0, 10 * rows + 1, 10, dtype=np.int32)
    X = scipy.sparse.csr_matrix(
        (np.ones(10 * rows, np.float32), columns.ravel(), starts), shape=(rows, 1000)
    )
    X.sum_duplicates()
y = np.load(folder + "/y.npy")

def own_memory():
    line = next(line for line in open("/proc/self/status") if line.startswith("RssAnon"))
    return int(line.split()[1]) / 1024

def watched(function):
    done, peak, before = threading.Event(), [0.0], own_memory()
    def watch():
        while not done.wait(0.005):
            peak[0] = max(peak[0], own_memory() - before)
    thread = threading.Thread(target=watch)
    thread.start()
    began = time.perf_counter()
    function()
    seconds = time.perf_counter() - began
    done.set()
    thread.join()
    return seconds, peak[0]

if library == "torch":
    import torch
    torch.set_num_threads(1)
    net = torch.nn.Sequential(
        torch.nn.Linear(X.shape[1], 100), torch.nn.ReLU(), torch.nn.Linear(100, 2)
    )
    adam, loss = torch.optim.Adam(net.parameters(), fused=True), torch.nn.CrossEntropyLoss()
    A, b = torch.from_numpy(X), torch.from_numpy(y)
    def fit(epochs):
        for _ in range(epochs):
            for chosen in torch.randperm(len(A)).split(200):
                adam.zero_grad()
                loss(net(A[chosen]), b[chosen]).backward()
                adam.step()
    def predict():
        with torch.no_grad():
            torch.cat([net(part).softmax(1) for part in A.split(4096)])
else:
    module = __import__(library, fromlist=["MLPClassifier"])
    small = module.MLPClassifier(max_iter=1, batch_size=200, random_state=0).fit(X[:1000], y[:1000])
    small.predict_proba(X[:1000])
    def fit(epochs):
        global model
        model = module.MLPClassifier(max_iter=epochs, batch_size=200, random_state=0).fit(X, y)
    def predict():
        model.predict_proba(X)
(one, memory), (two, _) = watched(lambda: fit(1)), watched(lambda: fit(2))
print(two - one, memory, *watched(predict))
"""


def _figures(library, kind, rows, folder):
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", WORKER, library, kind, str(rows), folder]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    seconds, memory, predict_seconds, predict_memory = map(float, done.stdout.split())
    return f"{seconds:.2f}", f"{memory:.0f}", f"{predict_seconds:.2f}", f"{predict_memory:.0f}"


def _write_data(rows, folder):
    random = np.random.default_rng(0)
    X = np.lib.format.open_memmap(folder / "X.npy", "w+", np.float32, (rows, N_COLUMNS))
    y = np.empty(rows, np.int64)
    for start in range(0, rows, 10_000):
        part = X[start : start + 10_000]
        random.standard_normal(part.shape, np.float32, part)
        y[start : start + 10_000] = part[:, 0] * part[:, 1] > 0
    np.save(folder / "y.npy", y)


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as folder:
        _write_data(rows, Path(folder))
        sys.argv[2:] = []
        describe_run()
        print_header(
            "", "an epoch, s", "memory of the fit, MB", "predict_proba, s", "its memory, MB"
        )
        for kind in ("mapped", "sparse"):
            for library in ("sknn_tune", "sklearn.neural_network", "torch"):
                name = library.partition(".")[0]
                if importlib.util.find_spec(name) and (kind, name) != ("sparse", "torch"):
                    print_row(f"{kind}, {name}", *_figures(library, kind, rows, folder))


if __name__ == "__main__":
    main()

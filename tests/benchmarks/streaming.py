"""An epoch of `partial_fit` over a Parquet file, in less memory than the file's numbers need.

    python tests/benchmarks/streaming.py [rows] [megabytes]

A file of rows x 100 float32 numbers is read in parts of 20,000 rows. The address space of the
process, what ``ulimit -v`` limits, is held at what it has after the imports and a first small fit,
and some megabytes. The same limit stops the process that reads the whole file.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
from common import describe_run

N_COLUMNS, PART = 100, 20_000
WORKER = """
import resource, sys, time, warnings
import numpy as np, pyarrow.parquet
from sknn_tune import MLPClassifier
path, what, megabytes = sys.argv[1], sys.argv[2], int(sys.argv[3])
warnings.simplefilter("ignore")

def parts(rows):
    for part in pyarrow.parquet.ParquetFile(path).iter_batches(rows):
        table = part.to_pandas()
        yield table.drop(columns="y").to_numpy(np.float32), table["y"].to_numpy()

def address_space():
    return int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()

MLPClassifier(max_iter=1).fit(*next(parts(1000)))
limit = address_space() + megabytes * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
if what == "whole":
    X = np.concatenate([X for X, _ in parts(20_000)])
else:
    model, began = MLPClassifier(batch_size=200, random_state=0), time.perf_counter()
    for X, y in parts(20_000):
        model.partial_fit(X, y, classes=[0, 1])
    print(f"an epoch in {time.perf_counter() - began:.1f} s, loss {model.loss_:.3f}")
"""


def _write(path, rows):
    random, writer = np.random.default_rng(0), None
    for _ in range(0, rows, PART):
        X = random.standard_normal((PART, N_COLUMNS), np.float32)
        columns = {f"x{i}": column for i, column in enumerate(X.T.copy())}
        table = pyarrow.table(columns | {"y": (X[:, 0] * X[:, 1] > 0).astype(int)})
        writer = writer or pyarrow.parquet.ParquetWriter(path, table.schema)
        writer.write_table(table)
    writer.close()


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    megabytes = int(sys.argv[2]) if len(sys.argv) > 2 else 250
    describe_run()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data.parquet")
        _write(path, rows)
        print(f"{rows * N_COLUMNS * 4 / 2**20:.0f} MB of numbers, {megabytes} MB of address space")
        for what in ("in parts", "whole"):
            command = [sys.executable, "-c", WORKER, path, what, str(megabytes)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            print(f"{what}: {(done.stdout + done.stderr).strip().splitlines()[-1]}")


if __name__ == "__main__":
    main()

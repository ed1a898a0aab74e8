"""The cache of machine code: never stale, never in the way."""

import os
import pickle
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sknn_tune

PACKAGE = Path(sknn_tune.__file__).parent
# An entry point that compiles in no time, around a kernel of the package.
PROBE = """
import sys
import numpy as np
from sknn_tune.network.activations import relu
from sknn_tune.network.jit import entry_point

@entry_point
def probe(x):
    for i in range(x.size):
        x[i] = relu(x[i], x[i])

if __name__ == "__main__":
    from sknn_tune.network.probe import probe
    x = np.array([-2, 3], sys.argv[1])
    probe(x)
    statistics = getattr(probe, "stats", None)  # none where nothing is compiled
    print(*x, sum(statistics.cache_hits.values()) if statistics else 0)
"""
ROOT_USER = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def copied(tmp_path):
    """A copy of the compiled core, without machine code, with a probe in it."""
    site = tmp_path / "site"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE / "network", site / "sknn_tune" / "network", ignore=ignored)
    (site / "sknn_tune" / "__init__.py").write_text("")
    (site / "sknn_tune" / "network" / "probe.py").write_text(PROBE)
    return site


def environment(site, **changes):
    kept = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    home = str(site.parent / "home")
    return kept | {
        "PYTHONPATH": str(site),
        "HOME": home,
        "XDG_CACHE_HOME": home,
        "LOCALAPPDATA": home,
        "PYTHONDONTWRITEBYTECODE": "1",
        **changes,
    }


def start(site, dtype="float64", **changes):
    return subprocess.Popen(
        [sys.executable, "-m", "sknn_tune.network.probe", dtype],
        env=environment(site, **changes),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=site,
    )


def finish(process):
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    *values, hits = map(float, output.split())
    return values, int(hits)


def run(site, dtype="float64", **changes):
    """relu of -2 and 3, and whether its machine code came from the cache."""
    return finish(start(site, dtype, **changes))


def machine_code(folder):
    return sorted(folder.rglob("*.bin"))


def test_second_process_finds_the_machine_code(copied):
    assert run(copied) == ([0, 3], 0)
    assert run(copied) == ([0, 3], 1)
    assert machine_code(copied)


def test_edited_helper_is_seen(copied):
    assert run(copied) == ([0, 3], 0)
    helper = copied / "sknn_tune" / "network" / "activations.py"
    source = helper.read_text()
    edited = source.replace("return max(z, like(z, 0.0))", "return max(z, like(z, -1.0))")
    assert edited != source
    helper.write_text(edited)
    assert run(copied) == ([-1, 3], 0)
    helper.write_text(source)
    assert run(copied) == ([0, 3], 1)


DAMAGES = {
    "empty": lambda code: b"",
    "cut": lambda code: code[:200],
    "noise": lambda code: os.urandom(500),
    "another object": lambda code: pickle.dumps(1),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_file_heals(copied, damage):
    run(copied)
    for path in machine_code(copied):
        path.write_bytes(damage(path.read_bytes()))
    assert run(copied) == ([0, 3], 0)
    assert run(copied) == ([0, 3], 1)


@pytest.mark.skipif(ROOT_USER, reason="nothing is read-only for root")
def test_read_only_installation_uses_the_users_cache(copied):
    for path in copied.rglob("*"):
        path.chmod(stat.S_IRUSR | (stat.S_IXUSR if path.is_dir() else 0))
    try:
        assert run(copied) == ([0, 3], 0)
        assert run(copied) == ([0, 3], 1)
        assert machine_code(copied.parent / "home")
    finally:
        for path in copied.rglob("*"):
            path.chmod(stat.S_IRWXU)


def block(folder):
    """Let a file stand where a folder would be made: it cannot be written even by root."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("")


def test_installation_that_cannot_be_written_uses_the_users_cache(copied):
    block(copied / "sknn_tune" / "network" / "__pycache__")
    assert run(copied) == ([0, 3], 0)
    assert run(copied) == ([0, 3], 1)
    assert machine_code(copied.parent / "home")


def test_nothing_writable_compiles_each_time(copied):
    block(copied / "sknn_tune" / "network" / "__pycache__")
    block(copied.parent / "home")
    assert run(copied) == ([0, 3], 0)
    assert run(copied) == ([0, 3], 0)
    assert not machine_code(copied.parent)


def test_users_own_cache_folder_is_used(copied, tmp_path):
    folder = tmp_path / "mine"
    assert run(copied, NUMBA_CACHE_DIR=str(folder)) == ([0, 3], 0)
    assert run(copied, NUMBA_CACHE_DIR=str(folder)) == ([0, 3], 1)
    assert machine_code(folder)
    assert not machine_code(copied)


def test_two_processes_compile_at_once(copied):
    processes = [start(copied, dtype) for dtype in ("float32", "float64", "float32", "float64")]
    for process in processes:
        assert finish(process)[0] == [0, 3]
    for dtype in ("float32", "float64"):
        assert run(copied, dtype) == ([0, 3], 1)
    assert not list(copied.rglob("tmp*"))


def test_interpreter_without_compilation_agrees(copied):
    assert run(copied, NUMBA_DISABLE_JIT="1") == ([0, 3], 0)


OPTIONS_COMPILE_NOTHING = """
import warnings
import numpy as np
import scipy.sparse
from sknn_tune import MLPClassifier, MLPRegressor
from sknn_tune.network import passes
warnings.simplefilter("ignore")
X = np.random.RandomState(0).normal(size=(30, 4))
y = (X[:, 0] > 0).astype(int)

def specialisations():
    return {name: len(f.signatures) for name, f in vars(passes).items() if hasattr(f, "signatures")}

small = {"max_iter": 2, "random_state": 0}
for way in ({}, {"solver": "lbfgs"}, {"early_stopping": True, "validation_fraction": 0.3}):
    MLPClassifier((3,), **way, **small).fit(X, y).predict(X)
before = specialisations()
for hidden in [(), (7,), (3, 4), (2, 2, 2, 2)]:
    for options in [
        {}, {"batch_norm": "both", "residual": True, "dropout": 0.1}, {"solver": "nadam"},
        {"solver": "sgd", "l1_ratio": 0.5, "clip_norm": 1.0}, {"activation": "mish"},
        {"solver": "lbfgs"}, {"early_stopping": True, "validation_fraction": 0.3},
        {"learning_rate": "cosine"}, {"batch_size": 7}, {"alpha": 0}, {"penalty_scale": "dataset"},
    ]:
        frozen = X.copy(order="F")
        frozen.flags.writeable = False
        weight = np.ones(30, np.float32)
        weight.flags.writeable = False
        MLPClassifier(hidden, **small, **options).fit(frozen, y, sample_weight=weight).predict(X)
        MLPRegressor("huber", hidden, **small, **options).fit(X, X[:, :2]).predict(frozen)
        sparse = scipy.sparse.csr_matrix(X * (X > 1))
        MLPClassifier(hidden, **small, **options).fit(sparse, np.c_[y, 1 - y]).predict(sparse)
        sparse.indices, sparse.indptr = sparse.indices.astype("i8"), sparse.indptr.astype("i8")
        MLPRegressor(hidden_layer_sizes=hidden, **small, **options).fit(sparse, y).predict(sparse)
after = specialisations()
assert before == after, (before, after)
"""


def test_depth_width_options_and_layout_add_no_compilation():
    done = subprocess.run(
        [sys.executable, "-c", OPTIONS_COMPILE_NOTHING],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_cache_is_pruned_of_old_versions_only(tmp_path):
    from sknn_tune.network import compilation_cache

    names = ("kernels-old", "kernels-recent", "kernels-new", "others")
    old, recent, new, others = (tmp_path / name for name in names)
    for folder in (old, recent, others):
        folder.mkdir()
    for folder in (old, others):
        os.utime(folder, (0, 0))
    compilation_cache._replace(new / "code.bin", b"code")
    assert (new / "code.bin").read_bytes() == b"code"
    assert [folder.exists() for folder in (old, recent, new, others)] == [False, True, True, True]
    assert np.all([path.suffix == ".bin" for path in new.iterdir()])

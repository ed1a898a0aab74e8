"""The cache of machine code: never stale, never in the way."""

import errno
import os
import pickle
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

import sknn_tune
from sknn_tune.network import compilation_cache

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
    if len(sys.argv) > 2:
        import os
        import numba
        numba.njit(lambda: 0)()  # imports what the other user may not read
        os.setgid(int(sys.argv[2]))
        os.setuid(int(sys.argv[2]))
    x = np.array([-2, 3], sys.argv[1])
    probe(x)
    statistics = getattr(probe, "stats", None)  # none where nothing is compiled
    print(*x, sum(statistics.cache_hits.values()) if statistics else 0)
"""
ROOT_USER = hasattr(os, "geteuid") and os.geteuid() == 0


posix = pytest.mark.skipif(os.name == "nt", reason="Windows is exempt")


@pytest.fixture
def copied(tmp_path):
    return copy_core(tmp_path / "site")


def copy_core(site):
    """A copy of the compiled core, without machine code, with a probe in it."""
    (site.parent / "temporary").mkdir(exist_ok=True)
    ignored = shutil.ignore_patterns("__pycache__")
    for part in ("common", "network"):
        shutil.copytree(PACKAGE / part, site / "sknn_tune" / part, ignore=ignored)
    (site / "sknn_tune" / "__init__.py").write_text("")
    (site / "sknn_tune" / "network" / "probe.py").write_text(PROBE)
    return site


def environment(site, **changes):
    """That of a user with a home; a variable that is changed to None is not set."""
    home = str(site.parent / "home")
    variables = os.environ | {
        "PYTHONPATH": str(site),
        "HOME": home,
        "XDG_CACHE_HOME": home,
        "LOCALAPPDATA": home,
        "TMPDIR": str(site.parent / "temporary"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NUMBA_CACHE_DIR": None,
        **changes,
    }
    return {name: value for name, value in variables.items() if value is not None}


def start(site, dtype="float64", *, user=(), **changes):
    return subprocess.Popen(
        [sys.executable, "-m", "sknn_tune.network.probe", dtype, *map(str, user)],
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


def run(site, dtype="float64", **options):
    """relu of -2 and 3, and whether its machine code came from the cache."""
    return finish(start(site, dtype, **options))


def machine_code(folder):
    return sorted(folder.rglob("*.bin"))


def test_second_process_finds_the_machine_code(copied):
    assert run(copied) == ([0, 3], 0)
    assert run(copied) == ([0, 3], 1)
    assert machine_code(copied)


_RUN_AND_TELL_WHETHER_DECLARATIONS_WERE_LOADED = """
import runpy, sys
sys.argv = ["probe", "float64"]
runpy.run_module("sknn_tune.network.probe", run_name="__main__")
print("numba.np.npyimpl" in sys.modules)
"""


def test_only_the_compiler_loads_numbas_declarations(copied):
    def loads():
        command = [sys.executable, "-c", _RUN_AND_TELL_WHETHER_DECLARATIONS_WERE_LOADED]
        done = subprocess.run(
            command, env=environment(copied), cwd=copied, capture_output=True, text=True, check=True
        )
        return done.stdout.split()[-1]

    assert [loads(), loads()] == ["True", "False"]


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


@pytest.fixture
def stored(tmp_path):
    """A file of the size of a kernel's."""
    path = tmp_path / "kernel.bin"
    compilation_cache.write_verified(path, np.random.default_rng(0).bytes(200_000))
    return path


def changed(content, *changes):
    content = bytearray(content)
    for place, part in changes:
        content[place : place + len(part)] = part
    return bytes(content)


#: Each takes the content of a file and a generator of random numbers.
DAMAGES = {
    "a flipped bit": lambda code, random: changed(
        code, (at := random.integers(len(code)), [code[at] ^ (1 << random.integers(8))])
    ),
    "a zeroed block": lambda code, random: changed(
        code, (4096 * random.integers(len(code) // 4096), bytes(4096))
    ),
    "a random block": lambda code, random: changed(
        code, (random.integers(len(code) - 512), random.bytes(512))
    ),
    "cut": lambda code, random: code[: random.integers(len(code))],
    "extended": lambda code, random: code + random.bytes(random.integers(1, 100)),
    "shifted": lambda code, random: code[random.integers(1, 100) :],
    "noise": lambda code, random: random.bytes(len(code)),
    "an object without a digest": lambda code, random: pickle.dumps(random.integers(9)),
    "parts exchanged": lambda code, random: (
        code[(at := random.integers(1, len(code))) :] + code[:at]
    ),
    "zeros from somewhere on": lambda code, random: (
        code[: (at := random.integers(len(code)))] + bytes(len(code) - at)
    ),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damage_is_found_before_anything_is_loaded(stored, damage):
    content = stored.read_bytes()
    for seed in range(60):
        stored.write_bytes(damage(content, np.random.default_rng(seed)))
        with pytest.raises(ValueError, match="damaged"):
            compilation_cache.read_verified(stored)
    stored.write_bytes(content)
    assert len(compilation_cache.read_verified(stored)) == 200_000


def test_file_of_another_function_is_not_taken(stored):
    other = stored.with_name("another.bin")
    shutil.copy(stored, other)
    with pytest.raises(ValueError, match="damaged"):
        compilation_cache.read_verified(other)


@pytest.mark.parametrize("kind", ["a zeroed block", "cut", "an object without a digest"])
def test_damaged_file_is_compiled_again_and_replaced(copied, kind):
    run(copied)
    for path in machine_code(copied):
        path.write_bytes(DAMAGES[kind](path.read_bytes(), np.random.default_rng(0)))
    assert run(copied) == ([0, 3], 0)
    assert run(copied) == ([0, 3], 1)


def test_write_that_fails_leaves_the_old_file(stored, monkeypatch):
    def disk_full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    content = stored.read_bytes()
    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(OSError, match="No space"):
        compilation_cache.write_verified(stored, b"new")
    assert list(stored.parent.iterdir()) == [stored]
    assert stored.read_bytes() == content


#: Prints a line when it is unpickled.
PLANTED = b"cbuiltins\nprint\n(Vplanted\ntR."


def plant(paths):
    """Put valid files that run code in the place of machine code."""
    for path in paths:
        compilation_cache.write_verified(path, PLANTED)


def ran_code(site, **changes):
    output, errors = start(site, **changes).communicate(timeout=300)
    return "planted" in output + errors


def test_planted_file_would_run_code(copied):
    """What the tests below rely on."""
    run(copied)
    plant(machine_code(copied))
    assert ran_code(copied)


@posix
def test_files_in_a_shared_folder_are_neither_loaded_nor_written(copied, tmp_path):
    shared = tmp_path / "shared"
    run(copied, NUMBA_CACHE_DIR=str(shared))
    plant(machine_code(shared))
    (folder,) = {path.parent for path in machine_code(shared)}
    folder.chmod(0o777)
    before = sorted(path.stat().st_mtime_ns for path in shared.rglob("*"))
    assert not ran_code(copied, NUMBA_CACHE_DIR=str(shared))
    assert sorted(path.stat().st_mtime_ns for path in shared.rglob("*")) == before
    assert run(copied, NUMBA_CACHE_DIR=str(shared)) == ([0, 3], 1)
    assert machine_code(copied.parent / "temporary")


@posix
def test_folder_above_that_others_can_write_to_is_not_used(copied, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    assert run(copied, NUMBA_CACHE_DIR=str(shared / "mine")) == ([0, 3], 0)
    assert run(copied, NUMBA_CACHE_DIR=str(shared / "mine")) == ([0, 3], 1)
    assert not list(shared.iterdir())


@posix
@pytest.mark.parametrize(
    "changes",
    [
        {"XDG_CACHE_HOME": "relative"},
        {"XDG_CACHE_HOME": None, "HOME": "relative"},
        {"NUMBA_CACHE_DIR": "relative"},
        {"XDG_CACHE_HOME": "relative", "TMPDIR": "relative"},
    ],
    ids=str,
)
def test_nothing_is_loaded_from_the_current_folder(copied, changes):
    block(copied / "sknn_tune" / "network" / "__pycache__")
    before = sorted(copied.rglob("*"))
    assert run(copied, **changes) == ([0, 3], 0)
    assert run(copied, **changes) == ([0, 3], int("TMPDIR" not in changes))
    assert sorted(copied.rglob("*")) == before


@posix
def test_user_without_a_home_keeps_files_in_a_temporary_folder(copied):
    """As in a container that runs under a number without an account."""
    block(copied / "sknn_tune" / "network" / "__pycache__")
    changes = {"HOME": None, "XDG_CACHE_HOME": None}
    script = (
        "import os, pwd; pwd.getpwuid = lambda user: {}[user]\n"
        "import runpy; runpy.run_module('sknn_tune.network.probe', run_name='__main__')"
    )
    for hits in "01":
        done = subprocess.run(
            [sys.executable, "-c", script, "float64"],
            env=environment(copied, **changes),
            capture_output=True, text=True, check=True, cwd=copied,
        )  # fmt: skip
        assert done.stdout.split()[-1] == hits
    assert not (copied / "~").exists()
    assert machine_code(copied.parent / "temporary")


@posix
def test_folders_of_the_cache_are_the_users_alone(copied, tmp_path):
    run(copied, NUMBA_CACHE_DIR=str(tmp_path / "mine"))
    for path in (tmp_path / "mine", *(tmp_path / "mine").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


@pytest.fixture
def image():
    """A container's file system: what root puts in it, everybody can read."""
    if not ROOT_USER:
        pytest.skip("only root can become another user")
    root = Path(tempfile.mkdtemp())
    root.chmod(0o755)
    (root / "temporary").mkdir()
    (root / "temporary").chmod(0o1777)
    yield root
    shutil.rmtree(root)


def test_image_built_as_root_runs_as_another_user(image):
    """The recipe of the guide: root fits once and lets everybody read the folder."""
    site = copy_core(image / "site")
    kernels, user = image / "kernels", 54321
    changes = {"NUMBA_CACHE_DIR": str(kernels), "HOME": None, "XDG_CACHE_HOME": None}
    assert run(site, **changes) == ([0, 3], 0)
    subprocess.run(["chmod", "-R", "a+rX", str(kernels)], check=True)
    assert run(site, user=[user], **changes) == ([0, 3], 1)
    # What root has not compiled goes to a folder that is the user's own.
    assert run(site, "float32", user=[user], **changes) == ([0, 3], 0)
    assert run(site, "float32", user=[user], **changes) == ([0, 3], 1)
    own = image / "temporary" / f"sknn_tune-{user}"
    assert machine_code(own)
    assert own.stat().st_uid == user


def test_folder_that_root_did_not_open_is_passed_over(image):
    site = copy_core(image / "site")
    changes = {"HOME": None, "XDG_CACHE_HOME": None}
    assert run(site, **changes) == ([0, 3], 0)
    assert run(site, user=[54321], **changes) == ([0, 3], 0)
    assert run(site, user=[54321], **changes) == ([0, 3], 1)


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
    (copied.parent / "temporary").rmdir()
    block(copied.parent / "temporary")
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
    assert not list(copied.rglob("*.tmp"))


def test_interpreter_without_compilation_agrees(copied):
    assert run(copied, NUMBA_DISABLE_JIT="1") == ([0, 3], 0)


SIZES_COMPILE_NOTHING = """
import warnings
import numpy as np
import scipy.sparse
from sknn_tune import MLPClassifier, MLPRegressor
from sknn_tune.network.units import UNITS
warnings.simplefilter("ignore")
X = np.random.RandomState(0).normal(size=(30, 4))
y = (X[:, 0] > 0).astype(int)
small = {"max_iter": 2, "random_state": 0}

def fit_every_option(hidden):
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

def compiled():
    return {unit.function.__qualname__: unit.n_compiled for unit in UNITS}

fit_every_option((5, 3))
before = compiled()
for hidden in [(), (7,), (3, 4), (2, 2, 2, 2)]:
    fit_every_option(hidden)
assert before == compiled(), (before, compiled())
# Each unit has been compiled for one dtype, those of other options not at all.
assert set(before.values()) == {0, 1}, before
"""


def test_depth_width_and_layout_add_no_compilation():
    done = subprocess.run(
        [sys.executable, "-c", SIZES_COMPILE_NOTHING],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_cache_is_pruned_of_old_versions_only(tmp_path):
    names = ("kernels-old", "kernels-recent", "kernels-new", "others")
    old, recent, new, others = (tmp_path / name for name in names)
    for folder in (old, recent, others):
        folder.mkdir()
    for folder in (old, others):
        os.utime(folder, (0, 0))
    compilation_cache.write_verified(new / "code.bin", b"code")
    assert compilation_cache.read_verified(new / "code.bin") == b"code"
    assert [folder.exists() for folder in (old, recent, new, others)] == [False, True, True, True]
    assert [path.name for path in new.iterdir()] == ["code.bin"]


def test_what_killed_processes_left_is_removed_in_time(tmp_path):
    names = ("old.tmp", "old.lock", "recent.tmp", "old.bin")
    paths = [tmp_path / name for name in names]
    for path in paths:
        path.write_bytes(b"")
    for path in (paths[0], paths[1], paths[3]):
        os.utime(path, (0, 0))
    compilation_cache.write_verified(tmp_path / "code.bin", b"code")
    assert [path.exists() for path in paths] == [False, False, True, True]

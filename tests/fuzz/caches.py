"""Files of machine code that are damaged, exchanged, planted, or open to others.

Two small kernels are compiled once in a process. Each case puts their files into new folders,
does harm there, and loads: machine code comes from an intact file or not at all, nothing
else is unpickled, and what was refused can be written again.
"""

import hashlib
import os
import pickle
import shutil
import tempfile
from functools import cache, wraps
from pathlib import Path

import numba
import numpy as np
from fuzz.draws import one_of

from sknn_tune.network import compilation_cache
from sknn_tune.network.jit import compile_for, entry_point

_VALUES = np.array([2.0, 3.0, 4.0])
_SIGNATURE = (numba.typeof(_VALUES),)
_OTHER_USER = 54321
_SECTOR = 512


def run(seed):
    """Do harm to a folder once or twice, and load from it; what was found, and what was loaded."""
    random = np.random.default_rng(seed)
    contents = _contents()
    with tempfile.TemporaryDirectory() as name:
        folder = _use(Path(name))
        for file, content in contents.items():
            (folder / file).write_bytes(content)
            (folder / file).chmod(0o600)
        log = [one_of(random, _HARMS) for _ in range(one_of(random, [1, 1, 2]))]
        for harm in log:
            harm(random, folder)
        usable = {file for file in contents if _is_usable(folder, file)}
        finding = _wrongly_loaded(usable) or _not_written_again()
    case = [harm.__name__ for harm in log]
    return {"finding": finding, "case": case, "loaded": len(usable), "refused": 2 - len(usable)}


# --- machine code that is at hand ----------------------------------------------------------------


@entry_point
def add_up(values):
    """Sum of an array."""
    total = 0.0
    for value in values:
        total += value
    return total


@entry_point
def multiply(values):
    """Product of an array."""
    total = 1.0
    for value in values:
        total *= value
    return total


_RESULTS = {add_up: 9.0, multiply: 24.0}


@cache
def _contents():
    """Content of each kernel's file by its name."""
    with tempfile.TemporaryDirectory() as name:
        folder = _use(Path(name))
        for kernel in _RESULTS:
            compile_for(kernel, _SIGNATURE)
        return {file.name: file.read_bytes() for file in sorted(folder.glob("*.bin"))}


def _use(place):
    """Keep machine code below a place; returns the folder that is preferred."""
    numba.config.CACHE_DIR = str(place / "preferred")
    os.environ["TMPDIR"] = str(place / "temporary")
    compilation_cache._folders.cache_clear()
    folder = compilation_cache._folders()[0]
    folder.mkdir(mode=0o700, parents=True)
    return folder


# --- what is expected ----------------------------------------------------------------------------


def _is_usable(folder, name):
    """Whether a file has its own content, and nobody else can have written it."""
    file = folder / name
    return (
        file.is_file()
        and not file.is_symlink()
        and file.read_bytes() == _contents()[name]
        and all(_is_the_users_own(path) for path in (file, *file.parents))
    )


def _is_the_users_own(path):
    status = path.stat()
    is_open = status.st_mode & 0o022 and not (path.is_dir() and status.st_mode & 0o1000)
    return status.st_uid in (0, os.geteuid()) and not is_open


def _load(kernel):
    return kernel._cache.load_overload(_SIGNATURE, kernel.targetctx)


def _wrongly_loaded(usable):
    """What is loaded besides the usable files' code; None where that is as it should be."""
    _unpickled.clear()
    for kernel, result in _RESULTS.items():
        loaded = _load(kernel)
        is_expected = any(kernel.__name__ in name for name in usable)
        if (loaded is not None) != is_expected:
            return f"{kernel.__name__} is {'not ' if is_expected else ''}loaded"
        if loaded is not None and loaded.entry_point(_VALUES) != result:
            return f"{kernel.__name__} gives {loaded.entry_point(_VALUES)}"
    return f"{_unpickled} was unpickled" if _unpickled else None


def _not_written_again():
    """Which kernel's code cannot be loaded after it was written again."""
    for kernel in _RESULTS:
        (compiled,) = kernel.overloads.values()
        kernel._cache.save_overload(_SIGNATURE, compiled)
        if _load(kernel) is None:
            return f"{kernel.__name__} is not loaded after it was written"
    return None


# --- harm ----------------------------------------------------------------------------------------


def _in_a_file(change):
    """Change the bytes of a file, or leave it as it is where it is no longer one."""

    @wraps(change)
    def harm(random, folder):
        file = folder / one_of(random, sorted(_contents()))
        if file.is_file():
            file.write_bytes(change(random, file.read_bytes()))

    return harm


def flip_a_bit(random, content):
    return _with(content, (at := _place(random, content)), [content[at] ^ 1 << random.integers(8)])


def flip_a_bit_of_the_digest(random, content):
    return _with(content, (at := random.integers(32)), [content[at] ^ 1 << random.integers(8)])


def flip_many_bits(random, content):
    for _ in range(random.integers(2, 100)):
        content = flip_a_bit(random, content)
    return content


def zero_a_sector(random, content):
    return _with(content, _SECTOR * (_place(random, content) // _SECTOR), bytes(_SECTOR))


def overwrite_a_sector(random, content):
    return _with(content, _place(random, content), random.bytes(_SECTOR))


def exchange_two_sectors(random, content):
    one, other = (_SECTOR * (_place(random, content) // _SECTOR) for _ in range(2))
    parts = content[one : one + _SECTOR], content[other : other + _SECTOR]
    return _with(_with(content, one, parts[1]), other, parts[0])


def cut(random, content):
    return content[: _place(random, content)]


def empty(random, content):
    return b""


def extend(random, content):
    return content + random.bytes(random.integers(1, 5000))


def drop_a_piece(random, content):
    at = _place(random, content)
    return content[:at] + content[at + random.integers(1, 100) :]


def repeat(random, content):
    return content + content


def zero_the_rest(random, content):
    return content[: (at := _place(random, content))] + bytes(len(content) - at)


def translate_line_ends(random, content):
    return content.replace(b"\n", b"\r\n")


def take_for_text(random, content):
    return content.decode("utf-8", "replace").encode()


def leave_the_digest_out(random, content):
    return content[32:]


def noise(random, content):
    return random.bytes(len(content))


def _place(random, content):
    return int(random.integers(max(len(content), 1)))


def _with(content, at, part):
    content = bytearray(content)
    content[at : at + len(part)] = bytes(part)[: max(len(content) - at, 0)]
    return bytes(content)


_unpickled = []


def remember(what):
    """What a planted pickle runs."""
    _unpickled.append(what)


class _Planted:
    def __reduce__(self):
        return remember, ("a planted pickle",)


def plant_a_pickle(random, content):
    return pickle.dumps(_Planted(), protocol=one_of(random, [0, 2, 5]))


def plant_behind_the_digest(random, content):
    return content[:32] + pickle.dumps(_Planted())


def plant_behind_a_digest_without_the_name(random, content):
    planted = pickle.dumps(_Planted())
    return hashlib.sha256(planted).digest() + planted


def exchange_files(random, folder):
    one, other = (folder / name for name in sorted(_contents()))
    aside = folder / "aside"
    for source, target in ((one, aside), (other, one), (aside, other)):
        if source.exists():
            source.rename(target)


def copy_over_the_other(random, folder):
    source, target = (folder / name for name in random.permutation(sorted(_contents())))
    if source.is_file() and target.is_file():
        shutil.copy(source, target)


def remove(random, folder):
    _replace(random, folder, lambda file: None)


def put_a_folder(random, folder):
    _replace(random, folder, Path.mkdir)


def put_a_pipe(random, folder):
    _replace(random, folder, os.mkfifo)


def put_a_dangling_link(random, folder):
    _replace(random, folder, lambda file: file.symlink_to(folder / "nowhere"))


def put_a_link_to_itself(random, folder):
    _replace(random, folder, lambda file: file.symlink_to(file))


def put_a_link_to_a_copy(random, folder):
    file = folder / one_of(random, sorted(_contents()))
    if file.is_file():
        file.rename(folder / "copy")
        file.symlink_to(folder / "copy")


def _replace(random, folder, make):
    file = folder / one_of(random, sorted(_contents()))
    if file.is_file():
        file.unlink()
        make(file)


def open_the_file_to_others(random, folder):
    file = folder / one_of(random, sorted(_contents()))
    if file.is_file():
        file.chmod(one_of(random, [0o666, 0o602, 0o777]))


def open_a_folder_to_others(random, folder):
    one_of(random, [folder, folder.parent, folder.parent.parent]).chmod(0o777)


def give_the_file_away(random, folder):
    file = folder / one_of(random, sorted(_contents()))
    if file.is_file() and os.geteuid() == 0:
        os.chown(file, _OTHER_USER, _OTHER_USER)


def give_a_folder_away(random, folder):
    if os.geteuid() == 0:
        os.chown(one_of(random, [folder, folder.parent]), _OTHER_USER, _OTHER_USER)


#: Ways to do harm, given a generator of random numbers and the folder.
_HARMS = [
    *(
        _in_a_file(change)
        for change in (
            flip_a_bit, flip_a_bit_of_the_digest, flip_many_bits, zero_a_sector,
            overwrite_a_sector, exchange_two_sectors, cut, empty, extend, drop_a_piece, repeat,
            zero_the_rest, translate_line_ends, take_for_text, leave_the_digest_out, noise,
            plant_a_pickle, plant_behind_the_digest, plant_behind_a_digest_without_the_name,
        )
    ),
    exchange_files, copy_over_the_other, remove, put_a_folder, put_a_pipe, put_a_dangling_link,
    put_a_link_to_itself, put_a_link_to_a_copy, open_the_file_to_others, open_a_folder_to_others,
    give_the_file_away, give_a_folder_away,
]  # fmt: skip

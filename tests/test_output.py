"""Files and folders that are written whole, through links, and never over a device."""

import os
import stat
import sys
from contextlib import suppress

import pytest

from sknn_tune.command_line import output
from sknn_tune.command_line.errors import BadInput
from sknn_tune.command_line.output import whole_file, whole_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


def write(path, text="new"):
    with whole_file(path) as stream:
        stream.write(text)


def fail_halfway(write_text):
    write_text("half")
    raise RuntimeError("half")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    file = tmp_path / "out.csv"
    file.write_text("old")
    with pytest.raises(RuntimeError, match="half"), whole_file(file) as stream:
        fail_halfway(stream.write)
    assert file.read_text() == "old"
    write(file)
    assert file.read_text() == "new"
    assert names(tmp_path) == ["out.csv"]


@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_devices_and_pipes_are_written_to(kind, tmp_path):
    path = tmp_path / "special"
    if kind == "device":
        try:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))  # as /dev/null
        except PermissionError:
            pytest.skip("only root makes device files")
    else:
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    before = path.stat().st_mode
    write(path)
    assert path.stat().st_mode == before
    assert names(tmp_path) == ["special"]
    if kind == "pipe":
        assert os.read(reader, 10) == b"new"
        os.close(reader)


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="no names of open files")
def test_an_open_pipe_is_written_to_by_its_name():
    reader, writer = os.pipe()
    write(f"/dev/fd/{writer}")
    os.close(writer)
    assert os.read(reader, 10) == b"new"
    os.close(reader)


@pytest.mark.parametrize("is_there", [True, False])
def test_links_are_followed(is_there, tmp_path):
    (tmp_path / "there").mkdir()
    real = tmp_path / "there" / "real.csv"
    if is_there:
        real.write_text("old")
    link = tmp_path / "link.csv"
    link.symlink_to(real)
    write(link)
    assert link.is_symlink()
    assert real.read_text() == "new"


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_the_umask_decides_who_may_read(mask, mode, tmp_path):
    before = os.umask(mask)
    try:
        write(tmp_path / "out.csv")
        with whole_folder(tmp_path / "out") as draft:
            (draft / "a").write_text("a")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == mode
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o777 & ~mask


def test_a_replaced_file_keeps_its_permissions(tmp_path):
    file = tmp_path / "out.csv"
    file.write_text("old")
    file.chmod(0o640)
    write(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@pytest.mark.parametrize("where", ["missing/out.csv", "file/out.csv", "folder", "loop"])
def test_a_file_that_cannot_be_written_is_one_line(where, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    before = names(tmp_path)
    with pytest.raises(BadInput, match="cannot be written: ") as error:
        write(tmp_path / where)
    assert "\n" not in str(error.value)
    assert names(tmp_path) == before


# ------------------------------------------------------------------------------- folders
def test_a_folder_is_swapped_and_keeps_what_others_put_there(tmp_path):
    folder = tmp_path / "model"
    (folder / "notes").mkdir(parents=True)
    (folder / "notes" / "mine.txt").write_text("mine")
    (folder / "link").symlink_to("notes")
    for name in ("model", "report"):
        (folder / name).write_text("old")
    with whole_folder(folder, own_names={"model", "report"}) as draft:
        (draft / "model").write_text("new")
        assert (folder / "model").read_text() == "old"
    assert names(folder) == ["link", "model", "notes"]  # no report of an earlier model
    assert (folder / "model").read_text() == "new"
    assert (folder / "notes" / "mine.txt").read_text() == "mine"
    assert (folder / "link").is_symlink()
    assert names(tmp_path) == ["model"]


def test_a_link_to_a_folder_is_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with whole_folder(tmp_path / "link") as draft:
        (draft / "a").write_text("a")
    assert (tmp_path / "link").is_symlink()
    assert names(tmp_path / "real") == ["a"]


def test_an_error_leaves_the_folder_as_it_was(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model").write_text("old")
    with pytest.raises(RuntimeError, match="half"), whole_folder(folder) as draft:
        fail_halfway((draft / "model").write_text)
    assert (folder / "model").read_text() == "old"
    assert names(tmp_path) == ["model"]


def test_a_swap_that_fails_is_undone(tmp_path, monkeypatch):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model").write_text("old")
    rename, times = os.rename, []

    def fail_for_draft(self, target):
        times.append(self)
        if len(times) == 2:
            raise OSError(28, "No space left on device")
        rename(self, target)
        return target

    monkeypatch.setattr("pathlib.Path.rename", fail_for_draft)
    with pytest.raises(BadInput, match="No space left"), whole_folder(folder) as draft:
        (draft / "model").write_text("new")
    assert (folder / "model").read_text() == "old"
    assert names(tmp_path) == ["model"]


@pytest.mark.parametrize("is_swapped", [True, False])
@pytest.mark.parametrize("after", range(1, 6))
def test_an_interrupt_between_two_moves_loses_nothing(after, is_swapped, tmp_path, monkeypatch):
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("a", "b", "mine"):
        (folder / name).write_text("old")
    rename, times = os.rename, []

    def rename_then_interrupt(self, target):
        rename(self, target)
        times.append(self)
        if len(times) == after:
            raise KeyboardInterrupt
        return target

    monkeypatch.setattr("pathlib.Path.rename", rename_then_interrupt)
    monkeypatch.setattr(output, "_can_be_swapped", lambda folder: is_swapped)
    with suppress(KeyboardInterrupt), whole_folder(folder, own_names={"a", "b"}) as draft:
        for name in ("a", "b"):
            (draft / name).write_text("new")
    assert names(folder) == ["a", "b", "mine"]
    assert (folder / "mine").read_text() == "old"
    assert (folder / "a").read_text() == (folder / "b").read_text()
    assert names(tmp_path) == ["model"]


@pytest.mark.parametrize("kind", ["file", "dangling", "device", "below a file"])
def test_what_cannot_be_a_folder_is_found_out_before_the_work(kind, tmp_path):
    path = tmp_path / "out"
    if kind == "file":
        path.write_text("mine")
    elif kind == "dangling":
        path.symlink_to(tmp_path / "file" / "no")
        (tmp_path / "file").write_text("")
    elif kind == "device":
        path = tmp_path / "null"
        os.mkfifo(path)
    else:
        (tmp_path / "file").write_text("")
        path = tmp_path / "file" / "out"
    before = names(tmp_path)
    with pytest.raises(BadInput, match="cannot be written"), whole_folder(path):
        pytest.fail("the work was started")
    assert names(tmp_path) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_read_only_folder_is_found_out_before_the_work(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir(mode=0o555)
    with pytest.raises(BadInput, match="cannot be written"), whole_folder(folder):
        pytest.fail("the work was started")


def test_a_folder_whose_parent_is_read_only_can_be_written(tmp_path, monkeypatch):
    """As a volume of a container: its own files may change, it cannot be renamed."""
    folder = tmp_path / "volume"
    folder.mkdir()
    (folder / "model").write_text("old")
    monkeypatch.setattr("sknn_tune.command_line.output._can_be_swapped", lambda folder: False)
    with whole_folder(folder) as draft:
        (draft / "model").write_text("new")
    assert (folder / "model").read_text() == "new"
    assert names(folder) == ["model"]
    with pytest.raises(RuntimeError, match="half"), whole_folder(folder) as draft:
        fail_halfway((draft / "model").write_text)
    assert names(folder) == ["model"]

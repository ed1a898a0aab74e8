"""Which files count as written by the user or root alone."""

import os
import stat
from pathlib import Path

import pytest

from sknn_tune.network import trusted_files
from sknn_tune.network.trusted_files import read_trusted, trusted_folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows is exempt")
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
OTHER = 54321


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "above" / "folder"
    folder.mkdir(parents=True)
    for path in (folder.parent, folder):
        path.chmod(0o755)
    (folder / "file").write_bytes(b"content")
    (folder / "file").chmod(0o644)
    return folder


def is_trusted(folder):
    try:
        return read_trusted(folder / "file") == b"content"
    except OSError:
        return False


@pytest.mark.parametrize("mode", [0o755, 0o700, 0o711])
@pytest.mark.parametrize("place", ["folder", "above"])
def test_folders_that_only_the_user_can_write_to_are_trusted(folder, place, mode):
    (folder if place == "folder" else folder.parent).chmod(mode)
    assert is_trusted(folder)


@pytest.mark.parametrize(
    ("place", "mode"),
    [
        ("above", 0o777),
        ("above", 0o757),
        ("folder", 0o777),
        ("folder", 0o703),
        ("folder", 0o1777),
        ("file", 0o666),
        ("file", 0o602),
    ],
)
def test_nothing_that_everybody_can_write_to_is_trusted(folder, place, mode):
    {"above": folder.parent, "folder": folder, "file": folder / "file"}[place].chmod(mode)
    assert not is_trusted(folder)


def test_sticky_folder_above_is_trusted(folder):
    folder.parent.chmod(0o1777)
    assert is_trusted(folder)


@pytest.mark.parametrize("place", ["above", "folder", "file"])
@pytest.mark.parametrize("is_private", [True, False])
def test_group_may_write_only_if_it_is_the_users_own(folder, monkeypatch, place, is_private):
    monkeypatch.setattr(trusted_files, "_is_private_group", lambda group, user: is_private)
    path = {"above": folder.parent, "folder": folder, "file": folder / "file"}[place]
    path.chmod(path.stat().st_mode | stat.S_IWGRP)
    assert is_trusted(folder) == is_private


@pytest.fixture
def accounts(monkeypatch):
    """Accounts (name: primary group) and groups (number: name and members)."""
    from types import SimpleNamespace as Record

    def install(primary, groups):
        accounts = [Record(pw_name=name, pw_gid=group) for name, group in primary.items()]
        system = Record(getpwuid=lambda _: accounts[0], getpwall=lambda: accounts)
        table = {n: Record(gr_name=name, gr_mem=members) for n, (name, members) in groups.items()}
        monkeypatch.setattr(trusted_files, "pwd", system)
        monkeypatch.setattr(trusted_files, "grp", Record(getgrgid=table.__getitem__))
        trusted_files._is_private_group.cache_clear()

    yield install
    trusted_files._is_private_group.cache_clear()


@pytest.mark.parametrize(
    ("primary", "group", "is_private"),
    [
        ({"ann": 7, "bob": 8}, ("ann", []), True),
        ({"ann": 7, "bob": 8}, ("ann", ["ann"]), True),
        ({"ann": 7, "bob": 8}, ("ann", ["ann", "bob"]), False),
        ({"ann": 7, "bob": 7}, ("ann", []), False),
        ({"ann": 7}, ("users", []), False),
        ({"ann": 7}, ("users", ["ann"]), False),
        ({"ann": 8}, ("ann", []), False),
    ],
    ids=["private", "listed", "shared", "of two", "other name", "named, other name", "nobody's"],
)
def test_private_group_has_one_member(accounts, primary, group, is_private):
    accounts(primary, {7: group})
    assert trusted_files._is_private_group(7, 1000) == is_private


def test_group_without_a_name_is_not_private(accounts):
    accounts({"ann": 7}, {})
    assert not trusted_files._is_private_group(7, 1000)


@pytest.mark.skipif(not IS_ROOT, reason="only root can give files away")
@pytest.mark.parametrize("place", ["above", "folder", "file"])
def test_what_belongs_to_another_user_is_not_trusted(folder, place):
    path = {"above": folder.parent, "folder": folder, "file": folder / "file"}[place]
    os.chown(path, OTHER, OTHER)
    assert not is_trusted(folder)
    if place == "above":  # whose owner can rename what is in it, sticky or not
        path.chmod(0o1777)
        assert not is_trusted(folder)


def test_users_trust_root_and_themselves(folder, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: OTHER)
    assert is_trusted(folder) == IS_ROOT


def test_link_is_as_trusted_as_what_it_points_to(folder, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert trusted_folder(link) == folder
    folder.parent.chmod(0o777)
    assert not is_trusted(link)


def test_relative_paths_are_not_trusted(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert not is_trusted(Path())
    with pytest.raises(PermissionError, match="relative"):
        trusted_folder(Path("~", ".cache"), create=True)
    assert [path.name for path in folder.iterdir()] == ["file"]


def replace(path, make):
    path.unlink()
    make(path)


@pytest.mark.parametrize(
    "make",
    [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero"), lambda path: None],
    ids=["pipe", "folder", "link to a device", "nothing"],
)
def test_only_regular_files_are_read(folder, make):
    replace(folder / "file", make)
    assert not is_trusted(folder)


def test_missing_folders_are_created_for_the_user_alone(tmp_path):
    folder = tmp_path / "one" / "two"
    before = os.umask(0)
    try:
        assert trusted_folder(folder, create=True) == folder
    finally:
        os.umask(before)
    for path in (folder, folder.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_nothing_is_created_where_others_could_replace_it(tmp_path):
    tmp_path.chmod(0o777)
    with pytest.raises(PermissionError, match="only its owner"):
        trusted_folder(tmp_path / "one" / "two", create=True)
    assert not list(tmp_path.iterdir())


def test_missing_folders_are_not_created_unasked(tmp_path):
    with pytest.raises(FileNotFoundError):
        trusted_folder(tmp_path / "one")
    assert not list(tmp_path.iterdir())

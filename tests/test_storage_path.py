"""What may be given as `storage`, and what is said of the rest."""

import os
from pathlib import Path

import pytest
from search_problems import SPACE, Hill, X, y

from sknn_tune import BayesSearchCV, search_history


def fit(storage):
    return BayesSearchCV(
        Hill(), SPACE, n_iter=2, cv=3, random_state=0, storage=storage, refit=False
    ).fit(X, y)


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()


@pytest.mark.parametrize(
    ("storage", "file"),
    [
        ("a.db", "a.db"),
        ("~/a.db", "home/a.db"),
        (Path("~/a.db"), "home/a.db"),
        ("./home/../b é.db", "b é.db"),
        ("a:b.db", "a:b.db"),
    ],
)
def test_paths(storage, file):
    fit(storage)
    assert os.path.isfile(file)
    assert len(search_history(storage)) == len(search_history(file)) == 2


@pytest.mark.parametrize("read", [fit, search_history], ids=["fit", "search_history"])
@pytest.mark.parametrize(
    ("storage", "error", "says"),
    [
        ("", ValueError, "storage='' names no file; give the path.* None to store nothing"),
        ("  ", ValueError, "storage='  ' names no file"),
        ("\t\n", ValueError, r"storage='\\t\\n' names no file"),
        (":memory:", ValueError, "storage=':memory:' names no file"),
        ("sqlite:///a.db", ValueError, "is a URL; give the path of a file: storage='a.db'"),
        ("sqlite:////data/a.db", ValueError, "is a URL; .*: storage='/data/a.db'"),
        ("sqlite+pysqlite:///a.db", ValueError, "is a URL; .*: storage='a.db'"),
        ("sqlite://", ValueError, "is a URL; give the path of a file"),
        ("file:a.db?mode=memory", ValueError, "is a URL; give the path of a file"),
        ("postgresql://me:pw@host/trials", ValueError, "is a URL; give the path of a file"),
        ("redis://host:6379", ValueError, "is a URL"),
        ("home", IsADirectoryError, "storage='home' is a folder; give a file in it"),
        ("nowhere/a.db", FileNotFoundError, "there is no folder 'nowhere'; create it first"),
        ("~/nowhere/a.db", FileNotFoundError, "'~/nowhere/a.db': there is no folder '.*/home/no"),
        ("a\0b.db", ValueError, "contains a null character"),
        (os.devnull, ValueError, "is not a regular file"),
    ],
)
def test_what_names_no_file_is_refused_before_the_first_fit(read, storage, error, says):
    with pytest.raises(error, match=says):
        read(storage)
    assert os.listdir() == ["home"]


def test_a_password_in_a_url_is_not_repeated():
    with pytest.raises(ValueError, match="is a URL") as caught:
        fit("postgresql://me:secret@host/trials")
    assert "secret" not in str(caught.value)


def test_a_file_within_a_file_is_no_folder():
    Path("notes.txt").touch()
    with pytest.raises(FileNotFoundError, match=r"there is no folder 'notes\.txt'"):
        fit("notes.txt/a.db")


def test_a_link_is_followed():
    Path("link.db").symlink_to("home/a.db")
    fit("link.db")
    assert os.path.isfile("home/a.db")


@pytest.mark.parametrize("read", [fit, search_history], ids=["fit", "search_history"])
def test_a_link_into_a_missing_folder_names_the_folder(read):
    Path("link.db").symlink_to("gone/a.db")
    with pytest.raises(FileNotFoundError, match=r"there is no folder '.*/gone'"):
        read("link.db")


@pytest.mark.parametrize("content", [b"\n", b"notes", b"no database, and long " * 50])
def test_files_of_something_else_are_left_alone(content):
    Path("notes.txt").write_bytes(content)
    with pytest.raises(
        ValueError, match=r"'notes\.txt' is (not a database|a database of something)"
    ):
        fit("notes.txt")
    assert Path("notes.txt").read_bytes() == content


class Unprintable:
    """A choice that raises where it is shown."""

    def __repr__(self):
        raise RuntimeError("no text")


def test_choices_that_cannot_be_printed_are_stored(tmp_path):
    kinds = [Unprintable(), Unprintable()]
    storage, fitted = tmp_path / "search.db", tmp_path / "fitted"
    fitted.mkdir()
    for _ in range(2):
        model = Hill(kind=kinds[0], log=str(fitted))
        search = BayesSearchCV(
            model, {"kind": kinds}, n_iter=2, cv=2, refit=False, storage=storage, random_state=0
        )
        search.fit(X, y)
        assert search.cv_results_["params"][0]["kind"] in kinds
    lines = [line for path in fitted.iterdir() for line in path.read_text().splitlines()]
    assert len(lines) == 2 * 2  # the second search fits nothing

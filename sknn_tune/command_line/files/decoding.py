"""The bytes of a file as text: unpacked, within bounds, in the right encoding."""

import bz2
import codecs
import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, NamedTuple

from sknn_tune.command_line.errors import BadInput, explain

# What a small file may unpack to. Twice that much is held while it is decoded.
MAX_UNPACKED = 1 << 29
_CHUNK = 1 << 22
# The second is what a spreadsheet writes without Unicode. It refuses five bytes only.
ENCODINGS = ("utf-8", "cp1252")
# Of the bytes beyond ASCII, that may be damage: of text in another encoding more are no characters.
# So few of them tell nothing about the encoding.
_DAMAGED_SHARE, _FEW = 0.02, 4
_NO_CHARACTER = "\ufffd"
# The longer mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OPENERS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
# Line ends, tabs, vertical tabs and form feeds occur in text; the others mean a binary file.
_BINARY = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


class Text(NamedTuple):
    """The text of a file, and what the user should know about how it was decoded."""

    text: str
    notes: list[str]


def read_bytes(path: str | Path) -> bytes:
    """Return the content of a file; gzip, bzip2, xz and zip are unpacked.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    data : bytes

    Raises
    ------
    BadInput
        If the file cannot be read or unpacked, or unpacks to more than `MAX_UNPACKED` bytes.
    """
    try:
        with Path(path).open("rb") as stream:
            start = stream.read(6)
            stream.seek(0)
            for magic, opener in _OPENERS.items():
                if start.startswith(magic):
                    with opener(stream) as unpacked:
                        return _bounded(unpacked)
            if start.startswith(b"PK\x03\x04"):
                return _only_member(stream)
            return stream.read()
    except FileNotFoundError as error:
        raise BadInput("there is no such file.") from error
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise BadInput(f"the file cannot be read: {explain(error)}.") from error
    except (RuntimeError, NotImplementedError) as error:  # an encrypted or unusual zip
        raise BadInput(f"the file cannot be unpacked: {error}.") from error


def decode(data: bytes, encoding: str | None = None) -> Text:
    """Return the text that bytes spell.

    Parameters
    ----------
    data : bytes
    encoding : str or None, default=None
        None takes it from a byte-order mark, else tries UTF-8 and Windows-1252.

    Returns
    -------
    text : Text

    Raises
    ------
    BadInput
        If the bytes are no text in that encoding.
    """
    if encoding is not None:
        return Text(_decode_as(data, encoding), [])
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Text(_decode_as(data, name), [])
    if _looks_like_utf16(data):
        raise BadInput("not a text file in UTF-8; try --encoding utf-16-le.")
    for name in ENCODINGS:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        return Text(_checked(text), [] if name == "utf-8" else [_about_windows(text)])
    texts = {name: data.decode(name, "replace") for name in ENCODINGS}
    name = min(texts, key=lambda name: texts[name].count(_NO_CHARACTER))
    n_damaged = texts[name].count(_NO_CHARACTER)
    n_beyond = len(data) - len(data.decode("ascii", "ignore"))
    if n_damaged <= (_DAMAGED_SHARE * n_beyond if n_beyond > _FEW else 1):
        notes = [] if name == "utf-8" else [_about_windows(texts[name])]
        notes.append(f"{n_damaged} of its bytes are no characters.")
        return Text(_checked(texts[name]), notes)
    raise BadInput(
        "not a text file in UTF-8 or Windows-1252; name its encoding, such as --encoding cp1251, "
        "latin-1, shift_jis or gb18030."
    )


def check_archive(path: Path, most: int) -> None:
    """Refuse a zip archive, which many kinds of files are, that unpacks to more than `most` bytes.

    Parameters
    ----------
    path : Path
        Of a file of any kind.
    most : int

    Raises
    ------
    BadInput
        If it does.
    """
    with path.open("rb") as stream:
        if stream.read(4) != b"PK\x03\x04":
            return
        size = sum(member.file_size for member in zipfile.ZipFile(stream).infolist())
    if size > most:
        raise BadInput(f"the file unpacks to more than {most >> 20} MiB.")


def _bounded(stream: IO[Any]) -> bytes:
    """Read a stream up to the bound, without holding what lies beyond it."""
    chunks, size = [], 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > MAX_UNPACKED:
            raise BadInput(
                f"the file unpacks to more than {MAX_UNPACKED >> 20} MiB; unpack it, "
                "and take a sample of its rows."
            )
        chunks.append(chunk)
    return b"".join(chunks)


def _only_member(stream: IO[bytes]) -> bytes:
    """Return the one file in a zip archive."""
    with zipfile.ZipFile(stream) as archive:
        # What macOS adds to an archive is no data.
        hidden = ("__MACOSX/", ".")
        names = [n for n in archive.namelist() if not n.endswith("/") and not n.startswith(hidden)]
        if len(names) != 1:
            listed = ", ".join(map(repr, names[:5])) or "none"
            raise BadInput(f"a zip archive must hold one file; this one holds {listed}.")
        with archive.open(names[0]) as member:
            return read_nested(member)


def read_nested(member: IO[bytes]) -> bytes:
    """Return an archive's file, refusing another archive within it."""
    data = _bounded(member)
    if data.startswith((b"PK\x03\x04", *_OPENERS)):
        raise BadInput("the archive holds another archive; unpack it first.")
    return data


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        return _checked(data.decode(encoding).removeprefix("\ufeff"))
    except LookupError as error:
        raise BadInput(f"{encoding!r} is no text encoding that Python knows.") from error
    except (UnicodeError, ValueError) as error:
        raise BadInput(f"not a text file in {encoding}: {error}.") from error


def _checked(text: str) -> str:
    text = text.rstrip("\x1a")  # how DOS ended a file
    if _BINARY.search(text):
        raise BadInput("not a text file.")
    return text


def _looks_like_utf16(data: bytes) -> bool:
    """Whether every second byte of the beginning is zero, as in Latin text."""
    start = data[:200]
    return len(start) >= 4 and not any(start[1::2]) and all(start[0::2])


def _about_windows(text: str) -> str:
    """Say that the encoding is a guess, with a word to judge it by."""
    found = _NOT_ASCII.search(text)
    place = found.start() if found else 0
    word = text[max(0, place - 12) : place + 12].strip()
    example = re.split(r"[\n\r,;\t|]", word)
    shown = next((part for part in example if _NOT_ASCII.search(part)), word).strip()
    return (
        f"The file is not in UTF-8; it was read as Windows-1252, which gives {shown!r}. "
        "If that is wrong, name the encoding with --encoding."
    )

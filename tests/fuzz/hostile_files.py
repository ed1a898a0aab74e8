"""Files that a command line may be given: odd but right, damaged, or no tables at all."""

import bz2
import csv
import gzip
import io
import lzma
import zipfile

import numpy as np

_WORDS = (
    *("red", "Grün", "None", "NA", " yes", "Yes", "日本", "x;y", "a,b", "$5", "=1+1", "-", "007"),
    *("<script>alert(1)</script>", "{{ 7 * 7 }}", "%s%n", "line\nbreak", 'quo"te', "\u2028", "1.0"),
)
_NAMES = (
    *("a", "b c", "größe", "", "id", "customer_id", "$x$", "<b>bold</b>", "{{ 1 }}", "n" * 300),
    *("date", "=cmd", "'", "日付", "a\u202eb", "nul", "True", "0", "-1"),
)
_NUMBERS = (
    "1e39",
    "-1e308",
    "inf",
    "1,234.5",
    "1.234,5 €",
    "12 %",
    "(3)",
    "\u22124",
    "0x1F",
    "1_000",
)


def make_file(seed):
    """Return the name and the bytes of a file, and the target to ask for.

    Parameters
    ----------
    seed : int

    Returns
    -------
    name : str
    content : bytes
    target : str
    """
    rng = np.random.default_rng(seed)
    names, columns = _table(rng)
    target = str(rng.choice(names)) if rng.random() < 0.95 else "no such column"
    if target in names and rng.random() < 0.6:  # a problem that can be learnt
        columns[names.index(target)] = _labels(rng, len(columns[0]))
    text = _spell(rng, names, columns)
    encoding = rng.choice(["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "utf-8"])
    content = text.encode(encoding, "replace")
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        content = _DAMAGES[rng.integers(len(_DAMAGES))](rng, content)
    packing = _PACKINGS[rng.integers(len(_PACKINGS))] if rng.random() < 0.2 else ("", bytes)
    return f"data.csv{packing[0]}", packing[1](content), target


def _table(rng):
    """Names and columns of cells."""
    n_rows = int(rng.choice([0, 5, 40, 80, 120, 120, 150, 150]))
    n_columns = int(rng.integers(2, 7))
    names = [str(name) for name in rng.choice(_NAMES, n_columns, replace=rng.random() < 0.1)]
    return names, [_column(rng, n_rows) for _ in names]


def _column(rng, n_rows):
    kind = rng.integers(8)
    if kind == 0:
        cells = [f"{x:.4g}" for x in rng.normal(size=n_rows)]
    elif kind == 1:
        cells = [str(x) for x in rng.integers(0, rng.integers(2, 50), n_rows)]
    elif kind == 2:
        cells = [str(w) for w in rng.choice(_WORDS, n_rows)]
    elif kind == 3:
        cells = [f"{1 + i % 28}.{1 + i % 12}.{1990 + i % 40}" for i in range(n_rows)]
    elif kind == 4:
        cells = [str(w) for w in rng.choice(_NUMBERS, n_rows)]
    elif kind == 5:
        cells = [" ".join(map(str, rng.choice(_WORDS, 6))) for _ in range(n_rows)]
    elif kind == 6:
        cells = [str(rng.choice(_WORDS))] * n_rows
    else:
        cells = [f"{x:.2f}".replace(".", ",") for x in 1e3 * rng.random(n_rows)]
    missing = rng.random(n_rows) < rng.choice([0, 0, 0.1, 0.9])
    return ["" if gone else cell for cell, gone in zip(cells, missing, strict=True)]


def _labels(rng, n_rows):
    if rng.random() < 0.3:
        return [f"{x:.3f}" for x in rng.normal(size=n_rows)]
    return [str(word) for word in rng.choice(rng.choice(_WORDS, 3), n_rows)]


def _spell(rng, names, columns):
    stream = io.StringIO()
    writer = csv.writer(
        stream,
        delimiter=str(rng.choice([",", ";", "\t", "|"])),
        lineterminator=str(rng.choice(["\n", "\r\n", "\r"])),
        quoting=int(rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )
    if rng.random() < 0.1:
        stream.write("# a comment, with a comma\n")
    writer.writerow(names)
    writer.writerows(zip(*columns, strict=True))
    return stream.getvalue()


# ------------------------------------------------------------------------------- damages
def _cut(rng, content):
    return content[: rng.integers(len(content) + 1)]


def _flip(rng, content):
    damaged = bytearray(content)
    for place in rng.integers(max(len(content), 1), size=5):
        if damaged:
            damaged[place % len(damaged)] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def _insert(rng, content):
    junk = (b"\x00", b'"', b"\n\n\n", b",,,,", b"\xff\xfe", b" " * 5000, b"\x0b\x0c", b"9" * 5000)
    place = rng.integers(len(content) + 1)
    return content[:place] + junk[rng.integers(len(junk))] + content[place:]


def _repeat(rng, content):
    return content + content[rng.integers(len(content) + 1) :]


def _drop_first_line(rng, content):
    return content.partition(b"\n")[2]


_DAMAGES = (_cut, _flip, _insert, _repeat, _drop_first_line)


def _zip(content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.csv", content)
    return packed.getvalue()


_PACKINGS = (
    (".gz", gzip.compress),
    (".gz", lambda content: gzip.compress(content)[:-5]),
    (".bz2", bz2.compress),
    (".xz", lzma.compress),
    (".zip", _zip),
    (".parquet", bytes),
    (".xlsx", _zip),
)

"""Files as people have them: separators, encodings, numbers, dates, words, packed files."""

import bz2
import gzip
import io
import lzma
import zipfile

import numpy as np
import pytest

from sknn_tune.command_line.cells.dates import guess_date_format, parse_dates
from sknn_tune.command_line.cells.number_format import find_evidence, parse_number
from sknn_tune.command_line.cells.words import normal_word, unify_spellings
from sknn_tune.command_line.errors import BadInput
from sknn_tune.command_line.files import decoding, table, typed_files
from sknn_tune.command_line.files.delimited import guess_delimiter, read_rows
from sknn_tune.command_line.files.table import read_table

PLAIN = "a,b\n1,x\n2,y\n"
WANTED = {"a": ["1", "2"], "b": ["x", "y"]}


def zipped(*files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return packed.getvalue()


def cells_of(content, tmp_path, name="data.csv", **options):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, **options).cells


# ------------------------------------------------------------------------------- forms of a table
@pytest.mark.parametrize(
    "content",
    [
        "a;b\n1;x\n2;y\n",
        "a\tb\r\n1\tx\r\n2\ty\r\n",
        "a|b\r1|x\r2|y\r",
        "sep=;\na;b\n1;x\n2;y\n",
        '"sep=|"\na|b\n1|x\n2|y\n',
        "a   b\n1  x\n 2 y\n",
        "a \t b\n1\tx\n2 \ty\n",
        "# made by a sensor, in 2020\n#\na,b\n1,x\n2,y\n",
        "a,b\n1,x\n# a remark\n2,y\n",
        "# a,b\n1,x\n2,y\n",
        "a,b,,\n1,x,,\n2,y,,\n,,,\n , , , \n",
        "a,b\n1,x,\n2,y,\n",
        "a,b,\n1,x\n2,y\n",
        "a,b\n\n1,x\n\n2,y\n\n",
        "\ufeffa,b\n1,x\n2,y\n",
        "a,b\n1,x\n2,y\n\x1a",
        " a , b \n 1 , x \n 2 , y \n",
        '"a","b"\n"1","x"\n"2","y"\n',
    ],
)
def test_a_table_is_found_in_whatever_form(content, tmp_path):
    assert cells_of(content, tmp_path) == WANTED


def test_a_first_row_one_name_short_has_row_names_first(tmp_path):
    assert cells_of("a,b\nr1,1,x\nr2,2,y\n", tmp_path) == {"column 1": ["r1", "r2"], **WANTED}


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\n", "\r\n", "\r"])
def test_only_line_ends_outside_quotes_end_a_row(mark, tmp_path):
    assert cells_of(f'a,b\n1,"u{mark}v"\n2,y\n', tmp_path)["b"] == [f"u{mark}v", "y"]


def test_a_separator_within_quotes_is_none():
    assert guess_delimiter('"a,b,c";d\n"1,2,3";4\n') == ";"
    assert guess_delimiter('name,text\nx,"a;b;c;d"\ny,"e;f;g;h"\n') == ","


def test_a_column_of_sentences_has_no_separator(tmp_path):
    assert cells_of("text\nhello world\nhow do you do\n", tmp_path) == {
        "text": ["hello world", "how do you do"]
    }


def test_nearly_empty_columns_without_a_name_are_left_out(tmp_path):
    rows = "".join(f"{i},x,{'?' if i == 3 else ''}\n" for i in range(50))
    assert list(cells_of("a,b,\n" + rows, tmp_path)) == ["a", "b"]


def test_cells_of_any_length_are_read(tmp_path):
    assert cells_of(f"a,b\n1,{'x' * 300_000}\n2,y\n", tmp_path)["b"][1] == "y"


def test_too_many_cells_are_refused():
    with pytest.raises(BadInput, match="more than 10 cells"):
        read_rows("a,b\n" + "1,2\n" * 10, max_cells=10)


# ------------------------------------------------------------------------------- encodings
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_encodings_are_found(encoding, tmp_path):
    content = "größe,b\n1,café\n2,y\n".encode(encoding)
    assert cells_of(content, tmp_path) == {"größe": ["1", "2"], "b": ["café", "y"]}


@pytest.mark.parametrize("encoding", ["cp1251", "utf-16-le", "utf-16-be", "shift_jis"])
def test_an_encoding_can_be_named(encoding, tmp_path):
    word = "キャ" if encoding == "shift_jis" else "привет"
    content = f"a,b\n1,{word}\n2,y\n".encode(encoding)
    assert cells_of(content, tmp_path, encoding=encoding)["b"] == [word, "y"]


def test_a_guessed_encoding_is_said(tmp_path):
    (tmp_path / "d.csv").write_bytes("a,b\n1,Grüße\n2,y\n".encode("latin-1"))
    assert any(
        "'Grüße'" in note and "--encoding" in note for note in read_table(tmp_path / "d.csv").notes
    )


def test_a_few_damaged_bytes_are_no_reason_to_refuse_a_file(tmp_path):
    (tmp_path / "d.csv").write_bytes(b"a,b\n1,\x81\xac\n" + b"2,y\n" * 500)
    table = read_table(tmp_path / "d.csv")
    assert table.cells["b"][:2] == ["\ufffd\u00ac", "y"]
    assert "1 of its bytes are no characters." in table.notes
    words = "Zoë, Łódź, Århus, Málaga, " * 20
    (tmp_path / "u.csv").write_bytes(b"a;b\n1;\xc3\n2;" + words.encode() + b"\n")
    assert "Łódź" in read_table(tmp_path / "u.csv").cells["b"][1]


def test_text_in_another_encoding_is_not_taken_for_damage(tmp_path):
    header = "年齢,職業,学歴,性別".encode("shift_jis")
    (tmp_path / "d.csv").write_bytes(header + b"\n" + b"1,2,3,4\n" * 3000)
    with pytest.raises(BadInput, match="shift_jis"):
        read_table(tmp_path / "d.csv")


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        ("a,b\n1,x\n".encode("utf-16-le"), {}, "--encoding utf-16-le"),
        (b"a,b\n1,\x81\x8d\n", {}, "--encoding"),
        (b"a,b\n1,\xff\n", {"encoding": "utf-8"}, "not a text file in utf-8"),
        (b"a,b\n1,x\n", {"encoding": "no-such"}, "no text encoding"),
        (b"a,b\n1,x\n", {"encoding": "rot13"}, "no text encoding"),
        (b"a,b\n1,x\n", {"encoding": "a\0b"}, "not a text file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", {}, "not a text file"),
    ],
)
def test_other_encodings_get_a_suggestion(content, options, words, tmp_path):
    with pytest.raises(BadInput, match=words):
        cells_of(content, tmp_path, **options)


# ------------------------------------------------------------------------------- packed and typed
@pytest.mark.parametrize("suffix", [".csv.gz", ".csv"])
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_files_are_unpacked_whatever_their_name(pack, suffix, tmp_path):
    assert cells_of(pack(PLAIN.encode()), tmp_path, f"data{suffix}") == WANTED


def test_a_zip_archive_of_one_file_is_unpacked(tmp_path):
    packed = zipped(("__MACOSX/x", "junk"), ("folder/data.csv", PLAIN))
    assert cells_of(packed, tmp_path, "data.zip") == WANTED


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(PLAIN.encode())[:-9],
        gzip.compress(PLAIN.encode())[:12] + b"\xff" * 20,
        b"\x1f\x8b\x08",
        b"BZh9" + b"junk" * 5,
        b"\xfd7zXZ\x00" + b"junk" * 5,
        b"PK\x03\x04" + b"junk" * 5,
        zipped(("a.csv", PLAIN), ("b.csv", PLAIN)),
        zipped(),
        zipped(("a.csv.gz", gzip.compress(PLAIN.encode()))),
    ],
    # Archives hold the time: their bytes would name the tests differently in each process.
    ids=["cut", "corrupt", "head-only", "bz2", "xz", "zip", "two-files", "no-file", "nested"],
)
def test_damaged_and_ambiguous_archives_are_refused(content, tmp_path):
    with pytest.raises(BadInput):
        cells_of(content, tmp_path, "data.csv.gz")


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lambda data: zipped(("data.csv", data))]
)
def test_small_files_that_unpack_to_much_are_refused(pack, tmp_path, monkeypatch):
    monkeypatch.setattr(decoding, "MAX_UNPACKED", 1 << 16)
    with pytest.raises(BadInput, match="unpacks to more than"):
        cells_of(pack(b"a,b\n" + b"1,2\n" * 100_000), tmp_path)


@pytest.mark.parametrize("kind", ["parquet", "xlsx"])
def test_typed_files_are_read_as_text(kind, tmp_path):
    pd = pytest.importorskip("pandas")
    pytest.importorskip({"parquet": "pyarrow", "xlsx": "openpyxl"}[kind])
    when = pd.to_datetime(["2020-01-31", None])
    frame = pd.DataFrame({"a": [1, 2], "f": [0.5, np.nan], "w": ["x", None], "d": when})
    path = tmp_path / f"data.{kind}"
    frame.to_parquet(path) if kind == "parquet" else frame.to_excel(path, index=False)
    assert read_table(path).cells == {
        "a": ["1", "2"],
        "f": ["0.5", ""],
        "w": ["x", ""],
        "d": ["2020-01-31", ""],
    }


@pytest.mark.parametrize("name", ["data.parquet", "data.xlsx", "data.xls", "data.ods"])
def test_damaged_typed_files_are_refused(name, tmp_path):
    for content in (b"", b"junk", b"PK\x03\x04junk", b"PAR1junk"):
        with pytest.raises(BadInput):
            cells_of(content, tmp_path, name)


def test_parquet_files_with_more_cells_than_memory_are_refused(tmp_path, monkeypatch):
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    pd.DataFrame({"a": np.zeros(100_000, "i1")}).to_parquet(tmp_path / "many.parquet")
    assert (tmp_path / "many.parquet").stat().st_size < 10_000
    monkeypatch.setattr(table, "MAX_CELLS", 99_999)
    with pytest.raises(BadInput, match="more than 99,999 cells"):
        read_table(tmp_path / "many.parquet")


def test_long_words_that_a_parquet_file_holds_once_are_refused(tmp_path, monkeypatch):
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    pd.DataFrame({"a": ["long" * 2000] * 3000}).to_parquet(tmp_path / "words.parquet")
    assert (tmp_path / "words.parquet").stat().st_size < 10_000
    monkeypatch.setattr(typed_files, "MAX_UNPACKED", 1 << 24)
    with pytest.raises(BadInput, match="unpacks to more than 16 MiB"):
        read_table(tmp_path / "words.parquet")


def test_a_cell_far_away_does_not_fill_the_memory(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active["A1"] = "a"
    book.active["XFD5000"] = 1
    book.save(tmp_path / "far.xlsx")
    with pytest.raises(BadInput, match="more than 60,000,000 cells"):
        read_table(tmp_path / "far.xlsx")


def test_workbooks_with_gaps_errors_and_leftovers_are_read(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["a", "b", None], [None] * 3, [1, "#DIV/0!", ""], [True, None, None]):
        book.active.append(row)
    book.active["B3"].data_type = "e"
    book.active["C900"].number_format = "0.00"  # an empty cell that was formatted
    book.create_sheet("other").append(["not", "this"])
    book.save(tmp_path / "gaps.xlsx")
    assert read_table(tmp_path / "gaps.xlsx").cells == {"a": ["1", "True"], "b": ["", ""]}


# ------------------------------------------------------------------------------- numbers
@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1", 1),
        ("-2.5e3", -2500),
        ("1,234,567.5", 1234567.5),
        ("12,34,567", 1234567),
        ("€ 12", 12),
        ("12 €", 12),
        ("USD 12", 12),
        ("-$5", -5),
        ("$-5", -5),
        ("(1,234)", -1234),
        ("5-", -5),
        ("7%", 7),
        ("1 234.5", 1234.5),
        ("1\u00a0234", 1234),
        ("1\u202f234", 1234),
        ("1\u2009234", 1234),
        ("1'234", 1234),
        ("1\u2019234", 1234),
        ("\u22125", -5),
        ("+3", 3),
        (".5", 0.5),
        ("5.", 5),
    ],
)
def test_numbers_are_read_as_people_write_them(cell, number):
    assert parse_number(cell) == number


@pytest.mark.parametrize(
    ("cell", "number"),
    [("1.234,5", 1234.5), ("1.234", 1234), ("0.5", 0.5), ("1,413", 1.413), ("1 234,5 €", 1234.5)],
)
def test_numbers_with_a_decimal_comma(cell, number):
    assert parse_number(cell, ",") == number


@pytest.mark.parametrize(
    "cell", ["", "NA", "null", "inf", "-Infinity", "nan", "?", "--", "1e39", "1e999", "#DIV/0!"]
)
def test_missing_cells_are_nan(cell):
    assert np.isnan(parse_number(cell))


@pytest.mark.parametrize(
    "cell", ["x", "1,2", "12 May", "1 000 m", "1_000", "0x10", "- -5", "1.2.3", "9" * 500, "$", "%"]
)
def test_other_text_is_no_number(cell):
    assert parse_number(cell) is None


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        (["1,413", "2,5"], ","),
        (["0,413"], ","),
        (["1.234,56"], ","),
        (["1.234.567"], ","),
        (["1,234.56", "1,413"], "."),
        (["1,234,567"], "."),
        (["1 234,5"], ","),
        (["1,413"], None),
        (["1", "2"], None),
        (["24.12.2020", "1,2,3", "v1.2"], None),
        (["594", *(f"{n},174" for n in range(1, 40))], "."),
        (["594", *(f"{n}.174" for n in range(1, 40))], ","),
        (["594", "1594", *(f"{n},174" for n in range(1, 40))], None),
        (["0", *(f"{n},174" for n in range(1, 40))], None),
        (["594", "1,174", "2,174"], None),
    ],
)
def test_the_cells_tell_the_decimal_sign(cells, decimal):
    assert find_evidence(cells).decimal == decimal


# ------------------------------------------------------------------------------- dates
@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (["2020-03-01", "2020-12-24"], "2020-03-01"),
        (["1.3.2020", "24.12.2020"], "2020-03-01"),
        (["01.03.20", "24.12.20"], "2020-03-01"),
        (["3/1/2020", "12/24/2020"], "2020-03-01"),
        (["1/3/2020", "24/12/2020"], "2020-03-01"),
        (["1 Mar 2020", "24 Dec 2020"], "2020-03-01"),
        (["March 1, 2020", "December 24, 2020"], "2020-03-01"),
        (["2020-03-01 10:30", "2020-12-24 23:59"], "2020-03-01 10:30"),
        (["2020-03-01T10:30:00Z", "2020-12-24T23:59:59+01:00"], "2020-03-01 10:30"),
        (["01.03.2020 10:30:05", ""], "2020-03-01 10:30:05"),
        (["10:30", "23:59"], "1900-01-01 10:30"),
        (["1939, May", "1986, October"], "1939-05-01"),
        (["March, 2020", "December, 2020"], "2020-03-01"),
    ],
)
def test_dates_are_read_as_people_write_them(cells, first):
    date_format = guess_date_format(cells)
    dates = parse_dates(cells, date_format)
    assert dates[0] == np.datetime64(first)
    assert not dates[:1].isna().any()


@pytest.mark.parametrize(
    "cells",
    [["12 trees", "5 cats"], ["1.5", "2.5"], ["A-12-1"], ["32.13.2020"], [""], ["١٢.١٢.٢٠٢٠"]],
)
def test_other_cells_are_no_dates(cells):
    assert guess_date_format(cells) is None


# ------------------------------------------------------------------------------- words
def test_words_differ_neither_by_case_nor_by_blanks():
    spelling, merged = unify_spellings(["Yes", "Yes", "yes", "YES", "no"])
    assert {spelling[word] for word in ("Yes", "yes", "YES")} == {"Yes"}
    assert merged == [["Yes", "yes", "YES"]]


def test_labels_of_letters_keep_their_case():
    letters = [*"abcdeABCDE"] * 3
    assert unify_spellings(letters)[0] == {letter: letter for letter in letters}


@pytest.mark.parametrize(
    ("cell", "word"),
    [("3.0", "3"), ("-3.00", "-3"), ("007", "007"), ("3.5", "3.5"), ("A  B", "a b")],
)
def test_normal_words(cell, word):
    assert normal_word(cell) == word


# ------------------------------------------------------------------------------- hostile sizes
def test_long_runs_of_blanks_and_many_columns_take_linear_time(tmp_path):
    # Seconds where the time is linear; an hour where it is quadratic.
    blank = f"1{' ' * 300_000}x"
    assert parse_number(blank) is None
    assert normal_word(blank) == "1 x"
    names = ",".join(f"c{i}" for i in range(40_000))
    row = ",".join("1" for _ in range(40_000))
    assert len(cells_of(f"{names}\n{row}\n", tmp_path)) == 40_000


def test_the_bound_on_cells_is_that_of_the_table():
    assert table.MAX_CELLS < 1e8

"""Spreadsheets in the OpenDocument format: cells as text, repeated cells, hostile files."""

import zipfile

import pytest

from sknn_tune.command_line.errors import BadInput
from sknn_tune.command_line.files.table import read_table

SPREADSHEET = """<?xml version="1.0"?>{declared}
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">
<office:body><office:spreadsheet><table:table table:name="one">
<table:table-header-rows><table:table-row>{names}</table:table-row></table:table-header-rows>
{rows}</table:table>
<table:table table:name="two"><table:table-row>{names}</table:table-row></table:table>
</office:spreadsheet></office:body></office:document-content>"""
NAMES = "".join(
    f'<table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>'
    for name in "ab"
)


def open_document(tmp_path, rows, declared=""):
    path = tmp_path / "data.ods"
    content = SPREADSHEET.format(names=NAMES, rows=rows, declared=declared)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", content)
    return path


def row_of(*cells, **repeated):
    times = "".join(f' table:number-rows-repeated="{n}"' for n in repeated.values())
    return f"<table:table-row{times}>{''.join(cells)}</table:table-row>"


@pytest.mark.parametrize(
    ("attributes", "content", "read"),
    [
        ('office:value-type="float" office:value="1"', "<text:p>1,00</text:p>", "1"),
        ('office:value-type="percentage" office:value="0.12"', "<text:p>12 %</text:p>", "0.12"),
        ('office:value-type="currency" office:value="-2.5"', "<text:p>-2,50 €</text:p>", "-2.5"),
        ('office:value-type="date" office:date-value="2020-01-31"', "31.1.", "2020-01-31"),
        (
            'office:value-type="date" office:date-value="2020-01-31T10:20:30"',
            "",
            "2020-01-31 10:20:30",
        ),
        ('office:value-type="time" office:time-value="PT7H05M09S"', "7:05", "07:05:09"),
        ('office:value-type="boolean" office:boolean-value="true"', "WAHR", "True"),
        ('office:value-type="string" office:string-value="word"', "<text:p>w</text:p>", "word"),
        (
            'office:value-type="string"',
            "<text:p>two</text:p><text:p>li&lt;nes</text:p>",
            "two\nli<nes",
        ),
        (
            'office:value-type="string"',
            "<text:p>a<text:s/>b<text:span>c</text:span></text:p>",
            "a bc",
        ),
        ('office:value-type="float" office:value="many"', "<text:p>many</text:p>", "many"),
        ('office:value-type="string" calcext:value-type="error"', "<text:p>#N/A</text:p>", ""),
        (
            'office:value-type="string"',
            "<office:annotation><text:p>note</text:p></office:annotation><text:p>x</text:p>",
            "x",
        ),
        ("", "", ""),
    ],
)
def test_cells_of_an_open_document_are_read_as_text(attributes, content, read, tmp_path):
    cell = f"<table:table-cell {attributes}>{content}</table:table-cell>"
    other = '<table:table-cell office:value-type="float" office:value="7"/>'
    path = open_document(tmp_path, row_of(cell, other))
    assert read_table(path).cells == {"a": [read], "b": ["7"]}


def test_repeated_cells_and_rows_of_an_open_document_are_read(tmp_path):
    twice = (
        '<table:table-cell table:number-columns-repeated="2" office:value-type="float" '
        'office:value="3"/>'
    )
    gap = '<table:table-cell table:number-columns-repeated="16384"/>'
    path = open_document(
        tmp_path,
        row_of(twice, gap, times=3)
        + row_of(gap, times=2)
        + row_of(twice)
        + row_of(gap, times=10**6),
    )
    assert read_table(path).cells == {"a": ["3"] * 4, "b": ["3"] * 4}


@pytest.mark.parametrize(("n_columns", "n_rows"), [(16_384, 1_048_576), (1, 10**18), (10**18, 1)])
def test_an_open_document_of_repeated_cells_does_not_fill_the_memory(n_columns, n_rows, tmp_path):
    cell = (
        f'<table:table-cell table:number-columns-repeated="{n_columns}" office:value-type="float" '
        'office:value="3"/>'
    )
    path = open_document(tmp_path, row_of(cell, times=n_rows))
    with pytest.raises(BadInput, match="more than 60,000,000 cells"):
        read_table(path)


@pytest.mark.parametrize(
    "rows",
    [
        row_of("&a;"),
        "<table:table-row>",
        row_of('<table:table-cell table:number-columns-repeated="x"/>'),
        row_of(times=-(10**18)),
        "",
    ],
)
def test_open_documents_that_are_damaged_or_declare_entities_are_refused(rows, tmp_path):
    declared = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">]>' if "&a;" in rows else ""
    with pytest.raises(BadInput):
        read_table(open_document(tmp_path, rows, declared))

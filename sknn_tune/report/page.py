"""A self-contained page of sections; what is in them is plain data, escaped by the template."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_TEMPLATES = Path(__file__).parent / "templates"


class Paragraph(NamedTuple):
    """A sentence or two."""

    text: str
    is_warning: bool = False
    template: str = "paragraph"


class Picture(NamedTuple):
    """A drawing that the page carries within itself."""

    address: str  #: ``data:image/svg+xml;base64,...``
    alt: str  #: what it shows, for those who do not see it
    caption: str = ""
    template: str = "picture"


class Table(NamedTuple):
    """Rows of text below names of columns."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    label: str  #: what it is, for those who do not see it
    template: str = "table"


class SortedTable(NamedTuple):
    """A table that the reader can have in several orders."""

    orders: Sequence[tuple[str, Table]]  #: (what it is sorted by, the table)
    label: str
    template: str = "sorted_table"


class Code(NamedTuple):
    """Lines to copy."""

    text: str
    template: str = "code"


Block = Paragraph | Picture | Table | SortedTable | Code


class Section(NamedTuple):
    """Blocks below a heading."""

    heading: str
    blocks: Sequence[Block]


def render_page(
    title: str, opening: Sequence[Block], sections: Sequence[Section], *, refresh: float = 0.0
) -> str:
    """Return a page as HTML.

    Parameters
    ----------
    title : str
    opening : sequence of Block
        What stands on the first screen.
    sections : sequence of Section
        Those without blocks are left out.
    refresh : float, default=0
        Seconds after which a browser loads the page again; 0 never.

    Returns
    -------
    page : str

    Raises
    ------
    ImportError
        If jinja2 is not installed.
    """
    try:
        import jinja2
    except ImportError as error:
        raise ImportError("A report needs jinja2: pip install 'sknn-tune[plot]'.") from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja").render(
        title=title,
        opening=opening,
        sections=[section for section in sections if section.blocks],
        refresh=refresh,
    )


def write_page(path: str | Path, page: str) -> Path:
    """Write a page; letters that no encoding has, such as lone surrogates, become question marks.

    Parameters
    ----------
    path : path-like
    page : str

    Returns
    -------
    path : Path
    """
    path = Path(path)
    path.write_bytes(page.encode("utf-8", "replace"))
    return path

"""Word (DOCX) and LibreOffice (ODT) files: zips with XML in them. Words that were deleted with 'track changes' are not read.

What a zip says of its own sizes is not believed: no more is unpacked than `LARGEST_PART` (`tests/test_readers.py` has the bombs).
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from sources.assemble import Draft, Part, clean
from sources.errors import UnreadableLetter
from sources.letter import Kind
from sources.markup import Cell, Element, name_of, parse_xml, table_rows

LARGEST_PART = 30_000_000
NOTES = {"footnoteReference": "word/footnotes.xml", "endnoteReference": "word/endnotes.xml"}
HEADING_STYLE = re.compile(r"(?:heading|kop|titel|title)\b ?\d?", re.IGNORECASE)
SKIPPED = frozenset(
    "del moveFrom Fallback instrText delText pPr rPr annotation tracked-changes tracked-change sectPr forms sequence-decls".split()
)
SPACES = {"tab": " ", "br": " ", "cr": " ", "noBreakHyphen": "-", "s": " ", "line-break": " "}
DAMAGED = "dit bestand is beschadigd, afgebroken of met een wachtwoord beveiligd. Sla het opnieuw op zonder wachtwoord, of als PDF."


def read_docx(content: bytes, path: Path) -> Draft:
    """The paragraphs of a Word file. A footnote has no number of its own there: they are counted as they are called."""
    members = _unpack(content, ("word/document.xml", "word/styles.xml", *NOTES.values()), path)
    root = _root(members.get("word/document.xml"), path)
    styles = _root(members["word/styles.xml"], path) if "word/styles.xml" in members else ()
    headings = {_attribute(style, "styleId") for style in styles if _is_heading_style(style)}
    texts = {
        f"{call} {_attribute(note, 'id')}": _words(note, [])
        for call, member in NOTES.items()
        if member in members
        for note in _root(members[member], path)
        if name_of(note)
    }
    calls = dict.fromkeys(f"{name_of(call)} {_attribute(call, 'id')}" for call in root.iter(*(f"{{*}}{name}" for name in NOTES)))
    return Draft(list(_blocks(root, {call: f"{number} {texts.get(call, '')}" for number, call in enumerate(calls, 1)}, headings)))


def read_odt(content: bytes, path: Path) -> Draft:
    """The paragraphs of an ODT file."""
    root = _root(_unpack(content, ("content.xml",), path).get("content.xml"), path)
    body = next((element for element in root.iter() if name_of(element) == "body"), root)
    return Draft(list(_blocks(body, {}, set())))


def _unpack(content: bytes, names: tuple[str, ...], path: Path) -> dict[str, bytes]:
    """The members of a zip that go by these names; of what it claims to hold nothing is believed."""
    members = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in set(packed.namelist()).intersection(names):
                with packed.open(name) as member:
                    members[name] = member.read(LARGEST_PART + 1)
                if len(members[name]) > LARGEST_PART:
                    raise UnreadableLetter(
                        path, "dit bestand wordt uitgepakt veel te groot. Voeg alleen de tekst van het stuk toe, of een PDF."
                    )
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise UnreadableLetter(path, DAMAGED) from error
    return members


def _root(content: bytes | None, path: Path) -> Element:
    if content is None:
        raise UnreadableLetter(path, DAMAGED)
    return parse_xml(content, path)[0]


def _attribute(element: Element, name: str) -> str:
    """An attribute by its name without namespace; '' where there is none."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _is_heading_style(style: Element) -> bool:
    return any(name_of(part) == "name" and HEADING_STYLE.match(_attribute(part, "val")) for part in style)


def _blocks(element: Element, notes: dict[str, str], headings: set[str], *, listed: bool = False) -> Iterator[Part]:
    """The paragraphs and tables in an element, in order; an item of a list is never a heading."""
    for child in element:
        name = name_of(child)
        if name in ("p", "h"):
            called: list[str] = []
            text = _words(child, called)
            style = next((_attribute(part, "val") for part in child.iterfind("{*}pPr/{*}pStyle")), "")
            in_list = listed or child.find("{*}pPr/{*}numPr") is not None
            kind = Kind.HEADING if name == "h" or style in headings else Kind.TEXT if in_list else None
            yield Part(text, kind)
            yield from (Part(note, Kind.NOTE) for note in (notes.get(call, call) for call in called))
        elif name in ("tbl", "table"):
            yield from _table(child, notes)
        elif name and name not in SKIPPED:
            yield from _blocks(child, notes, headings, listed=listed or name == "list")


def _words(element: Element, called: list[str]) -> str:
    """The words in a paragraph; which footnotes it calls is added to `called`, by id (DOCX) or by their words (ODT)."""
    marked_up = "wordprocessingml" in element.tag  # then words are in <t> only, and line ends between elements are none
    pieces = [element.text or ""] if not marked_up or name_of(element) == "t" else []
    for child in element:
        name = name_of(child)
        if name in NOTES:
            called.append(f"{name} {_attribute(child, 'id')}")
        elif name == "note":
            citation = "".join(part.text or "" for part in child if name_of(part) == "note-citation")
            body = " ".join(_words(part, []) for part in child if name_of(part) == "note-body")
            called.append(clean(f"{citation} {body}"))
        elif name in SPACES:
            pieces.append(SPACES[name])
        elif name and name not in SKIPPED:
            pieces.append(_words(child, called) + (" " if name == "p" else ""))
        pieces.append("" if marked_up else child.tail or "")
    return "".join(pieces)


def _table(element: Element, notes: dict[str, str]) -> Iterator[Part]:
    """Each row as a paragraph, under the heading of its columns where the file says which row that is."""
    head: list[list[Cell]] = []
    body: list[list[Cell]] = []
    called: list[str] = []
    for row in element.iter("{*}tr", "{*}table-row"):
        cells = [_cell(cell, called) for cell in row if name_of(cell) in ("tc", "table-cell", "covered-table-cell")]
        is_head = row.find("{*}trPr/{*}tblHeader") is not None or name_of(row.getparent()) == "table-header-rows"
        (head if is_head else body).append(cells)
    yield from (Part(row, Kind.TEXT) for row in table_rows(head, body))
    yield from (Part(note, Kind.NOTE) for note in (notes.get(call, call) for call in called))


def _cell(element: Element, called: list[str]) -> Cell:
    text = clean(" ".join(_words(part, called) for part in element.iter("{*}p", "{*}h")))
    span = next((_attribute(part, "val") for part in element.iterfind("{*}tcPr/{*}gridSpan")), "1")
    return Cell(text, int(span) if span.isdecimal() and len(span) < 3 else 1)

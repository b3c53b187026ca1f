"""HTML, first of all that of zoek.officielebekendmakingen.nl: the text of the paper, without what is around it.

The text is in `div#broodtekst`, on older pages in `div.stuk`; of any other page it is all but scripts and navigation.
Metadata in the head are those of `metadata.xml` and are read as such. Footnotes go below the paragraph that calls them.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from sources.assemble import Draft, Part, clean
from sources.errors import UnreadableLetter
from sources.letter import Kind
from sources.markup import Cell, name_of, refuse_many_tags, table_rows
from sources.metadata import of_publisher
from sources.records import identifier_or_none

BODIES = ("//*[@id='broodtekst']", "//div[contains(concat(' ', @class, ' '), ' stuk ')]", "//article", "//main", "//body")
SKIPPED = frozenset("script style nav header footer aside form noscript template svg head button iframe select".split())
BLOCKS = frozenset(
    "p div section article main body ul ol li dl dt dd table h1 h2 h3 h4 h5 h6 blockquote pre hr figure figcaption address center".split()
)
HEADINGS = re.compile(r"h[1-6]")
HEADING_CLASS = re.compile(r"\b(?:tussenkop|kop|titel)", re.IGNORECASE)
NOTE_CLASS = re.compile(r"\b(?:nootnum|noot|voetnoot|footnote)", re.IGNORECASE)
NOT_THERE = re.compile(r"\b404\b|niet gevonden|not found|niet beschikbaar in HTML", re.IGNORECASE)


def read_html(content: bytes, path: Path) -> Draft:
    """The paragraphs of a web page."""
    refuse_many_tags(content, path)
    try:
        encoding = None if re.search(rb"charset|encoding", content[:4096]) or content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
        root = document_fromstring(content, parser=HTMLParser(no_network=True, huge_tree=False, remove_comments=True, encoding=encoding))
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise UnreadableLetter(path, "deze webpagina is leeg of beschadigd. Haal haar opnieuw op, of voeg de PDF toe.") from error
    body = next(found[0] for query in (*BODIES, "/*") if (found := root.xpath(query)))
    parts = list(_in_order(body))
    title = clean(" ".join(root.xpath("//head/title//text()"))).partition(" | ")[0]
    length = sum(len(part.text) for part in parts)
    if length < 2000 and NOT_THERE.search(f"{title} {' '.join(part.text for part in parts[:5])}"):
        raise UnreadableLetter(path, "deze webpagina zegt dat het stuk er niet is. Haal het opnieuw op, of voeg de PDF toe.")
    return Draft(parts, ({"title": title} if title else {}) | _facts(root, path), tuple(_cited(body)))


def _in_order(body: HtmlElement) -> Iterator[Part]:
    """The paragraphs, with each footnote below the one that calls it."""
    blocks = {anchor: _note_of(element) for element in body.iter("a") if (anchor := _note_id(element))}
    notes = {anchor: text for anchor, block in blocks.items() if (text := clean(_words(block, [])))}
    for part, called in _blocks(body, set(blocks.values())):
        yield part
        yield from (Part(notes.pop(call), Kind.NOTE) for call in called if call in notes)
    yield from (Part(text, Kind.NOTE) for text in notes.values())


def _note_id(element: HtmlElement) -> str | None:
    """The anchor of a footnote's own text: `<span class="nootnum"><a id="ID-1">1</a></span> …`."""
    if name_of(element) != "a" or not (element.get("id") or element.get("name")):
        return None
    around = element.getparent()
    classes = f"{element.get('class', '')} {around.get('class', '') if around is not None else ''}"
    return (element.get("id") or element.get("name")) if NOTE_CLASS.search(classes) and not _is_mark(element) else None


def _note_of(anchor: HtmlElement) -> HtmlElement:
    """The block that a footnote is."""
    return next((element for element in anchor.iterancestors() if name_of(element) in BLOCKS), anchor)


def _is_mark(element: HtmlElement) -> bool:
    """Is it a link from the text to a footnote: a number that leads elsewhere on the page?"""
    within = element.get("href", "").startswith("#") and name_of(element) == "a"
    number = re.fullmatch(r"[\[(]?(?:\d{1,3}|\*+)[\])]?", clean(element.text_content()))
    return bool(within and number and (element.get("id") is None or name_of(element.getparent()) == "sup"))


def _blocks(element: HtmlElement, notes: set[HtmlElement]) -> Iterator[tuple[Part, list[str]]]:
    """(paragraph, the footnotes it calls), in order; an element without blocks in it is a paragraph."""
    name = name_of(element)
    if not name or name in SKIPPED or element in notes:
        return
    if name == "table":
        yield from ((Part(row, Kind.TEXT), list[str]()) for row in _rows(element))
    elif not any(name_of(child) in BLOCKS for child in element.iterdescendants()):
        yield from _paragraph(element)
    else:
        yield from _loose(element.text)
        for child in element:
            yield from _blocks(child, notes)
            yield from _loose(child.tail)


def _paragraph(element: HtmlElement) -> Iterator[tuple[Part, list[str]]]:
    called: list[str] = []
    text = clean(_words(element, called))
    if text:
        heading = HEADINGS.fullmatch(name_of(element)) or HEADING_CLASS.search(element.get("class", ""))
        kind = Kind.HEADING if heading else Kind.TEXT if name_of(element) in ("li", "dd") else None
        yield Part(text, kind), called


def _loose(text: str | None) -> Iterator[tuple[Part, list[str]]]:
    if text and clean(text):
        yield Part(text), []


def _words(element: HtmlElement, called: list[str]) -> str:
    """The words in an element without the marks of footnotes, whose anchors are added to `called`."""
    pieces = [element.text or ""]
    for child in element:
        name = name_of(child)
        links = [child] if name == "a" else child.findall("a") if name in ("sup", "span") else []
        marks = [link for link in links if _is_mark(link)]
        if marks:
            called += [link.get("href", "")[1:] for link in marks]
        elif name == "br":
            pieces.append(" ")
        elif name and name not in SKIPPED:
            inner = _words(child, called)
            pieces.append(f" {inner} " if name in BLOCKS else inner)
        pieces.append(child.tail or "")
    return "".join(pieces)


def _rows(table: HtmlElement) -> Iterator[str]:
    """The rows of a table; those within a table within it go with its cell."""
    head: list[list[Cell]] = []
    body: list[list[Cell]] = []
    for row in table.iter("tr"):
        if next(row.iterancestors("table")) is not table:
            continue
        cells = [cell for cell in row if name_of(cell) in ("td", "th")]
        is_head = name_of(row.getparent()) == "thead" or (not body and cells and all(name_of(cell) == "th" for cell in cells))
        (head if is_head else body).append(
            [Cell(clean(_words(cell, [])), _span(cell, "colspan"), _span(cell, "rowspan")) for cell in cells]
        )
    yield from table_rows(head, body)


def _span(cell: HtmlElement, name: str) -> int:
    value = cell.get(name, "1").strip()
    return int(value) if value.isdecimal() and len(value) < 4 else 1


def _facts(root: HtmlElement, path: Path) -> dict[str, Any]:
    """What the metadata in the head say, where they are those of an official publication."""
    items = [meta for meta in root.iter("meta") if re.match(r"(?:DC|DCTERMS|OVERHEID\w*)\.", meta.get("name", ""), re.IGNORECASE)]
    if not any(meta.get("name", "").lower() == "dc.identifier" and identifier_or_none(meta.get("content", "")) for meta in items):
        return {}
    record = etree.Element("metadata_gegevens")
    for meta in items:
        etree.SubElement(record, "metadata", {name: meta.get(name, "") for name in ("name", "scheme", "content")})
    return of_publisher(etree.tostring(record, encoding="utf-8"), path)


def _cited(body: HtmlElement) -> Iterator[str]:
    """The papers to which the publisher links."""
    for link in body.iter("a"):
        target = link.get("href", "")
        if "officielebekendmakingen.nl/" in target or re.match(r"/?(?:kst|ah|h|blg)-", target):
            yield from filter(None, [identifier_or_none(target)])

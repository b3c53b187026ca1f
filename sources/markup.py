"""XML that comes from anybody, read without harm, and tables put into words.

No entity is expanded, no DTD or other file is loaded, depth and size are bounded by libxml2 and by `sources/reading.py`.
A file that was encoded twice (its BOM shows as 'ï»¿') is decoded twice; one that is cut off or broken otherwise is
refused, since a part of a paper may say the opposite of the whole.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from lxml import etree

from sources.errors import UnreadableLetter

TWICE_ENCODED = "ï»¿".encode()
ENCODED_TWICE_NOTE = "was dubbel gecodeerd en is hersteld; controleer letters als é en ë."
ENTITIES = "deze XML bevat eigen entiteiten en is daarom niet gelezen. Haal het stuk op bij de officiële bron."
MOST_TAGS = 400_000  # more than the longest papers have, and some 400 MB
WIDEST_SPAN = 50
Element: TypeAlias = Any  # lxml comes without types


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its words, and over how many columns and rows it stands. `at` is its column where that is given."""

    text: str
    columns: int = 1
    rows: int = 1
    at: int | None = None


def parse_xml(content: bytes, path: Path) -> tuple[Element, tuple[str, ...]]:
    """The root of an XML file, and notes on what had to be mended."""
    notes: tuple[str, ...] = ()
    if content.lstrip().startswith(TWICE_ENCODED):
        content, notes = _decoded_once(content), (f"{path.name} {ENCODED_TWICE_NOTE}",)
    refuse_many_tags(content, path)
    if b"<!ENTITY" in content:
        raise UnreadableLetter(path, ENTITIES)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(content.lstrip(b" \t\r\n"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableLetter(path, f"de XML is beschadigd of afgebroken ({error}). Haal het stuk opnieuw op bij de bron.") from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise UnreadableLetter(path, ENTITIES)  # in an encoding in which they could not be seen
    return root, notes


def refuse_many_tags(content: bytes, path: Path) -> None:
    """Each element takes some hundred bytes of memory, however little is in it."""
    if content.count(b"<") > MOST_TAGS:
        raise UnreadableLetter(path, "dit bestand heeft te veel elementen om een stuk te zijn. Haal het opnieuw op, of voeg de PDF toe.")


def name_of(element: Element) -> str:
    """The name of an element without its namespace; '' for a comment, an instruction or an entity."""
    return str(element.tag.rpartition("}")[2]) if isinstance(element.tag, str) else ""


def table_rows(head: list[list[Cell]], body: list[list[Cell]]) -> Iterator[str]:
    """A text for each row: 'kop: waarde; kop: waarde' where the columns have headings, else 'waarde | waarde'."""
    columns: dict[int, list[str]] = {}
    for row in _grid(head, widen=True):
        for at, text in row.items():
            if text and text not in columns.setdefault(at, []):
                columns[at].append(text)
    named = {at: " ".join(texts).rstrip(":") for at, texts in columns.items()}
    for row in _grid(body, widen=False):
        filled = [(named.get(at), text) for at, text in sorted(row.items()) if text]
        if not any(name for name, _ in filled) or len(named) < 2:
            yield " | ".join(text for _, text in filled)
        else:
            yield "; ".join(f"{name}: {text}" if name else text for name, text in filled)


def _grid(rows: list[list[Cell]], *, widen: bool) -> Iterator[dict[int, str]]:
    """Each row as column -> text. A cell over several rows stands in each; one over several columns in all of them, or the first."""
    down: dict[int, tuple[str, int]] = {}  # column -> text that goes on below, for how many rows
    for row in rows:
        texts = {at: text for at, (text, left) in down.items() if left}
        down = {at: (text, left - 1) for at, (text, left) in down.items() if left > 1}
        at = 0
        for cell in row:
            at = cell.at if cell.at is not None else next(free for free in range(at, at + len(texts) + 1) if free not in texts)
            width = min(max(cell.columns, 1), WIDEST_SPAN)
            for column in range(at, at + width):
                text = cell.text if widen or column == at else ""
                texts[column] = text
                if cell.rows > 1:
                    down[column] = (text, min(cell.rows - 1, 1000))
            at += width
        yield texts


def _decoded_once(content: bytes) -> bytes:
    """UTF-8 that was read as Latin-1 (or Windows-1252) and written as UTF-8 again, one step back; each piece by itself."""
    text = content.decode("utf-8", errors="replace").lstrip()

    def back(match: re.Match[str]) -> str:
        for encoding in ("latin-1", "cp1252"):
            with contextlib.suppress(UnicodeError):
                return match[0].encode(encoding).decode("utf-8")
        return match[0]

    return re.sub(r"[^\x00-\x7f]+", back, text).removeprefix("\ufeff").lstrip().encode()

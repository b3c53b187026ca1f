"""The way in: a file of any format becomes a `Letter`, chosen by what its bytes are and never by its name.

Any bytes give a Letter or an UnreadableLetter that says in Dutch what is wrong and what to do, in bounded time and memory:
each format has a largest size, also unpacked, and nothing outside the file is ever fetched (`tests/test_readers.py`).
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from sources.assemble import Draft, assemble
from sources.errors import StorageProblem, UnreadableLetter
from sources.folder import LARGEST_FILE, MEGABYTE, metadata_beside
from sources.letter import Letter
from sources.metadata import given_in
from sources.records import manifestation_of

LARGEST_TEXT = 10 * MEGABYTE  # of text and markup; the longest Kamerstukken are well below one
READERS = {  # what the bytes are -> where the reader is; imported late, as each has a library of its own
    "xml": ("sources.official_xml", "read_xml"),
    "html": ("sources.web_page", "read_html"),
    "pdf": ("sources.pdf", "read_pdf"),
    "docx": ("sources.office", "read_docx"),
    "odt": ("sources.office", "read_odt"),
    "text": ("sources.plain_text", "read_text"),
}
OTHER_FORMATS = {
    "doc": "een oud Word-bestand (.doc of versleuteld)",
    "rtf": "een RTF-bestand",
    "xlsx": "een rekenblad",
    "pptx": "een presentatie",
    "zip": "een zip-bestand",
}


def read_file(path: Path) -> Letter:
    """Read the letter in `path`, with the metadata beside it where there is any.

    Raises UnreadableLetter when it is no letter, StorageProblem when the file cannot be opened.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UnreadableLetter(path, too_large(LARGEST_FILE))
        metadata = metadata_beside(path)
        return read_bytes(path.read_bytes(), metadata.read_bytes() if metadata else None, path)
    except OSError as error:
        raise StorageProblem(f"{path} kan niet worden geopend ({error.strerror}). Controleer de rechten van dit bestand.") from error


def read_bytes(content: bytes, metadata: bytes | None, path: Path) -> Letter:
    """A letter from its bytes and those of its metadata; `path` only names it in messages and gives an id if needed."""
    kind = format_of(content)
    limit = LARGEST_TEXT if kind in ("xml", "html", "text") else LARGEST_FILE
    if len(content) > limit:
        raise UnreadableLetter(path, too_large(limit))
    extension_of(kind, path)
    try:
        draft = _reader(kind)(content, path)
        return assemble(draft, given_in(metadata, path.with_suffix(".json")), path)
    except RecursionError as error:
        raise UnreadableLetter(path, "dit bestand is te diep genest om een stuk te zijn. Haal het opnieuw op bij de bron.") from error


def format_of(content: bytes) -> str:
    """What bytes are: 'xml', 'html', 'pdf', 'docx', 'odt', 'doc', …; 'text' for all that is nothing else."""
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    head = content[:4096].decode("utf-16", "ignore").encode(errors="ignore") if utf16 else content[:4096]
    head = head.removeprefix(b"\xef\xbb\xbf").removeprefix("ï»¿".encode()).lstrip()  # the second: a BOM that was encoded twice
    if head.startswith(b"PK"):
        return manifestation_of(content) or "zip"
    if head.startswith(b"<") and not head[1:2].isalpha() and not head.startswith((b"<?xml", b"<!--", b"<!")):
        return "text"
    return manifestation_of(head) or "text"


def extension_of(kind: str, path: Path) -> str:
    """The extension under which a file of this kind is kept; UnreadableLetter, which names `path`, for a kind that nobody here reads."""
    if kind not in READERS:
        what = OTHER_FORMATS.get(kind, "een bestand van een onbekende soort")
        raise UnreadableLetter(path, f"dit is {what}. Sla het stuk op als DOCX, ODT of PDF, en voeg dat toe.")
    return ".txt" if kind == "text" else f".{kind}"


def too_large(limit: int) -> str:
    """What to say of a file above a limit in bytes."""
    return f"dit bestand is groter dan {limit // MEGABYTE} MB en kan geen brief zijn. Voeg alleen het deel toe waarom het gaat."


def _reader(kind: str) -> Callable[[bytes, Path], Draft]:
    module, name = READERS[kind]
    reader: Callable[[bytes, Path], Draft] = getattr(import_module(module), name)
    return reader

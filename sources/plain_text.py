"""Plain text, as it came out of a PDF: bytes in, the paragraphs of a `Draft` out."""

from pathlib import Path

from sources.assemble import READER_VERSION, Draft, Part
from sources.errors import UnreadableLetter
from sources.layout import mend_paragraphs

__all__ = ["READER_VERSION", "read_text"]
NO_TEXT = "dit is geen tekst maar een binair bestand. Sla de brief op als platte tekst (UTF-8), PDF of DOCX."


def read_text(content: bytes, path: Path) -> Draft:
    """The paragraphs of a text in UTF-8, UTF-16 or, with a note that says so, Windows-1252."""
    raw, notes = _decode(content, path)
    return Draft([Part(text) for text in mend_paragraphs(raw)], notes=notes)


def _decode(content: bytes, path: Path) -> tuple[str, tuple[str, ...]]:
    if b"\x00" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableLetter(path, NO_TEXT)
    notes: tuple[str, ...] = ()
    try:
        encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        note = "is geen UTF-8 en is gelezen als Latin-1 (Windows-1252); controleer letters als é en ë, of sla het op als UTF-8."
        notes = (f"{path.name} {note}",)
    odd = sum(1 for letter in text if (letter < " " and letter not in "\t\n\r\f\v") or letter == "\ufffd")
    if odd > 20 and odd > len(text) / 100:
        raise UnreadableLetter(path, NO_TEXT)
    return text, notes

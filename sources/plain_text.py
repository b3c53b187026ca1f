"""Plain text, as it came out of a PDF, in; a `Letter` out.

The file `brief.txt` may have its metadata beside it in `brief.json`; what is not there is read from the letter
itself: the date line, the signatures, the subject line. Any bytes give a Letter or an UnreadableLetter.
"""

import datetime as dt
import hashlib
import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sources.dates import WRITTEN_DATE, date_mentions
from sources.errors import StorageProblem, UnreadableLetter
from sources.layout import mend_paragraphs
from sources.letter import Identity, Kind, Letter, Paragraph, Sentence, Signer
from sources.sentences import sentence_spans

READER_VERSION = 1  # goes up with every change that reads the same file otherwise
LARGEST_FILE = 10_000_000  # bytes; the longest Kamerstukken are well below one million
DATE_LINE = re.compile(rf"(?:['’]s-)?[A-Z][\w' -]{{1,30}},\s*(?:d\.d\.\s*)?{WRITTEN_DATE.pattern}\.?", re.IGNORECASE)
ADDRESS = re.compile(r"Aan (?:de|het) (?:[Vv]oorzitter|[Ll]eden|[Gg]riffier|Koning)\b.{0,200}")
SALUTATION = re.compile(r"(?:Geachte|Zeer geachte|Mijnheer de|Mevrouw de|Hooggeachte)\b.{0,80}")
SUBJECT = re.compile(r"(?:Betreft|Onderwerp|Betr\.)\s*:?\s*(?P<subject>.{3,300})")
SIGNATURE = re.compile(
    r"(?:Hoogachtend,?\s*)?(?:De|Het|Mede namens de|Namens de)\s+"
    r"(?P<office>(?:waarnemend |plaatsvervangend |demissionair |adjunct-)?"
    r"(?:[Mm]inister(?:-[Pp]resident)?|[Vv]iceminister-president|[Ss]taatssecretaris|[Vv]oorzitter|[Gg]riffier)\b[^.;:!?]{0,160}?),\s*"
    r"(?P<name>(?:(?:[A-Z][a-z]{0,2}\.)+\s?|[A-Z][\w'’-]+\s)[^.,;:!?]{2,60})"
)
HEADING_LENGTH = 120
LABELLED = re.compile(r"[A-Z][\w() ]{2,30}: ")  # 'Document: …' says something itself
OFFICIAL_ID = re.compile(r"kst-(?P<dossier>\d{5}(?:-(?:[IVXLC]+|[A-Z]|\d{2}))?)-(?P<number>\d{1,4})")


def read_file(path: Path) -> Letter:
    """Read the letter in `path`, with the metadata beside it where there is any.

    Raises UnreadableLetter when it is no letter, StorageProblem when the file cannot be opened.
    """
    metadata = path.with_suffix(".json")
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UnreadableLetter(path, f"dit bestand is groter dan {LARGEST_FILE // 1_000_000} MB en kan geen brief zijn.")
        return read_bytes(path.read_bytes(), metadata.read_bytes() if metadata.is_file() else None, path)
    except OSError as error:
        raise StorageProblem(f"{path} kan niet worden geopend ({error.strerror}). Controleer de rechten van dit bestand.") from error


def read_bytes(content: bytes, metadata: bytes | None, path: Path) -> Letter:
    """A letter from its bytes and those of its metadata; `path` only names it in messages and gives an id if needed."""
    raw, notes = _decode(content, path)
    texts = mend_paragraphs(raw)
    if not texts:
        raise UnreadableLetter(path, "dit bestand is leeg. Vervang het door de tekst van de brief, of verwijder het.")
    text, paragraphs = _lay_out(texts)
    identity = _identity(_metadata(metadata, path.with_suffix(".json")), text, paragraphs, path)
    return Letter(identity, text, paragraphs, digest_of(identity, text), notes)


def digest_of(identity: Identity, text: str) -> str:
    """The same on every machine for the same text and identity (SHA-256, hexadecimal)."""
    canonical = json.dumps([asdict(identity), text], ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _decode(content: bytes, path: Path) -> tuple[str, tuple[str, ...]]:
    if b"\x00" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableLetter(path, "dit is geen tekst maar een binair bestand. Sla de brief op als platte tekst (UTF-8).")
    try:
        encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
        text, notes = content.decode(encoding), ()
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        note = "is geen UTF-8 en is gelezen als Latin-1 (Windows-1252); controleer letters als é en ë, of sla het op als UTF-8."
        notes = (f"{path.name} {note}",)
    odd = sum(1 for letter in text if (letter < " " and letter not in "\t\n\r\f\v") or letter == "\ufffd")
    if odd > 20 and odd > len(text) / 100:
        raise UnreadableLetter(path, "dit is geen tekst maar een binair bestand. Sla de brief op als platte tekst (UTF-8).")
    return text, notes


def _metadata(content: bytes | None, path: Path) -> dict[str, Any]:
    if content is None:
        return {}
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise UnreadableLetter(path, "dit is geen geldige JSON in UTF-8. Herstel het bestand of verwijder het.") from error
    if not isinstance(data, dict):
        raise UnreadableLetter(path, "hier hoort één JSON-object te staan met 'id', 'title' en 'date'.")
    return data


def _lay_out(texts: list[str]) -> tuple[str, tuple[Paragraph, ...]]:
    """The paragraphs under one another with a blank line between them, each with its kind, number and heading."""
    paragraphs: list[Paragraph] = []
    at, number, heading = 0, 0, None
    kinds = [_kind(texts, i) for i in range(len(texts))]
    for text, kind in zip(texts, kinds, strict=True):
        if kind in (Kind.TEXT, Kind.SIGNATURE):
            number += 1
        if kind is Kind.SIGNATURE:
            heading = None
        spans = [(0, len(text))] if kind is not Kind.TEXT else sentence_spans(text)
        sentences = tuple(Sentence(at + start, at + end) for start, end in spans)
        counted = number if kind in (Kind.TEXT, Kind.SIGNATURE) else 0
        paragraphs.append(Paragraph(kind, at, at + len(text), counted, heading, sentences))
        if kind is Kind.HEADING:
            heading = text
        at += len(text) + 2
    return "\n\n".join(texts), tuple(paragraphs)


def _kind(texts: list[str], i: int) -> Kind:
    text = texts[i]
    if DATE_LINE.fullmatch(text):
        return Kind.DATE_LINE
    if SIGNATURE.fullmatch(text):
        return Kind.SIGNATURE
    if ADDRESS.fullmatch(text) or SUBJECT.fullmatch(text):
        return Kind.ADDRESS
    if SALUTATION.fullmatch(text) and len(text) < 80:
        return Kind.SALUTATION
    return Kind.HEADING if _is_heading(text, texts[i + 1] if i + 1 < len(texts) else None) else Kind.TEXT


def _is_heading(text: str, following: str | None) -> bool:
    """Short, no full stop, and something stands below it."""
    if following is None or SIGNATURE.fullmatch(following) or len(text) > HEADING_LENGTH:
        return False
    if text[-1] in ".,;:!?" or LABELLED.match(text) or not any(letter.isalpha() for letter in text):
        return False
    return text[0].isupper() or text[0].isdigit() or text[0] in "«“‘'\""


def _identity(given: dict[str, Any], text: str, paragraphs: tuple[Paragraph, ...], path: Path) -> Identity:
    """What the metadata say, completed with what the letter and the file name say."""
    official = OFFICIAL_ID.fullmatch(str(given.get("id") or path.stem))
    read = Identity(
        id=path.stem,
        title=_subject(text, paragraphs) or path.stem,
        date=_date_of(text, paragraphs),
        dossier=official["dossier"] if official else None,
        number=official["number"] if official else None,
        signers=_signers(text, paragraphs),
    )
    known = {field for field in asdict(read) if given.get(field) not in (None, "", [])}
    values = {field: given[field] for field in known}
    where = path.with_suffix(".json")
    if wrong := [field for field in known - {"signers"} if not isinstance(values[field], str)]:
        raise UnreadableLetter(where, f"'{wrong[0]}' moet tekst zijn. Herstel het bestand.")
    try:
        if "date" in values:
            values["date"] = dt.date.fromisoformat(values["date"])
        if "signers" in values:
            values["signers"] = tuple(Signer(name=str(s["name"]), office=str(s["office"])) for s in values["signers"])
    except (ValueError, TypeError, KeyError) as error:
        message = "'date' moet een datum zijn als 2020-01-06, en 'signers' een lijst van objecten met 'name' en 'office'."
        raise UnreadableLetter(where, message) from error
    return replace(read, **values)


def _date_of(text: str, paragraphs: tuple[Paragraph, ...]) -> dt.date | None:
    for paragraph in paragraphs:
        if paragraph.kind is Kind.DATE_LINE:
            for mention in date_mentions(text[paragraph.start : paragraph.end], None):
                return mention.date
    return None


def _subject(text: str, paragraphs: tuple[Paragraph, ...]) -> str | None:
    for paragraph in paragraphs:
        if match := SUBJECT.fullmatch(text[paragraph.start : paragraph.end]):
            return match["subject"].strip()
    headings = (p for p in paragraphs if p.kind is Kind.HEADING)
    return next((text[p.start : p.end] for p in headings), None)


def _signers(text: str, paragraphs: tuple[Paragraph, ...]) -> tuple[Signer, ...]:
    found = (SIGNATURE.fullmatch(text[p.start : p.end]) for p in paragraphs if p.kind is Kind.SIGNATURE)
    return tuple(Signer(match["name"].strip(), match["office"].strip()) for match in found if match)

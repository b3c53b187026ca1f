"""What both official sources tell about a paper before anybody reads it, and the names that papers go by.

Each source fills in what it knows; nothing is guessed. Dates stay apart, because a paper has no single one, and `modified`
is shown but never trusted: one night in 2024 set it anew for 25,806 old papers. Whether a paper changed, its bytes decide.
"""

import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from sources.errors import KamervraagError
from sources.letter import Signer

IDENTIFIER = re.compile(r"(?:kst|blg|ah|h|kv|ag|nds)-[0-9A-Za-z-]{1,60}")  # the longest of 336,528 real ones has 30 characters
TEMPORARY = re.compile(r"kst-\d+")
DOSSIER = re.compile(r"(?:\d{8}-)?\d{5}(?:-[0-9A-Z]{1,6}|[A-Z]{1,6})?|[IVXLC]+(?:-[0-9A-Z]{1,6})?")  # fewer digits: a slip of the pen
OFFICE_FOLDERS = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}


class NotAnIdentifier(KamervraagError):
    """What was given is not the id, number or dossier of a paper."""

    def __init__(self, given: str, example: str = "kst-27925-692") -> None:
        super().__init__(f"'{given[:80]}' is geen nummer van een stuk of dossier. Schrijf het zoals '{example}'.")


@dataclass(frozen=True)
class Dates:
    """The days a source gives. `document` is what KOOP's search goes by and `issued` its day of the document: not always equal."""

    letter: dt.date | None = None
    document: dt.date | None = None
    issued: dt.date | None = None
    received: dt.date | None = None
    submitted: dt.date | None = None
    meeting: dt.date | None = None
    published: dt.date | None = None


@dataclass(frozen=True)
class Record:
    """A paper as a source lists it. `urls` maps a manifestation ('xml', 'html', 'pdf', 'odt', 'metadata', 'file') to its address."""

    id: str  # the official one; where the Tweede Kamer has none yet, its own: '2020D01452'
    source: str  # 'koop' or 'tweedekamer'
    title: str
    kind: str = ""
    dossiers: tuple[str, ...] = ()  # the number belongs to the first; '36600-VII', never a space
    dossier_titles: tuple[str, ...] = ()
    ondernummer: str | None = None  # as given; a joint paper has '1;A'
    dates: Dates = Dates()
    modified: str | None = None
    status: str | None = None  # 'Onopgemaakt', 'Opgemaakt', 'Opgemaakt na onopgemaakt'; for the Tweede Kamer that of the version
    replaced_by: tuple[str, ...] = ()
    hoofddocument: str | None = None  # of an attachment
    attachments: tuple[str, ...] = ()
    urls: Mapping[str, str] = field(default_factory=dict)
    guid: str | None = None
    document_number: str | None = None
    signers: tuple[Signer, ...] = ()  # as the source lists them, the first to sign first
    koop_ids: tuple[str, ...] = ()  # what KOOP calls it; several where it can be in either of its dossiers
    content_type: str | None = None
    content_length: int | None = None
    deleted: bool = False

    @property
    def koop_id(self) -> str | None:
        """The one id by which KOOP has this paper, if that is certain."""
        return self.koop_ids[0] if len(self.koop_ids) == 1 else None


@dataclass(frozen=True)
class Fetched:
    """A paper's bytes. `asked` differs from `id` where a temporary number led to the final one; `notes` says what was odd."""

    id: str
    asked: str
    content: bytes
    manifestation: str  # 'xml', 'html', 'pdf', 'odt', 'docx', 'doc', …: what the bytes are, not what a header says
    url: str
    record: Record
    metadata: bytes = b""
    notes: tuple[str, ...] = ()


def identifier_in(text: str) -> str:
    """The official id in an id or an address: 'https://…/dossier/kst-27925-931.html?x#y' and 'KST-27925-931' give the same.

    Junk before it is served as if it were not there, so only the last part counts; the host never does.
    """
    try:
        parts = [part for part in unquote(urlsplit(text.strip()).path).split("/") if part]
    except ValueError as error:
        raise NotAnIdentifier(text) from error
    last = parts[-2] if len(parts) > 1 and parts[-1] == "metadata.xml" else (parts or [""])[-1]
    prefix, dash, rest = re.sub(r"\.(html?|xml|pdf|odt)$", "", last).partition("-")
    identifier = prefix.lower() + dash + rest
    if ".." in text or not IDENTIFIER.fullmatch(identifier):
        raise NotAnIdentifier(text)
    return identifier


def identifier_or_none(text: str) -> str | None:
    """The same, where not having one is no surprise."""
    try:
        return identifier_in(text)
    except NotAnIdentifier:
        return None


def is_attachment(id: str) -> bool:
    """Whether an id is that of an attachment to a paper: 'blg-1184123'."""
    return id.startswith("blg-")


def dossier_code(text: str) -> str:
    """How KOOP writes a dossier: '27 925' -> '27925', '36600vii' -> '36600-VII', '21501-02' as it is, '20000 (R1519)' -> '20000'."""
    bare = re.sub(r"\s*\(R\s?\d+\)", "", text.strip())
    joined = re.sub(r"\s+", "-", re.sub(r"^(\d{2})[ .\u00a0](\d{3})", r"\1\2", bare)).upper()
    if not DOSSIER.fullmatch(joined):
        raise NotAnIdentifier(text, "27925' of '36600-VII")
    return re.sub(r"^(\d{5})(?=[A-Z])", r"\1-", joined)


def is_dossier(text: str) -> bool:
    """Whether a text is a dossier's number."""
    try:
        return bool(dossier_code(text))
    except NotAnIdentifier:
        return False


def to_date(text: object) -> dt.date | None:
    """The day that a date or moment begins with; None for anything else, and for the years that are typing errors (5008)."""
    try:
        day = dt.date.fromisoformat(str(text).strip()[:10])
    except ValueError:
        return None
    return day if 1800 <= day.year <= 2100 else None


def manifestation_of(content: bytes) -> str | None:
    """What bytes are, whatever they are called: 'xml', 'html', 'pdf', 'odt', 'docx', 'doc', 'rtf', 'text'; None if nothing known."""
    head = content[:2048].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"PK"):
        return _office_kind(content)
    if b"%PDF-" in head[:1024]:  # some have a line before it
        return "pdf"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "doc"
    if head.startswith(b"{\\rtf"):
        return "rtf"
    lowered = head.lower()
    if b"<html" in lowered or lowered.startswith(b"<!doctype html"):
        return "html"
    if head.startswith(b"<"):
        return "xml"
    return "text" if head and b"\0" not in head else None


def _office_kind(content: bytes) -> str | None:
    """What a zip holds; None for one that is cut off, because its list of contents stands at the end."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = packed.namelist()
            if "mimetype" in names and b"opendocument.text" in packed.open("mimetype").read(80):
                return "odt"
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        return None
    return next((kind for folder, kind in OFFICE_FOLDERS.items() if any(name.startswith(folder) for name in names)), "zip")

"""A paper as everybody above this room sees it: text, paragraphs with exact offsets, identity, date, signers.

Whatever format it came in, a reader gives this. `letter.text[p.start:p.end]` is the text of paragraph `p`, and
`letter.text[s.start:s.end]` that of sentence `s`; between paragraphs stands one blank line and nothing else.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a paragraph is in the letter."""

    DATE_LINE = "date_line"
    ADDRESS = "address"
    SALUTATION = "salutation"
    HEADING = "heading"
    TEXT = "text"
    SIGNATURE = "signature"


@dataclass(frozen=True)
class Sentence:
    """A stretch of `letter.text`: characters `start` up to, not including, `end`."""

    start: int
    end: int


@dataclass(frozen=True)
class Paragraph:
    """A paragraph, the heading it stands under and its number in the letter (from 1; headings are not counted)."""

    kind: Kind
    start: int
    end: int
    number: int
    heading: str | None
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Signer:
    """Who signed, and as what: 'S.A. Blok', 'Minister van Buitenlandse Zaken'."""

    name: str
    office: str


@dataclass(frozen=True)
class Identity:
    """What is known of a paper besides its text; `id` is the official one where there is one ('kst-27925-692')."""

    id: str
    title: str
    date: dt.date | None
    kind: str = "Brief regering"
    dossier: str | None = None
    dossier_title: str | None = None
    number: str | None = None
    url: str | None = None
    licence: str | None = None
    signers: tuple[Signer, ...] = ()

    @property
    def name(self) -> str:
        """How the Kamer names the paper, 'Kamerstuk 27 925, nr. 692'; without a dossier its title."""
        if not self.dossier or not self.number:
            return self.title
        digits, _, addition = self.dossier.partition("-")
        spaced = f"{digits[:-3]} {digits[-3:]}" if digits.isdigit() and len(digits) == 5 else digits
        return f"Kamerstuk {spaced}{'-' + addition if addition else ''}, nr. {self.number}"


@dataclass(frozen=True)
class Letter:
    """A paper, read. `digest` is of its text and identity: equal digests mean nothing has changed for a reader."""

    identity: Identity
    text: str
    paragraphs: tuple[Paragraph, ...]
    digest: str
    notes: tuple[str, ...] = ()

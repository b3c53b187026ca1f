"""A paper as everybody above this room sees it: text, paragraphs with exact offsets, identity, date, signers.

Whatever format it came in, a reader gives this. `letter.text[p.start:p.end]` is the text of paragraph `p`, and
`letter.text[s.start:s.end]` that of sentence `s`; between paragraphs stands one blank line and nothing else.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

DATES = {"date", "received", "adopted", "published"}  # the fields of an identity that are not text
LISTS = {"dossiers", "replaces"}


class Kind(StrEnum):
    """What a paragraph is in the letter."""

    DATE_LINE = "date_line"
    ADDRESS = "address"
    SALUTATION = "salutation"
    HEADING = "heading"
    TEXT = "text"
    SIGNATURE = "signature"
    NOTE = "note"  # a footnote, below the paragraph that it belongs to
    SPEAKER = "speaker"  # in a debate: who says what stands below it


@dataclass(frozen=True)
class Sentence:
    """A stretch of `letter.text`: characters `start` up to, not including, `end`."""

    start: int
    end: int


@dataclass(frozen=True)
class Paragraph:
    """A paragraph, the heading it stands under and its number in the letter (from 1; headings are not counted).

    The heading of an answer to a written question is the question itself. A footnote has the number of its paragraph.
    """

    kind: Kind
    start: int
    end: int
    number: int
    heading: str | None
    sentences: tuple[Sentence, ...]
    page: int | None = None  # on which it begins, where the paper came in pages
    speaker: str | None = None  # in a debate: 'De heer Paternotte (D66)'


@dataclass(frozen=True)
class Signer:
    """Who signed, and as what: 'S.A. Blok', 'Minister van Buitenlandse Zaken'; under a motion stands no office."""

    name: str
    office: str


@dataclass(frozen=True)
class Identity:
    """What is known of a paper besides its text; `id` is the official one where there is one ('kst-27925-692').

    `date` is the paper's own, where it has none that on which it was adopted or received; the others are kept apart, since a letter of one day is received and published on others.
    """

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
    dossiers: tuple[str, ...] = ()  # all of them; the number is that in the first
    addressee: str | None = None
    received: dt.date | None = None
    adopted: dt.date | None = None
    published: dt.date | None = None
    replaces: tuple[str, ...] = ()  # ids of the papers it takes the place of
    temporary: bool = False  # under a number that the publisher will change
    attached_to: str | None = None  # of an attachment: the id of the paper that it belongs to

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Identity":
        """An identity as `asdict` and `json.dumps(default=str)` have written it; names that it does not know are left out.

        Raises ValueError, TypeError or KeyError for a date that is none or a signer without a name.
        """
        known = {field.name: values[field.name] for field in fields(cls) if field.name in values}
        for name in DATES & known.keys():
            known[name] = dt.date.fromisoformat(known[name]) if known[name] else None
        for name in LISTS & known.keys():
            known[name] = tuple(str(value) for value in known[name])
        if "signers" in known:
            known["signers"] = tuple(Signer(name=str(s["name"]), office=str(s["office"])) for s in known["signers"])
        return cls(**known)

    @property
    def name(self) -> str:
        """How the Kamer names the paper, 'Kamerstuk 27 925, nr. 692'; without a dossier its title."""
        if not self.dossier or not self.number:
            return self.title
        digits, _, addition = self.dossier.partition("-")
        spaced = f"{digits[:-3]} {digits[-3:]}" if digits.isdigit() and len(digits) == 5 else digits
        numbered = f"nr. {self.number}" if self.number[0].isdigit() else self.number  # the Eerste Kamer counts in letters
        return f"Kamerstuk {spaced}{'-' + addition if addition else ''}, {numbered}"


@dataclass(frozen=True)
class Letter:
    """A paper, read."""

    identity: Identity
    text: str
    paragraphs: tuple[Paragraph, ...]
    notes: tuple[str, ...] = ()
    cited: tuple[str, ...] = ()  # official ids of the papers that its publisher says it cites

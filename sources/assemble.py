"""Where the paragraphs that a reader found become a `Letter`: cleaned, told apart, numbered, with exact offsets and an identity.

All readers end here, so that the promises about offsets are kept in one place (`tests/test_readers.py`). Pure.
What somebody wrote beside the paper goes before what its format says, and that before what its words say.
"""

import datetime as dt
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from sources.dates import WRITTEN_DATE, date_mentions
from sources.errors import UnreadableLetter
from sources.identifiers import parse
from sources.layout import INVISIBLE, SOFT_HYPHEN
from sources.letter import Identity, Kind, Letter, Paragraph, Sentence, Signer
from sources.references import replaced
from sources.sentences import sentence_spans

READER_VERSION = 6  # goes up with every change that reads the same file otherwise
COUNTED = (Kind.TEXT, Kind.SIGNATURE)
DATE_LINE = re.compile(rf"(?:['’]s-)?[A-Z][\w' -]{{1,30}},\s*(?:d\.d\.\s*)?{WRITTEN_DATE.pattern}\.?", re.IGNORECASE)
ADDRESS = re.compile(r"Aan (?P<whom>(?:de|het) (?:[Vv]oorzitter|[Ll]eden|[Gg]riffier|Koning)\b.{0,200})")
SALUTATION = re.compile(r"(?:Geachte|Zeer geachte|Mijnheer de|Mevrouw de|Hooggeachte)\b.{0,80}")
SUBJECT = re.compile(r"(?:Betreft|Onderwerp|Betr\.)\s*:?\s*(?P<subject>.{3,300})")
SIGNATURE = re.compile(
    r"(?:Hoogachtend,?\s*)?(?:De|Het|Mede namens de|Namens de)\s+"
    r"(?P<office>(?:waarnemend |plaatsvervangend |demissionair |adjunct-)?"
    r"(?:[Mm]inister(?:-[Pp]resident)?|[Vv]iceminister-president|[Ss]taatssecretaris|[Vv]oorzitter|[Gg]riffier)\b[^.;:!?]{0,160}?),\s*"
    r"(?P<name>(?:(?:[A-Z][a-z]{0,2}\.)+\s?|[A-Z][\w'’-]+\s)[^.,;:!?]{2,60})"
)
QUESTION = re.compile(r"Vraag (?P<numbers>\d{1,3})[.:]?")
ANSWER = re.compile(r"Antwoord(?:en)?(?: op)?(?: de)?(?: vra(?:ag|gen))?(?: (?P<numbers>\d{1,3}(?:(?:, ?| en | t/m )\d{1,3})*))?[.:]?")
HEADING_LENGTH = 120
LABELLED = re.compile(r"[A-Z][\w() ]{2,30}: ")  # 'Document: …' says something itself
LIGATURES = str.maketrans({"ĳ": "ij", "Ĳ": "IJ", "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", SOFT_HYPHEN: ""})


@dataclass(frozen=True)
class Part:
    """A paragraph before it has its place; without a kind its words tell it, with a heading it stands under that one."""

    text: str
    kind: Kind | None = None
    page: int | None = None
    speaker: str | None = None
    heading: str | None = None


@dataclass(frozen=True)
class Draft:
    """What a reader found: paragraphs in order, the fields of an `Identity` that the format tells, and the ids it cites."""

    parts: Sequence[Part]
    facts: Mapping[str, Any] = field(default_factory=dict)
    cited: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def assemble(draft: Draft, given: Mapping[str, Any], path: Path) -> Letter:
    """The letter; `given` is what its metadata say, `path` only names it in messages and gives an id if needed."""
    parts = [replace(part, text=text) for part in draft.parts if (text := clean(part.text))]
    if not parts:
        raise UnreadableLetter(path, "dit bestand is leeg. Vervang het door de tekst van de brief, of verwijder het.")
    parts = _told_apart(_with_whole_signatures(parts))
    text, paragraphs = _lay_out(parts)
    identity = _identity(given, draft.facts, parts, path)
    cited = tuple(one for one in dict.fromkeys(draft.cited) if one != identity.id)
    return Letter(identity, text, paragraphs, draft.notes, cited)


def clean(text: str) -> str:
    """One line without what cannot be seen: each run of white space one space, ligatures as letters, no soft hyphens."""
    return " ".join(INVISIBLE.sub("", text.translate(LIGATURES)).split())


def line_kind(text: str) -> Kind:
    """What a paragraph that is no heading is, by its words alone."""
    if DATE_LINE.fullmatch(text):
        return Kind.DATE_LINE
    if SIGNATURE.fullmatch(text):
        return Kind.SIGNATURE
    if ADDRESS.fullmatch(text) or SUBJECT.fullmatch(text):
        return Kind.ADDRESS
    return Kind.SALUTATION if SALUTATION.fullmatch(text) and len(text) < 80 else Kind.TEXT


def signers_of(texts: Sequence[str]) -> tuple[Signer, ...]:
    """Who signed, by the words of the signatures."""
    found = (SIGNATURE.fullmatch(text) for text in texts)
    return tuple(Signer(match["name"].strip(), match["office"].strip()) for match in found if match)


def _with_whole_signatures(parts: list[Part]) -> Iterator[Part]:
    """An office and the name below it are one signature: 'De Minister van Defensie,' 'F.H.G. de Grave'."""
    loose, skip = (None, Kind.TEXT), False
    for part, following in pairwise([*parts, Part("")]):
        whole = f"{part.text} {following.text}"
        if skip:
            skip = False
        elif part.kind in loose and following.kind in loose and part.text.endswith(",") and SIGNATURE.fullmatch(whole):
            skip = True
            yield replace(part, text=whole, kind=Kind.SIGNATURE)
        else:
            yield part


def _told_apart(parts: Iterator[Part]) -> list[Part]:
    """All parts with their kind."""
    texts = list(parts)
    followers = [*(part.text for part in texts[1:]), None]
    return [p if p.kind else replace(p, kind=_kind(p.text, following)) for p, following in zip(texts, followers, strict=True)]


def _kind(text: str, following: str | None) -> Kind:
    kind = line_kind(text)
    return Kind.HEADING if kind is Kind.TEXT and _is_heading(text, following) else kind


def _is_heading(text: str, following: str | None) -> bool:
    """Short, no full stop, and something stands below it."""
    if following is None or SIGNATURE.fullmatch(following) or len(text) > HEADING_LENGTH:
        return False
    if text[-1] in ".,;:!?" or LABELLED.match(text) or not any(letter.isalpha() for letter in text):
        return False
    return text[0].isupper() or text[0].isdigit() or text[0] in "«“‘'\""


@dataclass
class _Headings:
    """Under what a paragraph stands, going down the paper; an answer stands under the question it answers."""

    current: str | None = None
    asking: str | None = None
    open: list[str] = field(default_factory=list)  # questions since the last answer
    asked: dict[str, list[str]] = field(default_factory=dict)

    def heading(self, text: str) -> None:
        question, answer = QUESTION.fullmatch(text), ANSWER.fullmatch(text)
        if answer and (self.asked or answer["numbers"]):
            numbers = re.findall(r"\d+", answer["numbers"] or "") or self.open
            self.current = " ".join(line for number in numbers for line in self.asked.get(number, [])) or text
            self.asking, self.open = None, []
            return
        self.current, self.asking = text, question["numbers"] if question else None
        self.open += [self.asking] if self.asking else []

    def text(self, text: str) -> None:
        if self.asking:
            self.asked.setdefault(self.asking, []).append(text)


def _lay_out(parts: list[Part]) -> tuple[str, tuple[Paragraph, ...]]:
    """The paragraphs under one another with a blank line between them, each with its number and heading."""
    paragraphs: list[Paragraph] = []
    at, number, headings = 0, 0, _Headings()
    for part in parts:
        kind = part.kind or Kind.TEXT
        number += kind in COUNTED
        if kind is Kind.SIGNATURE:
            headings.current = headings.asking = None
        spans = sentence_spans(part.text) if kind in (Kind.TEXT, Kind.NOTE) else [(0, len(part.text))]
        sentences = tuple(Sentence(at + start, at + end) for start, end in spans)
        counted = number if kind in (*COUNTED, Kind.NOTE) else 0
        heading = part.heading or headings.current
        paragraphs.append(Paragraph(kind, at, at + len(part.text), counted, heading, sentences, part.page, part.speaker))
        if kind is Kind.HEADING:
            headings.heading(part.text)
        elif kind is Kind.TEXT:
            headings.text(part.text)
        at += len(part.text) + 2
    return "\n\n".join(part.text for part in parts), tuple(paragraphs)


def _identity(given: Mapping[str, Any], facts: Mapping[str, Any], parts: list[Part], path: Path) -> Identity:
    """What the metadata say, completed with what the format, the words and the file name say."""
    stem = os.fsencode(path.stem).decode(errors="replace")
    said: dict[str, Any] = {"title": _subject(parts) or stem, "date": _date_of(parts), "addressee": _addressee(parts)}
    said["signers"] = signers_of([part.text for part in parts if part.kind is Kind.SIGNATURE])
    known = {"id": stem} | said | _filled(facts) | ({"date": said["date"]} if said["date"] else {}) | _filled(given)
    issued, listed = known.pop("issued", None), known.pop("listed_signers", ())
    known["signers"] = known["signers"] or listed
    known["date"] = known.get("date") or issued or known.get("adopted") or known.get("received")
    official = parse(known["id"])
    if official:
        known.setdefault("dossier", (known.get("dossiers") or [official.dossier])[0])
        known.setdefault("number", official.number)
        known["temporary"] = known.get("temporary") or bool(official.temporary)
    if known.get("dossier"):
        known.setdefault("dossiers", (known["dossier"],))
    earlier = official.overtakes if official else ()
    known.setdefault("replaces", (*earlier, *replaced(f"{facts.get('title')} {known['title']}", known.get("dossier"))))
    return Identity(**known)


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", (), [])}


def _date_of(parts: list[Part]) -> dt.date | None:
    lines = (part.text for part in parts if part.kind is Kind.DATE_LINE and DATE_LINE.fullmatch(part.text))
    return next((mention.date for line in lines for mention in date_mentions(line, None)), None)


def _addressee(parts: list[Part]) -> str | None:
    found = (ADDRESS.fullmatch(part.text) for part in parts if part.kind is Kind.ADDRESS)
    return next((match["whom"].strip() for match in found if match), None)


def _subject(parts: list[Part]) -> str | None:
    found = (SUBJECT.fullmatch(part.text) for part in parts)
    subject = next((match["subject"].strip() for match in found if match), None)
    return subject or next((part.text for part in parts if part.kind is Kind.HEADING), None)

"""What a paper has to do with other papers: it cites them, replaces them, takes them back, or is attached to one.

Pure: a letter in, links out. A paper is replaced where its publisher's metadata or its title say so, or a sentence in the
present tense does ('Deze brief vervangt …'); it is withdrawn by a sentence such as 'Hierbij trek ik mijn brief van …
(Kamerstuk 27 925, nr. 662) in'. What was withdrawn earlier and is only told about is a citation like any other.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sources.letter import Letter
from sources.references import Reference, references

THIS = r"\b(?:deze|dit|onderhavige|voorliggende)\s+(?:herziene\s+|gewijzigde\s+)?(?:brief|stuk|nota|verslag|versie|bijlage|antwoorden)"
COMES, IN_PLACE_OF = r"(?:treedt|treden|komt|komen)", r"(?:\s+(?!niet\b)\w+){0,3}?\s+in\s+de\s+plaats\s+van"
WITHDRAWN = (  # each with the place of what is withdrawn or replaced marked by the group `what`
    re.compile(r"\btrek(?:ken)?\b(?P<what>.{1,300}?)\bin\s*(?=[.;,]|$|en\b)", re.IGNORECASE | re.DOTALL),
    re.compile(r"(?P<what>.{1,300})\b(?:wordt|worden|is|zijn)\s+(?:hiermee|hierbij)\s+ingetrokken", re.IGNORECASE | re.DOTALL),
    re.compile(r"(?P<what>.{1,300})\bkom(?:t|en)\s+(?:hiermee|hierbij)\s+te\s+vervallen", re.IGNORECASE | re.DOTALL),
)
REPLACED = (
    re.compile(rf"{THIS}\s+(?:vervang(?:t|en)|{COMES}{IN_PLACE_OF})(?P<what>.{{1,200}})", re.I | re.S),
    re.compile(rf"\b{COMES}\s+{THIS}{IN_PLACE_OF}(?P<what>.{{1,200}})", re.I | re.S),
    re.compile(rf"\b(?:hiermee|hierbij|daarmee)\s+vervang(?:t|en)\s+{THIS}(?P<what>.{{1,200}})", re.I | re.S),
    re.compile(r"\bter\s+vervanging\s+van\b(?P<what>.{1,200})", re.IGNORECASE | re.DOTALL),
)


class LinkKind(StrEnum):
    """What one paper does to the other; a stronger link stands for the weaker."""

    CITES = "cites"
    ATTACHED = "attached"
    REPLACES = "replaces"
    WITHDRAWS = "withdraws"


@dataclass(frozen=True)
class Link:
    """From a letter to the paper with the id `document`; `letter.text[start:end]` names it, both 0 where only metadata do."""

    document: str
    kind: LinkKind
    start: int = 0
    end: int = 0


def links_of(letter: Letter) -> tuple[Link, ...]:
    """The papers that a letter names, each once, in order of place; those that only the publisher names come last."""
    own = letter.identity
    links: dict[str, Link] = {}
    for reference, kind in _said(letter):
        known = links.get(reference.document)
        if reference.document != own.id and (known is None or (known.kind is LinkKind.CITES and kind is not LinkKind.CITES)):
            links[reference.document] = Link(reference.document, kind, reference.start, reference.end)
    for document in own.replaces:
        links[document] = Link(document, LinkKind.REPLACES)
    if own.attached_to:
        links[own.attached_to] = Link(own.attached_to, LinkKind.ATTACHED)
    for document in letter.cited:
        links.setdefault(document, Link(document, LinkKind.CITES))
    return tuple(link for document, link in links.items() if document != own.id)


def _said(letter: Letter) -> Iterator[tuple[Reference, LinkKind]]:
    """Each reference in the text, and what its sentence does to it."""
    sentences = [sentence for paragraph in letter.paragraphs for sentence in paragraph.sentences]
    starts = [sentence.start for sentence in sentences]
    for reference in references(letter.text):
        at = bisect_right(starts, reference.start) - 1
        kind = LinkKind.CITES
        if at >= 0 and reference.end <= sentences[at].end:
            first = sentences[at].start
            kind = _done_to(letter.text[first : sentences[at].end], reference.start - first, reference.end - first)
        yield reference, kind


def _done_to(sentence: str, start: int, end: int) -> LinkKind:
    """What a sentence does to the paper that it names at this place."""
    for kind, patterns in ((LinkKind.WITHDRAWS, WITHDRAWN), (LinkKind.REPLACES, REPLACED)):
        for pattern in patterns:
            if any(match.start("what") <= start and end <= match.end("what") for match in pattern.finditer(sentence)):
                return kind
    return LinkKind.CITES
